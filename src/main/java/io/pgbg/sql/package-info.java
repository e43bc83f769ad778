/**
 * Reads SQL text: tokens, calls of the driver's functions, the shape of the statement around them; and writes it anew
 * for the server. Pure functions from text to immutable values; no JDBC, no I/O.
 */
package io.pgbg.sql;
