package io.pgbg;

/**
 * The options of a launch. Immutable.
 *
 * @param queueSize the size of the queue for the job's rows, in bytes as for the extension: how far they may run ahead
 *     of their reader; 0 for the setting {@code pg_background.default_queue_size}
 * @param label the job's label, or null for none
 * @param server on which server the job runs, or null for what the connection's property {@code pgbgJobServer} says
 */
public record LaunchOptions(int queueSize, String label, JobServer server) {

    /** The session's queue size, no label, and the server that the connection's properties say. */
    public static final LaunchOptions DEFAULT = new LaunchOptions(0, null);

    /**
     * Options for the server that the connection's properties say.
     *
     * @param queueSize the size of the queue in bytes, or 0 for the setting
     * @param label the job's label, or null for none
     */
    public LaunchOptions(int queueSize, String label) {
        this(queueSize, label, null);
    }

    /**
     * The same options with another label.
     *
     * @param newLabel the job's label, or null for none
     * @return new options
     */
    public LaunchOptions withLabel(String newLabel) {
        return new LaunchOptions(queueSize, newLabel, server);
    }

    /**
     * The same options with another queue size.
     *
     * @param newQueueSize in bytes: at least 64, at most 256 MB; 0 for the session's setting
     * @return new options
     */
    public LaunchOptions withQueueSize(int newQueueSize) {
        return new LaunchOptions(newQueueSize, label, server);
    }

    /**
     * The same options for another server.
     *
     * @param newServer on which server the job runs, or null for what the connection's properties say
     * @return new options
     */
    public LaunchOptions withServer(JobServer newServer) {
        return new LaunchOptions(queueSize, label, newServer);
    }
}
