/**
 * What applications use: the driver for {@code jdbc:pgbg:} URLs, the data source, the connection properties, the
 * interfaces for launching and reading jobs in Java, and the SQLSTATEs of the driver's own exceptions.
 */
package io.pgbg;
