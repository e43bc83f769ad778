/** For tests with Testcontainers. */
package io.pgbg.testcontainers;
