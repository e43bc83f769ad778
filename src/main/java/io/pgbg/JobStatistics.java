package io.pgbg;

/**
 * What has become of the jobs of one session. Each job counts once, when it ends. Immutable.
 *
 * @param launched how many were launched
 * @param completed how many have ended in good order
 * @param failed how many an error has ended
 * @param canceled how many were cancelled
 * @param timedOut how many have taken too long
 * @param active how many are attached, ended or not
 * @param averageExecutionMillis how long those that have ended took on average; 0 when none has
 * @param maxWorkers how many may be attached
 */
public record JobStatistics(long launched, long completed, long failed, long canceled, long timedOut, int active,
        double averageExecutionMillis, int maxWorkers) {
}
