package io.pgbg.wire;

import io.pgbg.SQLState;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import java.util.TimeZone;
import java.util.function.Consumer;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.BaseStatement;
import org.postgresql.core.NativeQuery;
import org.postgresql.core.Query;
import org.postgresql.core.QueryExecutor;
import org.postgresql.core.SqlCommand;
import org.postgresql.core.TransactionState;
import org.postgresql.jdbc.PgConnection;
import org.postgresql.jdbc.PreferQueryMode;
import org.postgresql.util.HostSpec;
import org.postgresql.util.PSQLException;
import org.postgresql.util.PSQLState;

/**
 * What the driver does with a connection below JDBC. No text is parsed or changed on its way to the server.
 *
 * <p>As thread-safe as pgjdbc's connection: calls by several threads wait for each other, except for {@link #cancel}.
 */
public final class Wire {

    private static final int ALWAYS = QueryExecutor.QUERY_ONESHOT | QueryExecutor.QUERY_BOTH_ROWS_AND_STATUS;
    private static final int SIMPLE = ALWAYS | QueryExecutor.QUERY_EXECUTE_AS_SIMPLE;
    private static final int ALONE = SIMPLE | QueryExecutor.QUERY_SUPPRESS_BEGIN;
    private static final int DISCARDING = ALONE | QueryExecutor.QUERY_NO_RESULTS;
    private static final int[] NO_PARAMETERS = {};
    private static final int CURSOR = ALWAYS | QueryExecutor.QUERY_FORWARD_CURSOR;

    /** Encodings as the server names them; more than one begins like the second. */
    private static final String UTF8 = "UTF8";
    private static final String WINDOWS = "WIN125";

    private final BaseConnection connection;
    private final QueryExecutor executor;
    private final ExecutorLock lock;
    /** The pid that the server process itself has told; 0 before it was asked. */
    private volatile int told;

    /** @param connection a connection of pgjdbc's */
    public Wire(Connection connection) {
        this.connection = (BaseConnection) connection;
        this.executor = this.connection.getQueryExecutor();
        this.lock = new ExecutorLock(executor);
    }

    /** The same connection, for what JDBC can do. */
    public Connection jdbc() {
        return connection;
    }

    /** The process id of the server process: what itself has told, or, before it was asked, what was announced. */
    public int pid() {
        int known = told;
        return known == 0 ? announcedPid() : known;
    }

    /** The process id as it was announced when connecting. A connection pooler in between announces one of its own. */
    public int announcedPid() {
        return connection.getBackendPID();
    }

    /**
     * The server process that the connection leads to has told its pid.
     *
     * @return false when it is another process than before
     */
    public boolean learnPid(int pid) {
        int before = told;
        told = pid;
        return before == 0 || before == pid;
    }

    /** Whether the server process has told its pid, and it is the announced one: there is no pooler in between. */
    public boolean isDirect() {
        return told != 0 && told == announcedPid();
    }

    /** Whether the server process has told a pid that was not announced: a pooler is in between. */
    public boolean isPooled() {
        return told != 0 && told != announcedPid();
    }

    /** The name of the role that has logged in. */
    public String login() {
        return executor.getUser();
    }

    /** The name of the database. */
    public String database() {
        return executor.getDatabase();
    }

    /** The host that is connected, of several in the URL. */
    public HostSpec host() {
        return executor.getHostSpec();
    }

    /** The server's version, such as 150000. */
    public int serverVersion() {
        return executor.getServerVersionNum();
    }

    /** Whether errors may show fields that can hold data (pgjdbc's property {@code logServerErrorDetail}). */
    public boolean showsErrorDetails() {
        return connection.getLogServerErrorDetail();
    }

    /** The number in {@link java.sql.Types} of one of the server's types. */
    public int sqlType(int oid) throws SQLException {
        return connection.getTypeInfo().getSQLType(oid);
    }

    /** The name of one of the server's types, as pgjdbc shows it. */
    public String typeName(int oid) throws SQLException {
        return connection.getTypeInfo().getPGType(oid);
    }

    public boolean isClosed() throws SQLException {
        return connection.isClosed();
    }

    /**
     * Refuses to go on when the connection is closed.
     *
     * @throws SQLException 08003, in pgjdbc's words
     */
    public void checkOpen() throws SQLException {
        if (isClosed()) {
            throw new PSQLException("This connection has been closed.", PSQLState.CONNECTION_DOES_NOT_EXIST);
        }
    }

