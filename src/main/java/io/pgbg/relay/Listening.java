package io.pgbg.relay;

import io.pgbg.wire.SendWatch;
import io.pgbg.wire.Wire;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * Which statements of a session are listened to, and the conversations with their functions.
 *
 * <p>Thread-safe, without a lock.
 */
public final class Listening {

    private final Wire wire;
    private final SendWatch socket;
    private final SessionInstallation installation;
    private final ChannelLease lease;
    private final NoticePoller poller;
    private final RunningStatements statements;
    private final TypeNames types = new TypeNames();
    private volatile boolean everything;
    /** The thread that is told when data arrives; null when no statement is known to call functions. */
    private final AtomicReference<ServingThread> serving = new AtomicReference<>();
    private volatile boolean hearsSocket;

    Listening(Wire wire, SendWatch socket, SessionInstallation installation, ChannelLease lease, NoticePoller poller) {
        this.wire = wire;
        this.socket = socket;
        this.installation = installation;
        this.lease = lease;
        this.poller = poller;
        this.statements = new RunningStatements(poller, wire.pid());
    }

    /** The statements that run now and may call functions although their text shows no call. */
    public RunningStatements statements() {
        return statements;
    }

    /** From now on any statement may call functions: a view, a cursor or a prepared statement keeps a call. */
    public void listenToAll() {
        everything = true;
    }

    /** Whether statements may call functions although their text shows no call. */
    public boolean listensToAll() {
        return everything || installation.known() != null;
    }

    /**
     * Begins to listen to a statement.
     *
     * @param notices where pgjdbc puts its notices
     * @param caller the thread that executes it
     * @param certain whether it is known to call functions, so that a thread is to be ready for their requests
     * @param reader gets the notices that are no requests, on any thread
     * @param handler does what the functions request
     * @param endWait ends what the handler waits for
     */
    public Conversation begin(NoticeSource notices, Thread caller, boolean certain, Consumer<SQLWarning> reader,
            RequestHandler handler, Runnable endWait) {
        Conversation conversation = new Conversation(this, notices, caller, reader, handler, endWait);
        boolean begun = false;
        try {
            poller.add(conversation);
            if (certain) {
                conversation.startServing();
            }
            begun = true;
            return conversation;
        } finally {
            if (!begun) {
                conversation.end();
            }
        }
    }

    void ended(Conversation conversation) {
        poller.remove(conversation);
    }

    // ---- waking the thread that serves

    /** From now on a thread is told when data arrives over the session's connection. */
    void hears(ServingThread now) {
        if (!hearsSocket) {
            hearsSocket = true;
            // the socket, which the session is not to be reachable from, lives until pgjdbc has closed it
            AtomicReference<ServingThread> thread = serving;
            socket.onArrival(() -> arrived(thread.get()));
        }
        serving.set(now);
    }

    void leaves(ServingThread thread) {
        serving.compareAndSet(thread, null);
    }

    /** Whether a thread is told when data arrives; otherwise it has to look by itself. */
    boolean isHeard(ServingThread thread) {
        return serving.get() == thread && socket.isCounting();
    }

    private static void arrived(ServingThread now) {
        if (now != null) {
            now.arrived();
        }
    }

    // ---- what a conversation needs of the session

    Wire wire() {
        return wire;
    }

    ChannelLease lease() {
        return lease;
    }

    TypeNames types() {
        return types;
    }

    /** The column definition lists in the texts of the session. */
    public SeenLists seen() {
        return installation.seen();
    }

    /** The definition lists of so many columns that may stand behind a call; of stored code where it can make calls. */
    List<List<String>> lists(int columns, RequestHandler.Requester requester) throws SQLException {
        return installation.seen().of(columns, installation.last() == null ? null : requester);
    }
}
