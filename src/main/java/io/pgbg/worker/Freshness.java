package io.pgbg.worker;

/**
 * What a launcher's session has last seen of what decides how a new connection of its login begins. A worker that was
 * connected before that changed is not used any more.
 *
 * <p>Immutable.
 *
 * @param configuredMicros when the session has loaded the server's configuration, by the server's clock
 * @param stamp a text that is another one after each change to the login ({@link LoginStamp})
 * @param seenNanos when the session was about to ask and was told this stamp for the first time, by
 *     {@link System#nanoTime()}; it may be told an old one for as long as its transaction lasts
 */
public record Freshness(long configuredMicros, String stamp, long seenNanos) {

    /** Whether a connection that began at some time, for somebody who had seen some stamp, may be out of date. */
    boolean outdates(long configuredAtMicros, String itsStamp, long connectedNanos) {
        return configuredMicros > configuredAtMicros
                || connectedNanos - seenNanos < 0 && !stamp.equals(itsStamp);
    }
}
