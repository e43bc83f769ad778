/**
 * Shows the jobs and workers of this JVM to operators: counters, JMX, Java Flight Recorder. It observes jobs and pools,
 * which do not know it.
 */
package io.pgbg.monitor;
