/**
 * One execution of a text with calls in it: its pieces in order, parameters, time limit, warnings and results. Each
 * piece is passed on to the server, answered by the driver, or relayed. The interface for Java is here as well, because
 * each of its calls is an execution of its own.
 */
package io.pgbg.execution;
