/**
 * The driver's own connections, for jobs and for other work: where they are connected to, how many there may be, how
 * new they must be, and how they take on the state of a session. Also the driver's threads, locks and waits. A worker
 * knows nothing of the job it runs.
 */
package io.pgbg.worker;
