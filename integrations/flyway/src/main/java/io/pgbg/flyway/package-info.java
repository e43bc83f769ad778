/** For Flyway, which finds what is in here by itself. */
package io.pgbg.flyway;
