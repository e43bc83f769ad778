package io.pgbg.relay;

import io.pgbg.SQLState;
import io.pgbg.function.Api;
import io.pgbg.wire.SendWatch;
import io.pgbg.wire.ServerError;
import io.pgbg.wire.SqlFunction;
import io.pgbg.wire.Wire;
import io.pgbg.worker.DriverThreads;
import io.pgbg.worker.SpareConnections;
import io.pgbg.worker.Wait;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The relay of one session: whether its functions are there, and the conversations with them.
 *
 * <p>Used by the thread that executes a statement, but for what conversations ask for.
 */
public final class SessionRelay {

    private static final Logger LOG = LoggerFactory.getLogger(SessionRelay.class);

    /** How long the closing of a session waits for its connection for answers. */
    private static final long LONGEST_CLOSING_MILLIS = 1000;

    /** How long the connection for answers is kept when nobody asks for anything. */
    private static final long KEPT = TimeUnit.SECONDS.toNanos(1);

    /** How long a function may have to wait for a connection for its answer. */
    private static final long CONNECT_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final Wire wire;
    private final Launcher session;
    private final SessionFunctions functions;
    private final TypeNames types = new TypeNames();
    /** Null where nothing that is installed is made use of. */
    private final SessionInstallation installation;
    private final NoticeWatch watch = NoticeWatch.ofJvm();
    private volatile StatementWatch statements;
    private volatile boolean kept;
    private final ReentrantLock oneAtATime = new ReentrantLock();
    /** Guards the channel and what was told to the session of it, and is held while the channel is used. */
    private final ReentrantLock channelTurn = new ReentrantLock();
    private volatile AnswerChannel channel;
    private long toldNumber;
    private boolean expiring;
    private long lastUse;
    private volatile boolean closed;
    private final AtomicReference<Conversation> served = new AtomicReference<>();
    private volatile boolean hears;

    /** What the relay needs to know of the session that it belongs to. */
    public interface Launcher {

        /** Where connections for answers come from. */
        SpareConnections spares() throws SQLException;

        /**
         * The names of the server's settings that a launch takes over.
         *
         * @param via a connection that may be asked
         */
        List<String> settingNames(Wire via) throws SQLException;

        /** The names of the application's settings that a launch takes over. */
        List<String> customSettings();

        /** What sees the socket of the session's connection. */
        SendWatch socket();

        /** An array that tells what a launch takes over, written for functions on the server. */
        String sessionSql();
    }

    /**
     * @param installations what is known of the database; null when installed functions are not to be answered
     * @param api the version of the functions
     */
    public SessionRelay(Wire wire, Launcher session, Installations installations, Api api) {
        this.wire = wire;
        this.session = session;
        this.functions = new SessionFunctions(wire, api, session.sessionSql());
        this.installation = installations == null ? null : new SessionInstallation(installations, wire);
    }

    /** Whether functions that are installed in the database are answered. */
    public boolean usesInstalled() {
        return installation != null;
    }

    /** Where the functions are installed, or null: for a statement that is about to call them. */
    public Installation installation() throws SQLException {
        return installation == null ? null : installation.current();
    }

    /**
     * A statement that installs the functions.
     *
     * @param schema where to, quoted if need be
     * @param version the version of the functions
     * @param renewing whether they are there already
     */
    public String installText(String schema, Api version, boolean renewing) {
        return RelayFunctions.install(schema, version, renewing, session.sessionSql(), serverVersion());
    }

    /**
     * A statement that removes what was installed.
     *
     * @param schema where it is, quoted if need be
     * @param cascade whether to remove what depends on it, too
     */
    public String removeText(String schema, boolean cascade) {
        return RelayFunctions.remove(schema, cascade);
    }

    /** This session has installed or removed the functions. */
    public void changed() throws SQLException {
        installation.change();
    }

    /**
     * Held from making ready for a statement that calls functions to its end, as pgjdbc holds its own for each execution.
     * What ends a statement never takes it.
     */
    public ReentrantLock oneAtATime() {
        return oneAtATime;
    }

