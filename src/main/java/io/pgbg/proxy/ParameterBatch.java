package io.pgbg.proxy;

import io.pgbg.execution.Execution;
import io.pgbg.execution.PreparedScript;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A batch of a prepared text with a call in it: the same text with one set of parameters after the other, as one
 * transaction.
 *
 * <p>Used by one thread.
 */
final class ParameterBatch {

    private final ProxyPreparedStatement statement;
    private final PreparedScript script;
    private final List<Map<Integer, ?>> entries = new ArrayList<>();

    ParameterBatch(ProxyPreparedStatement statement, PreparedScript script) {
        this.statement = statement;
        this.script = script;
    }

    /** Adds the parameters that are set now. */
    void add() {
        entries.add(script.parameters());
    }

    /** Executes; an entry with rows counts as 0, as a SELECT does with the PostgreSQL driver. */
    long[] execute() throws SQLException {
        Map<Integer, ?> current = script.parameters();
        statement.closeResults();
        Execution execution = statement.beginResults();
        long[] counts = new long[entries.size()];
        if (entries.isEmpty()) {
            return counts;
        }
        try {
            execution.asOneTransaction(() -> executeAll(execution, counts));
            return counts;
        } finally {
            script.setParameters(current);
        }
    }

    private void executeAll(Execution execution, long[] counts) throws SQLException {
        for (int i = 0; i < entries.size(); i++) {
            script.setParameters(entries.get(i));
            try {
                script.runEntry(execution);
                counts[i] = execution.results().batchCount();
                execution.results().keepKeys();
            } catch (SQLException e) {
                throw StatementBatch.failure(execution.session(), e, i, script.toString(), entries.size());
            } finally {
                execution.results().drop();
            }
        }
        execution.results().showKeptKeys(execution.owner());
    }
}
