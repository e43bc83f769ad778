package io.pgbg.session;

/** Something that waits on behalf of a session and has to be told when the session is closed. */
public interface Interruptible {

    /** The session is closed: the waiting ends with 08006. Comes from any thread and does not wait. */
    void connectionClosed();
}
