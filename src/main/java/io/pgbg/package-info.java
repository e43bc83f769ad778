/**
 * What an application meets: the driver for {@code jdbc:pgbg:} URLs, the data source, the connection properties and the
 * SQLSTATEs of the driver's own exceptions.
 */
package io.pgbg;
