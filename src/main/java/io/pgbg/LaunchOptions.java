package io.pgbg;

/**
 * The options of a launch. Immutable.
 *
 * @param queueSize the size of the queue for the job's rows, in bytes as for the extension: how far they may run ahead
 *     of their reader; 0 for the setting {@code pg_background.default_queue_size}
 * @param label the job's label, or null for none
 */
public record LaunchOptions(int queueSize, String label) {

    /** The session's queue size, and no label. */
    public static final LaunchOptions DEFAULT = new LaunchOptions(0, null);

    /**
     * The same options with another label.
     *
     * @param newLabel the job's label, or null for none
     * @return new options
     */
    public LaunchOptions withLabel(String newLabel) {
        return new LaunchOptions(queueSize, newLabel);
    }

    /**
     * The same options with another queue size.
     *
     * @param newQueueSize in bytes: at least 64, at most 256 MB; 0 for the session's setting
     * @return new options
     */
    public LaunchOptions withQueueSize(int newQueueSize) {
        return new LaunchOptions(newQueueSize, label);
    }
}
