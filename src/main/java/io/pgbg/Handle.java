package io.pgbg;

/**
 * Identifies one job for ever: a server may use a pid again, but not together with the same cookie.
 *
 * <p>Immutable.
 *
 * @param pid the process id of the server process that runs the job
 * @param cookie 64 random bits, never 0, that tell the job from others that had or will have the same pid
 */
public record Handle(int pid, long cookie) {

    /** The handle as the server writes a row of the two values: {@code (pid,cookie)}. */
    @Override
    public String toString() {
        return "(" + pid + ',' + cookie + ')';
    }
}
