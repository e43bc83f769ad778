/**
 * Connections for jobs and for answers: where they come from, how many there may be, how fresh they must be, how a
 * session's state is taken on, and the threads and waits around them. A worker knows nothing of the job it runs.
 */
package io.pgbg.worker;