    /** Whether functions are installed, as far as it is known. */
    public boolean isInstalled() {
        return installation != null && installation.known() != null;
    }

    /** What is installed, as far as it is known and without asking; null when nothing. */
    public Installation knownInstallation() {
        return installation == null ? null : installation.last();
    }

    /** The session begins: asks whether the functions are installed, unless somebody has asked a short while ago. */
    public void open() {
        if (installation != null) {
            installation.open();
        }
    }

    /** Somebody else has installed or removed the functions, by all appearances. */
    public void doubt() {
        if (installation != null) {
            installation.doubt();
        }
    }

    /** To be called when a transaction may have ended. */
    public void transactionMayHaveEnded() {
        if (installation != null) {
            installation.transactionMayHaveEnded();
        }
    }

    /**
     * The session ends.
     *
     * @param waits whether to wait a moment until nothing of the session's is left in the database: a role that owns
     *     something cannot be dropped
     */
    public void close(boolean waits) {
        closed = true;
        if (installation != null) {
            installation.close();
        }
        StatementWatch watched = statements;
        if (watched != null) {
            watch.remove(watched);
        }
        if (channel == null) {
            return;
        }
        CompletableFuture<Void> released = CompletableFuture.runAsync(this::releaseChannel, DriverThreads::run);
        if (waits) {
            try {
                released.get(LONGEST_CLOSING_MILLIS, TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (ExecutionException | TimeoutException e) {
                LOG.debug("{} - the connection for answers is given back later: {}", launcher(), e.toString());
            }
        }
    }

    private int serverVersion() {
        return wire.serverVersion();
    }

    // ---- making ready

    /**
     * Makes ready for a statement that calls the session's own functions: what it names is in the session's
     * {@value SessionFunctions#SCHEMA}, is ours, and will be answered.
     *
     * @param names what it names: functions, the type, views
     * @param wait ends the waiting for a connection for the answers
     * @throws SQLException 42501 when the role may not make temporary objects, 25006 in a read-only transaction, 25P02
     *     in a failed one; when there is no connection to be had for the answers
     */
    public void prepare(Collection<String> names, Wait wait) throws SQLException {
        functions.prepare(names, withChannel(this::mailbox, wait));
    }

    /** Whether what a statement names has to do with the session's own type. */
    public boolean usesSessionType(Collection<String> names) {
        return functions.usesType(names);
    }

    /**
     * Makes ready for a statement that calls installed functions.
     *
     * @param wait ends the waiting for a connection for the answers
     * @throws SQLException 55000 when an older driver has installed them
     */
    public void prepareInstalled(Wait wait) throws SQLException {
        Installation known = knownInstallation();
        if (known != null && known.isOlder()) {
            throw ServerError.error(SQLState.OBJECT_NOT_IN_PREREQUISITE_STATE,
                    "the pg_background functions in schema %s are those of an older release of the driver",
                    known.schema()).hint("Renew them: ALTER EXTENSION pg_background UPDATE over jdbc:pgbg:.")
                    .toException();
        }
        long number = withChannel(this::mailbox, wait);
        if (number != toldNumber && !wire.inFailedTransaction()) {
            wire.run(SessionFunctions.tell(number), notice -> { });
            toldNumber = number;
        }
    }

    /** What the session executes that may call the functions without showing it. */
    public StatementWatch statements() {
        StatementWatch known = statements;
        if (known == null) {
            known = new StatementWatch(watch, launcher());
            statements = known;
            watch.add(known);
        }
        return known;
    }

    /** From now on statements may call the functions without showing it. */
    public void keep() {
        kept = true;
    }

    /** Whether statements may call the functions without showing it. */
    public boolean watchesAll() {
        return kept || installation != null && installation.known() != null;
    }

    /**
     * Begins to listen to a statement.
     *
     * @param notices where pgjdbc puts them
     * @param caller the thread that executes it
     * @param certain whether it is known to call the functions
     */
    public Conversation begin(NoticeSource notices, Thread caller, boolean certain, Consumer<SQLWarning> reader,
            Answerer answerer, Runnable endWait) {
        Conversation conversation = new Conversation(this, notices, caller, reader, answerer, endWait);
        watch.add(conversation);
        if (certain) {
            conversation.startServing();
        }
        return conversation;
    }

    /** The error of a statement that the server has executed, as the caller is to see it. */
    public SQLException explain(SQLException error) {
        return StoredCode.explain(error, this);
    }

    void ended(Conversation conversation) {
        watch.remove(conversation);
    }

    // ---- answering

    /** Does something over the connection for answers; what a lost one has not done another one does. */
    <T> T withChannel(SqlFunction<AnswerChannel, T> step) throws SQLException {
        return withChannel(step, new Wait(CONNECT_NANOS, Wait.Watch.NEVER));
    }

    private <T> T withChannel(SqlFunction<AnswerChannel, T> step, Wait wait) throws SQLException {
        channelTurn.lock();
        try {
            AnswerChannel usable = channel(wait);
            try {
                return step.apply(usable);
            } catch (SQLException e) {
                if (!usable.isBroken()) {
                    throw e;
                }
                LOG.debug("{} - the connection for answers was lost: {}", launcher(), e.getMessage());
                usable.reconnect();
                return step.apply(usable);
            }
        } finally {
            lastUse = System.nanoTime();
            channelTurn.unlock();
        }
    }

    private AnswerChannel channel(Wait wait) throws SQLException {
        if (closed) {
            throw SQLState.CONNECTION_DOES_NOT_EXIST.exception("This connection has been closed.");
        }
        if (channel != null && channel.isBroken()) {
            channel.close();
            channel = null;
        }
        if (channel == null) {
            channel = new AnswerChannel(session.spares(), launcher(), wait);
        }
        expireLater(KEPT);
        return channel;
    }

    private long mailbox(AnswerChannel usable) throws SQLException {
        tellNames(usable);
        return usable.number();
    }

    /**
     * Makes the mailbox that a function asks for.
     *
     * @throws SQLException when there is no connection to be had for the answers
     */
    void makeMailbox(Request.NewMailbox wanted) throws SQLException {
        withChannel(usable -> {
            tellNames(usable);
            usable.make(wanted.number(), wanted.token());
            return null;
        });
    }

    /** Takes the mailbox away if it tells other names, and is not done while a function waits for an answer in it. */
    private void tellNames(AnswerChannel usable) throws SQLException {
        usable.tellNames(session.settingNames(usable.connection()), session.customSettings());
    }

    private void expireLater(long nanos) {
        if (!expiring) {
            expiring = true;
            DriverThreads.runAfter(nanos, TimeUnit.NANOSECONDS, this::expire);
        }
    }

    private void expire() {
        channelTurn.lock();
        try {
            expiring = false;
            long left = KEPT - (System.nanoTime() - lastUse);
            if (channel != null && (left > 0 || watch.listens(this))) {
                expireLater(Math.max(left, KEPT / 2));
            } else {
                releaseChannel();
            }
        } finally {
            channelTurn.unlock();
        }
    }

    private void releaseChannel() {
        channelTurn.lock();
        try {
            if (channel != null) {
                channel.close();
                channel = null;
            }
        } finally {
            channelTurn.unlock();
        }
    }

    /** A conversation wants to know when something comes from the server. */
    void serving(Conversation conversation) {
        if (!hears) {
            hears = true;
            session.socket().onArrival(this::arrived);
        }
        served.set(conversation);
    }

    void served(Conversation conversation) {
        served.compareAndSet(conversation, null);
    }

    private void arrived() {
        Conversation now = served.get();
        if (now != null) {
            now.arrived();
        }
    }

    /** Ends what the session's connection executes, because nobody can answer it. */
    void cancelStatement() {
        try {
            wire.cancel();
        } catch (SQLException e) {
            LOG.warn("{} - a statement that cannot be answered cannot be cancelled: {}", launcher(), e.getMessage());
        }
    }

    TypeNames types() {
        return types;
    }

    int launcher() {
        return wire.pid();
    }

    boolean showsDetails() {
        return wire.showsErrorDetails();
    }
}
