package io.pgbg;

/**
 * Names one job for good: the pid alone may come again, with the cookie it does not.
 *
 * <p>Immutable.
 *
 * @param pid the process id of the server process that runs the job
 * @param cookie 64 random bits, never 0, that prove that the pid is meant as it was when the job was launched
 */
public record Handle(int pid, long cookie) {

    /** The handle as the server writes a row of its two values. */
    @Override
    public String toString() {
        return "(" + pid + ',' + cookie + ')';
    }
}