    /**
     * Does something over the connection that other threads' use of it must not come between; they wait, as they do for
     * any execution.
     */
    public <T> T alone(SqlSupplier<T> work) throws SQLException {
        return lock.alone(work);
    }

    /** The same for what gives nothing. */
    public void alone(SqlAction work) throws SQLException {
        lock.alone(() -> {
            work.run();
            return null;
        });
    }

    /** As {@link #alone}, but does nothing, and gives nothing, while another thread uses the connection. */
    public <T> Optional<T> aloneIfFree(SqlSupplier<T> work) throws SQLException {
        return lock.aloneIfFree(work);
    }

    /**
     * What the server has answered to a text.
     *
     * @param tags one command tag for each statement, as the server sent it
     * @param rows the last statement's rows, or null when it returns none
     */
    public record Answer(List<String> tags, Rows rows) {
    }

    /**
     * Runs a text as one message of the simple query protocol: several statements are one transaction, a single one
     * runs at top level, and what was sent is carried out even if this process dies.
     *
     * @param notices gets each notice as soon as it arrives, on the calling thread
     */
    public Answer run(String sql, Consumer<SQLWarning> notices) throws SQLException {
        return execute(sql, notices, 0, ALONE).answer();
    }

    /**
     * The same for a text whose statements were counted. The server sends the last tag when it has committed: what is
     * lost behind that, as where pgjdbc closes a connection whose DateStyle it cannot read, concerns the next text, and what
     * is cancelled behind it is done.
     */
    public Answer run(String sql, int statements, Consumer<SQLWarning> notices) throws SQLException {
        return committed(sql, statements, notices, ALONE);
    }

    /** As {@link #run}, but discards the rows one by one as they arrive; the answer's rows are always null. */
    public Answer runDiscarding(String sql, int statements, Consumer<SQLWarning> notices) throws SQLException {
        return new Answer(committed(sql, statements, notices, DISCARDING).tags(), null);
    }

    private Answer committed(String sql, int statements, Consumer<SQLWarning> notices, int flags) throws SQLException {
        AnswerCollector collector = new AnswerCollector(notices, this::charset);
        try {
            execute(sql, collector, 0, flags);
        } catch (SQLException e) {
            boolean lost = SQLState.isConnectionError(e.getSQLState()) && isClosed();
            // a cancel may still reach the server between its commit and the end of its answer
            boolean late = lost || SQLState.QUERY_CANCELED.isStateOf(e);
            if (!late || statements == 0 || collector.ended() < statements) {
                throw e;
            }
        }
        return collector.answer();
    }

    /**
     * Runs a text of several statements in one round trip, in any query mode of the connection. Begins no transaction,
     * whatever its autocommit says. After an error the statements behind it are skipped, and a block that the text has
     * begun stays open.
     */
    public void runTogether(String sql) throws SQLException {
        try (BaseStatement statement = (BaseStatement) connection.createStatement()) {
            statement.setEscapeProcessing(false);
            statement.executeWithFlags(sql, QueryExecutor.QUERY_SUPPRESS_BEGIN);
        }
    }

    /**
     * Runs a statement that the server accepts only outside of a transaction block, and another one behind it; in one
     * round trip, if the connection's query mode knows the extended protocol: the server takes its messages for statements of
     * their own, and a text of the simple protocol for a transaction.
     */
    public void runTopLevel(String first, String second) throws SQLException {
        if (executor.getPreferQueryMode() == PreferQueryMode.SIMPLE) {
            run(first, notice -> { });
            run(second, notice -> { });
            return;
        }
        try (BaseStatement statement = (BaseStatement) connection.prepareStatement(first + "; " + second)) {
            // unnamed, because others may look at the session's prepared statements
            statement.setPrepareThreshold(0);
            statement.executeWithFlags(QueryExecutor.QUERY_SUPPRESS_BEGIN);
        }
    }

    /** Runs a text as one message within a transaction block, which it begins when there is none. */
    public Answer runInTransaction(String sql, Consumer<SQLWarning> notices) throws SQLException {
        return execute(sql, notices, 0, SIMPLE).answer();
    }

    /** As {@link #runInTransaction}, but discards the rows one by one as they arrive. */
    public Answer runInTransactionDiscarding(String sql, Consumer<SQLWarning> notices) throws SQLException {
        return execute(sql, notices, 0, SIMPLE | QueryExecutor.QUERY_NO_RESULTS).answer();
    }

