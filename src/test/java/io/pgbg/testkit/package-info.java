/** What the tests share: a PostgreSQL server, a database for each test class, waiting for a condition. */
package io.pgbg.testkit;
