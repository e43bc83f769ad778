/** For Liquibase, which finds what is in here by itself. */
package io.pgbg.liquibase;
