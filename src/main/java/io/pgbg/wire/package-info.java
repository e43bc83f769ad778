/**
 * The only place that knows the inside of pgjdbc ({@code org.postgresql.core}): sending a text as one message, opening
 * and reading a cursor, command tags, making result sets and server errors. What is here is tested against the oldest
 * and the newest pgjdbc that the README names.
 */
package io.pgbg.wire;