    /**
     * Opens a cursor over one statement within a transaction block, which it begins when there is none.
     *
     * @param size how many rows to fetch, more than 0. A connection with {@code preferQueryMode=simple} has no cursors
     *     and fetches all rows at once
     */
    public Answer open(String statement, int size, Consumer<SQLWarning> notices) throws SQLException {
        return execute(statement, notices, size, CURSOR).answer();
    }

    /**
     * Fetches the next rows of a cursor.
     *
     * @param rows the rows fetched before
     * @param size how many rows to fetch at most
     */
    public Rows fetch(Rows rows, int size, Consumer<SQLWarning> notices) throws SQLException {
        AnswerCollector next = new AnswerCollector(notices, this::charset);
        CursorFetch.fetch(executor, rows.cursor(), next, size);
        return next.answer().rows();
    }

    private AnswerCollector execute(String sql, Consumer<SQLWarning> notices, int size, int flags) throws SQLException {
        AnswerCollector collector = new AnswerCollector(notices, this::charset);
        execute(sql, collector, size, flags);
        return collector;
    }

    private void execute(String sql, AnswerCollector collector, int size, int flags) throws SQLException {
        // not marked as several statements: the mark only asks for the simple protocol, and older releases of pgjdbc
        // ignore it
        Query query = executor.wrap(List.of(new NativeQuery(sql, NO_PARAMETERS, false, SqlCommand.BLANK)));
        executor.execute(query, null, collector, 0, size, flags);
    }

    /**
     * The columns that a statement would return, within a transaction block, which it begins when there is none. The
     * statement is not run.
     *
     * @return null when a connection with {@code preferQueryMode=simple} cannot tell
     */
    public List<Rows.Column> prepare(String statement, Consumer<SQLWarning> notices) throws SQLException {
        if (executor.getPreferQueryMode() == PreferQueryMode.SIMPLE) {
            return null;
        }
        Rows rows = execute(statement, notices, 0, ALWAYS | QueryExecutor.QUERY_DESCRIBE_ONLY).answer().rows();
        return rows == null ? List.of() : rows.columns();
    }

    /** Adds warnings to the connection's, as pgjdbc does with those of COMMIT; null for none. */
    public void warn(SQLWarning warnings) throws SQLException {
        if (warnings != null) {
            connection.unwrap(PgConnection.class).addWarning(warnings);
        }
    }

    /** Asks the server, over another connection, to cancel what it runs. The server does not tell whether it has. */
    public void cancel() throws SQLException {
        executor.sendQueryCancel();
    }

    /**
     * Looks at what has arrived without being asked for, and asks for nothing.
     *
     * @throws SQLException the server's, when it has ended the session
     */
    public void look() throws SQLException {
        executor.processNotifies();
    }

    /** Closes the connection without a word to the server; what waits for an answer fails. Does not wait. */
    public void abort() {
        executor.abort();
    }

    /** Whether a transaction block is open, which may have failed. */
    public boolean inTransaction() {
        return executor.getTransactionState() != TransactionState.IDLE;
    }

    /** Whether a transaction block is open and has failed, so that the server refuses commands until it ends. */
    public boolean inFailedTransaction() {
        return executor.getTransactionState() == TransactionState.FAILED;
    }

    /** Whether the next transaction block that pgjdbc begins by itself would be read-only. */
    public boolean beginsReadOnly() throws SQLException {
        return !connection.getAutoCommit() && connection.isReadOnly();
    }

    /** The session's time zone, in which the server writes times. */
    public ZoneId timeZone() {
        TimeZone zone = executor.getTimeZone();
        return (zone == null ? TimeZone.getDefault() : zone).toZoneId();
    }

    /** Whether texts travel in UTF-8, as they do unless the session has changed that. */
    public boolean isUtf8() {
        return charset().equals(StandardCharsets.UTF_8);
    }

    private Charset charset() {
        String name = executor.getParameterStatus("client_encoding");
        if (UTF8.equals(name)) {
            return StandardCharsets.UTF_8;
        }
        // those that pgjdbc does not know
        return name != null && name.startsWith(WINDOWS) ? Charset.forName("windows-" + name.substring(3))
                : Charset.forName(executor.getEncoding().name());
    }

    /** The session's setting {@code standard_conforming_strings}. */
    public boolean standardConformingStrings() {
        return executor.getStandardConformingStrings();
    }
}
