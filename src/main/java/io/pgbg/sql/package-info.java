/**
 * Reads SQL text: tokens, calls of the driver's functions, the shape of the statement around them. Pure functions from
 * text to immutable values; no JDBC, no I/O, no knowledge of what the functions do.
 */
package io.pgbg.sql;
