package io.pgbg.wire;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.TimeZone;
import java.util.function.Consumer;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.BaseStatement;
import org.postgresql.core.Field;
import org.postgresql.core.NativeQuery;
import org.postgresql.core.Query;
import org.postgresql.core.QueryExecutor;
import org.postgresql.core.ResultCursor;
import org.postgresql.core.ResultHandlerBase;
import org.postgresql.core.SqlCommand;
import org.postgresql.core.TransactionState;
import org.postgresql.core.Tuple;
import org.postgresql.jdbc.PgConnection;
import org.postgresql.util.HostSpec;

/**
 * What the driver does with a connection beneath JDBC. No text is parsed or changed on its way.
 *
 * <p>As thread-safe as pgjdbc's connection: calls from several threads wait for each other, {@link #cancel} does not.
 */
public final class Wire {

    private static final int ALWAYS = QueryExecutor.QUERY_ONESHOT | QueryExecutor.QUERY_BOTH_ROWS_AND_STATUS;
    private static final int SIMPLE = ALWAYS | QueryExecutor.QUERY_EXECUTE_AS_SIMPLE;
    private static final int ALONE = SIMPLE | QueryExecutor.QUERY_SUPPRESS_BEGIN;
    private static final int DISCARDING = ALONE | QueryExecutor.QUERY_NO_RESULTS;
    private static final int[] NO_PARAMETERS = {};
    private static final int CURSOR = ALWAYS | QueryExecutor.QUERY_FORWARD_CURSOR;

    /** The status pgjdbc makes up for a text without a statement. */
    private static final String NO_STATEMENT = "EMPTY";

    private final BaseConnection connection;
    private final QueryExecutor executor;

    /** @param connection pgjdbc's */
    public Wire(Connection connection) {
        this.connection = (BaseConnection) connection;
        this.executor = this.connection.getQueryExecutor();
    }

    /** The same connection for what is done by JDBC. */
    public Connection jdbc() {
        return connection;
    }

    /** The process id of the server's process, as it has told when it was connected to. */
    public int pid() {
        return connection.getBackendPID();
    }

    /** The role that has logged in. */
    public String login() {
        return executor.getUser();
    }

    public String database() {
        return executor.getDatabase();
    }

    /** The server that it leads to, of several in the URL. */
    public HostSpec host() {
        return executor.getHostSpec();
    }

    /** Such as 150000. */
    public int serverVersion() {
        return executor.getServerVersionNum();
    }

    /** Whether errors may show details, which may hold values. */
    public boolean showsErrorDetails() {
        return connection.getLogServerErrorDetail();
    }

    /** The number in {@link java.sql.Types} of a type of the server's. */
    public int sqlType(int oid) throws SQLException {
        return connection.getTypeInfo().getSQLType(oid);
    }

    /** The name of a type of the server's, as pgjdbc gives it. */
    public String typeName(int oid) throws SQLException {
        return connection.getTypeInfo().getPGType(oid);
    }

    public boolean isClosed() throws SQLException {
        return connection.isClosed();
    }

    /**
     * What a text gave.
     *
     * @param tags one command tag per statement, as the server sent it
     * @param rows the last statement's rows, or null when it returned none
     */
    public record Answer(List<String> tags, Rows rows) {
    }

    /**
     * Runs a text as one message of the simple query protocol: several statements are one transaction, a single one
     * runs at top level, and what was sent is carried out even if this process dies.
     *
     * @param notices gets each notice at once, on this thread
     */
    public Answer run(String sql, Consumer<SQLWarning> notices) throws SQLException {
        return execute(sql, notices, 0, ALONE);
    }

    /** The same, but rows are thrown away one by one as they come; the answer's rows are always null. */
    public Answer runDiscarding(String sql, Consumer<SQLWarning> notices) throws SQLException {
        return new Answer(execute(sql, notices, 0, DISCARDING).tags(), null);
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

    /** Runs a text as one message within a transaction block, which it begins when there is none. */
    public Answer runInTransaction(String sql, Consumer<SQLWarning> notices) throws SQLException {
        return execute(sql, notices, 0, SIMPLE);
    }

    /**
     * Opens a cursor over one statement within a transaction block, which it begins when there is none.
     *
     * @param size how many rows to fetch, more than 0. On a connection with {@code preferQueryMode=simple} there are no
     *     cursors and all rows come at once
     */
    public Answer open(String statement, int size, Consumer<SQLWarning> notices) throws SQLException {
        return execute(statement, notices, size, CURSOR);
    }

    /** Fetches the next rows of a cursor. */
    public Rows fetch(Rows rows, int size, Consumer<SQLWarning> notices) throws SQLException {
        Collector next = new Collector(notices);
        executor.fetch(rows.cursor(), next, size, false);
        return next.answer().rows();
    }

    private Answer execute(String sql, Consumer<SQLWarning> notices, int size, int flags) throws SQLException {
        Collector collector = new Collector(notices);
        // not several statements: that says only that it must be simple, which older releases of pgjdbc overrule
        Query query = executor.wrap(List.of(new NativeQuery(sql, NO_PARAMETERS, false, SqlCommand.BLANK)));
        executor.execute(query, null, collector, 0, size, flags);
        return collector.answer();
    }

    /** The columns that a query has, without running it for its rows. */
    public List<Rows.Column> describe(String query) throws SQLException {
        return run(query, notice -> { }).rows().columns();
    }

    /** Adds warnings to those of the connection, as pgjdbc does with those of its COMMIT; null for none. */
    public void warn(SQLWarning warnings) throws SQLException {
        if (warnings != null) {
            connection.unwrap(PgConnection.class).addWarning(warnings);
        }
    }

    /** Asks the server to cancel what runs, over a connection of its own. Whether it succeeds cannot be known. */
    public void cancel() throws SQLException {
        executor.sendQueryCancel();
    }

    /** Whether a transaction block is open, in good order or failed. */
    public boolean inTransaction() {
        return executor.getTransactionState() != TransactionState.IDLE;
    }

    /** Whether the server refuses commands until the transaction block ends. */
    public boolean inFailedTransaction() {
        return executor.getTransactionState() == TransactionState.FAILED;
    }

    /** The session's time zone, in which it writes times. */
    public ZoneId timeZone() {
        TimeZone zone = executor.getTimeZone();
        return (zone == null ? TimeZone.getDefault() : zone).toZoneId();
    }

    public boolean standardConformingStrings() {
        return executor.getStandardConformingStrings();
    }

    /** Takes everything that comes back; keeps the last statement's rows and all tags. */
    private static final class Collector extends ResultHandlerBase {

        private final Consumer<SQLWarning> notices;
        private final List<String> tags = new ArrayList<>(1);
        private Rows withoutTag;
        private Rows last;

        Collector(Consumer<SQLWarning> notices) {
            this.notices = notices;
        }

        @Override
        public void handleResultRows(Query query, Field[] fields, List<Tuple> tuples, ResultCursor cursor) {
            withoutTag = new Rows(fields, tuples, cursor);
        }

        @Override
        public void handleCommandStatus(String status, long updateCount, long insertOid) {
            last = withoutTag;
            withoutTag = null;
            if (!NO_STATEMENT.equals(status)) {
                tags.add(status);
            }
        }

        // pgjdbc's base class implements this in some releases and leaves it out in others
        @Override
        public void handleWarning(SQLWarning warning) {
            notices.accept(warning);
        }

        Answer answer() {
            // a cursor that has more rows has no tag yet
            return new Answer(List.copyOf(tags), withoutTag != null ? withoutTag : last);
        }
    }
}
