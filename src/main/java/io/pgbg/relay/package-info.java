/**
 * The functions on the server side, and the conversation with them. A function that is called there raises a notice,
 * which is a request, and waits for the answer, which the driver writes as a large object from a connection of its own;
 * {@code core.sql} beside this package describes both sides.
 */
package io.pgbg.relay;
