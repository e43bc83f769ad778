package io.pgbg.proxy;

import io.pgbg.execution.PreparedScript;
import io.pgbg.sql.Reading;
import io.pgbg.sql.SettingMentions;
import java.sql.ParameterMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import org.postgresql.core.BaseStatement;

/** The prepared statement an application holds; see {@link ProxyStatement} for who owns it and its use by threads. */
@Delegating
abstract class ProxyPreparedStatement extends ProxyStatement implements PreparedStatement {

    final PreparedStatement delegate;

    /** What the text means to the driver; {@link Reading#PLAIN} when nothing. */
    private final Reading reading;

    /** What answers a text with a call in it; null for any other, and then the delegate does everything. */
    private final PreparedScript script;

    /** The batch of a text with a call in it. */
    private ParameterBatch batch;

    ProxyPreparedStatement(ProxyConnection connection, PreparedStatement delegate, Reading reading,
            PreparedScript script) {
        super(connection, (BaseStatement) delegate);
        this.delegate = delegate;
        this.reading = reading;
        this.script = script;
    }

    static ProxyPreparedStatement wrap(ProxyConnection connection, PreparedStatement delegate, Reading reading,
            PreparedScript script) {
        throw Unbuilt.error();
    }

    @Override
    public boolean execute() throws SQLException {
        return answers() ? results().isRows() : pass(null, (raw, text) -> ((PreparedStatement) raw).execute());
    }

    @Override
    public boolean executeWithFlags(int flags) throws SQLException {
        return answers() ? results().isRows() : pass(null, (raw, text) -> raw.executeWithFlags(flags));
    }

    @Override
    public ResultSet executeQuery() throws SQLException {
        return answers() ? results().onlyRows()
                : adopt(pass(null, (raw, text) -> ((PreparedStatement) raw).executeQuery()));
    }

    @Override
    public int executeUpdate() throws SQLException {
        return answers() ? results().onlyCount() : pass(null, (raw, text) -> ((PreparedStatement) raw).executeUpdate());
    }

    @Override
    public long executeLargeUpdate() throws SQLException {
        return answers() ? results().onlyLargeCount()
                : pass(null, (raw, text) -> ((PreparedStatement) raw).executeLargeUpdate());
    }

    /** Executes the text if there is a call in it, and keeps the answer. */
    private boolean answers() throws SQLException {
        if (reading != Reading.PLAIN) {
            observe();
        }
        closeResults();
        if (script != null) {
            script.run(beginResults());
            return true;
        }
        return false;
    }

    /** Takes note of what an execution with the parameters of now may change. */
    private void observe() {
        SettingMentions mentions = reading.mentions();
        connection.session().inherited().observe(mentions);
        if (mentions.hiddenNames()) {
            // a setting's name may be a parameter, which the statement shows in its text
            connection.session().inherited().observe(SettingMentions.in(toString()));
        }
    }

    @Override
    boolean takesText() {
        return false;
    }

    @Override
    public ResultSetMetaData getMetaData() throws SQLException {
        return script == null ? delegate.getMetaData() : script.describe();
    }

    @Override
    public ParameterMetaData getParameterMetaData() throws SQLException {
        if (script != null) {
            script.prepareServer();
        }
        return delegate.getParameterMetaData();
    }

    @Override
    public void addBatch() throws SQLException {
        if (script == null) {
            if (reading != Reading.PLAIN) {
                observe();
            }
            delegate.addBatch();
            return;
        }
        checkOpen();
        if (batch == null) {
            batch = new ParameterBatch(this, script);
        }
        batch.add();
    }

    @Override
    public void clearBatch() throws SQLException {
        batch = null;
        super.clearBatch();
    }

    @Override
    public int[] executeBatch() throws SQLException {
        return script == null ? super.executeBatch() : StatementBatch.toInts(executeAnsweredBatch());
    }

    @Override
    public long[] executeLargeBatch() throws SQLException {
        return script == null ? super.executeLargeBatch() : executeAnsweredBatch();
    }

    private long[] executeAnsweredBatch() throws SQLException {
        ParameterBatch entries = batch == null ? new ParameterBatch(this, script) : batch;
        batch = null;
        return entries.execute();
    }

    /** The text with the parameters of now in it, which applications log. */
    @Override
    public String toString() {
        return script == null ? delegate.toString() : script.toString();
    }
}
