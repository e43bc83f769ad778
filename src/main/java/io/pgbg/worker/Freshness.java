package io.pgbg.worker;

/**
 * How new a worker has to be: what a launcher's session has last seen of the things that decide how a new connection of
 * its login begins. A worker that was connected before one of them changed is not used any more.
 *
 * <p>Immutable.
 *
 * @param configuredMicros when the session has loaded the server's configuration, in microseconds by the server's clock
 * @param stamp a text that differs after each change to the login ({@link LoginStamp})
 * @param seenNanos when the session asked the question to which it first got this stamp, by {@link System#nanoTime()};
 *     within one transaction the server may go on to give an old stamp
 */
public record Freshness(long configuredMicros, String stamp, long seenNanos) {

    /**
     * Whether a worker may be out of date.
     *
     * @param itsConfiguredMicros up to when the worker's session knows each configuration, by the server's clock
     * @param itsStamp the stamp that its launcher had seen when it was connected
     * @param connectedNanos when it was about to connect
     */
    boolean outdates(long itsConfiguredMicros, String itsStamp, long connectedNanos) {
        return configuredMicros > itsConfiguredMicros
                || connectedNanos - seenNanos < 0 && !stamp.equals(itsStamp);
    }

    /** The same for workers of another server, whose configuration and clock are its own. */
    Freshness ofOtherServer() {
        return new Freshness(Long.MIN_VALUE, stamp, seenNanos);
    }
}
