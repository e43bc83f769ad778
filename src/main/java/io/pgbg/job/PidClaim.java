package io.pgbg.job;

/** Keeps a pid from naming two jobs of a session: two servers may give their processes the same. */
@FunctionalInterface
interface PidClaim {

    /**
     * Takes a pid for a job that is about to be attached.
     *
     * @return false if another job has it
     */
    boolean claim(int pid);
}
