package io.pgbg;

/**
 * How a job is launched. Immutable.
 *
 * @param queueSize how far its rows may run ahead of their reader, in bytes of the extension's queue; 0 for the
 *     setting {@code pg_background.default_queue_size}
 * @param label what to call the job, or null
 */
public record LaunchOptions(int queueSize, String label) {

    /** The session's queue size, and no label. */
    public static final LaunchOptions DEFAULT = new LaunchOptions(0, null);

    /**
     * The same options with a label.
     *
     * @param newLabel what to call the job, or null
     * @return new options
     */
    public LaunchOptions withLabel(String newLabel) {
        return new LaunchOptions(queueSize, newLabel);
    }

    /**
     * The same options with a queue size.
     *
     * @param newQueueSize at least 64 bytes, at most 256 MB; 0 for the session's
     * @return new options
     */
    public LaunchOptions withQueueSize(int newQueueSize) {
        return new LaunchOptions(newQueueSize, label);
    }
}
