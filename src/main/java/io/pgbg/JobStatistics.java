package io.pgbg;

/**
 * The numbers of a session's jobs by how they ended. Each job counts once, when it ends. Immutable.
 *
 * @param launched how many were launched
 * @param completed how many have ended without an error
 * @param failed how many were ended by an error
 * @param canceled how many were cancelled
 * @param timedOut how many were ended by a time-out
 * @param active how many are attached, ended ones included
 * @param averageExecutionMillis how many milliseconds the ended jobs took on average; 0 when none has ended
 * @param maxWorkers how many may be attached at the same time
 */
public record JobStatistics(long launched, long completed, long failed, long canceled, long timedOut, int active,
        double averageExecutionMillis, int maxWorkers) {
}
