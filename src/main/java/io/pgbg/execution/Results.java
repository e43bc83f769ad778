package io.pgbg.execution;

import io.pgbg.call.StatementResult;
import io.pgbg.wire.Rows;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * What an execution has given: the results of its statements in order, as pgjdbc would show those of the whole text.
 *
 * <p>Filled by the thread that executes; closed by any.
 */
public final class Results {

    private final List<StatementResult> all = new CopyOnWriteArrayList<>();
    /** Statements that were made for the results, to be closed with them. */
    private final List<Statement> statements = new CopyOnWriteArrayList<>();
    private ResultSet taken;
    private ResultSet generatedKeys;
    /** The keys of the entries of a batch so far. */
    private final List<Rows> keysOfEntries = new ArrayList<>(0);
    private boolean several;

    /** The results, in order. */
    public List<StatementResult> all() {
        return all;
    }

    /** The count of rows that a batch tells: that of the only result, 0 for rows and for several results. */
    public long batchCount() {
        return all.size() == 1 && all.get(0) instanceof StatementResult.CountResult count ? count.count() : 0;
    }

    /** The keys that were generated; null if none were asked for or there are none. */
    public ResultSet generatedKeys() {
        return generatedKeys;
    }

    /** Closes the keys, which pgjdbc counts among the results. */
    public void closeGeneratedKeys() throws SQLException {
        if (generatedKeys != null) {
            generatedKeys.close();
        }
    }

    /** Keeps the keys that an entry of a batch has generated. */
    public void keepKeys() throws SQLException {
        if (generatedKeys != null) {
            keysOfEntries.add(Rows.copyOf(generatedKeys));
        }
    }

    /**
     * The keys of all entries of a batch become those of the whole.
     *
     * @param owner pgjdbc's statement that they belong to
     */
    public void showKeptKeys(Statement owner) throws SQLException {
        if (!keysOfEntries.isEmpty()) {
            generatedKeys = Rows.concat(keysOfEntries).on(owner);
        }
    }

    /** The text has several statements: then pgjdbc shows the keys that one has generated as rows of it. */
    void expectSeveral(boolean expected) {
        several = expected;
    }

    void add(StatementResult result) {
        all.add(result);
    }

    /** Takes the one result set there is out of the results; it is closed with them all the same. */
    ResultSet takeOnlyRows() {
        taken = ((StatementResult.RowsResult) all.remove(0)).rows();
        return taken;
    }

    /** Whether the only result is that of a function's call, for its first parameter. */
    public boolean areTaken() {
        return taken != null;
    }

    /** Takes over all results of one of pgjdbc's statements, and the keys that it has generated. */
    void addAll(Statement statement) throws SQLException {
        ResultSet keys = statement.getGeneratedKeys();
        if (keys.getMetaData().getColumnCount() > 0) {
            if (several) {
                addRows(keys, statement);
                // what has rows has no count
                statement.getMoreResults(Statement.KEEP_CURRENT_RESULT);
            } else {
                generatedKeys = keys;
            }
        }
        ResultSet rows = statement.getResultSet();
        long count = rows == null ? statement.getLargeUpdateCount() : -1;
        while (rows != null || count >= 0) {
            if (rows != null) {
                addRows(rows, statement);
            } else {
                add(new StatementResult.CountResult(count));
            }
            statement.getMoreResults(Statement.KEEP_CURRENT_RESULT);
            rows = statement.getResultSet();
            count = rows == null ? statement.getLargeUpdateCount() : -1;
        }
    }

    private void addRows(ResultSet rows, Statement statement) throws SQLException {
        if (rows.getFetchSize() != statement.getFetchSize()) {
            // it got all its rows at once
            rows.setFetchSize(statement.getFetchSize());
        }
        add(new StatementResult.RowsResult(rows));
    }

    /** Keeps a statement until the results are closed. */
    <S extends Statement> S keep(S statement) {
        statements.add(statement);
        return statement;
    }

    /** Drops what there is so far, between the entries of a batch. */
    public void drop() throws SQLException {
        close();
        all.clear();
        statements.clear();
        taken = null;
        generatedKeys = null;
    }

    void close() throws SQLException {
        for (StatementResult result : all) {
            if (result instanceof StatementResult.RowsResult rows) {
                rows.rows().close();
            } else if (result instanceof StatementResult.StreamedResult streamed) {
                streamed.rows().close();
            }
        }
        if (taken != null) {
            taken.close();
        }
        for (Statement statement : statements) {
            statement.close();
        }
    }
}
