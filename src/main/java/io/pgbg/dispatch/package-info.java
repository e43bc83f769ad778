/**
 * One statement execution: passed on to the server, or answered by the driver. Knows the functions, the launcher's
 * session and its jobs; knows nothing of the faces that the application holds.
 */
package io.pgbg.dispatch;
