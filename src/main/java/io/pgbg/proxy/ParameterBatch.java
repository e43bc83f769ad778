package io.pgbg.proxy;

import io.pgbg.dispatch.PreparedScript;
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

    /** Executes; each entry counts as 0, as a SELECT does with the PostgreSQL driver. */
    long[] execute() throws SQLException {
        Map<Integer, ?> current = script.parameters();
        List<Long> done = new ArrayList<>();
        try {
            statement.connection.session().asOneTransaction(() -> {
                for (Map<Integer, ?> entry : entries) {
                    script.setParameters(entry);
                    statement.answerUnseen();
                    done.add(0L);
                }
            });
        } catch (SQLException e) {
            throw StatementBatch.failed(e, done);
        } finally {
            script.setParameters(current);
        }
        return StatementBatch.toArray(done);
    }
}
