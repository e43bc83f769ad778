/**
 * Calls that the server makes: the functions there, and the conversation with them. A function raises a notice, which
 * is a request, and waits for the reply, which the driver writes as a large object over a connection of its own; {@code
 * core.sql} beside this package describes both sides.
 */
package io.pgbg.relay;
