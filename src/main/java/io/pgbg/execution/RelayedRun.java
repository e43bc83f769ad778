package io.pgbg.execution;

import io.pgbg.function.Names;
import io.pgbg.relay.Installation;
import io.pgbg.relay.Preparation;
import io.pgbg.session.LauncherWatch;
import io.pgbg.session.Session;
import io.pgbg.sql.CallTarget;
import io.pgbg.sql.ParsedStatement;
import io.pgbg.sql.Qualified;
import io.pgbg.wire.SqlFunction;
import io.pgbg.wire.SqlSupplier;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Set;

/**
 * Executes a statement on the server that calls the functions there: sees to it that they are there and answered, one
 * statement at a time, and adds its results.
 *
 * <p>Used by the thread that executes.
 */
final class RelayedRun {

    private final ParsedStatement.Relayed statement;
    private final Execution execution;
    private final Session session;

    RelayedRun(ParsedStatement.Relayed statement, Execution execution) {
        this.statement = statement;
        this.execution = execution;
        this.session = execution.session();
    }

    /**
     * A text for the server.
     *
     * @param installed whether it calls installed functions, not those of the session
     */
    record Text(Qualified qualified, boolean installed) {

        String sql() {
            return qualified.text();
        }
    }

    /** The text that is to be executed in a session as it is now. */
    static Text text(ParsedStatement.Relayed statement, Session session) throws SQLException {
        if (!session.options().relays()) {
            throw Pieces.refusal(statement);
        }
        Installation installation = session.relay().installation().current();
        CallTarget target = installation == null ? CallTargets.session(session.options().api())
                : CallTargets.installed(installation);
        return new Text(statement.in(target), installation != null);
    }

    /**
     * Executes a text, with the functions there, and adds its results.
     *
     * @param owner pgjdbc's statement that executes it
     * @param call has the server execute the SQL
     */
    void run(Text text, Statement owner, SqlFunction<String, Boolean> call) throws SQLException {
        Preparation preparation = session.relay().preparation();
        preparation.holding(() -> {
            execution.waiting(new LauncherWatch(session, List.of()), wait -> {
                preparation.connect(wait);
                return null;
            });
            session.wire().alone(() -> runAlone(text, owner, call));
        });
    }

    private void runAlone(Text text, Statement owner, SqlFunction<String, Boolean> call) throws SQLException {
        session.relay().listening().seen().see(statement.text());
        execution.waiting(new LauncherWatch(session, List.of()), wait -> {
            if (text.installed()) {
                session.relay().preparation().ofInstalled(wait);
            } else {
                session.relay().preparation().ofSession(statement.names(), wait);
            }
            return null;
        });
        try {
            if (!text.installed() && session.relay().preparation().usesType(statement.names())
                    && PermanentUse.isPossible(statement)) {
                execution.asOneTransaction(() -> {
                    onServer(owner, () -> call.apply(text.sql()));
                    PermanentUse.refuse(session);
                });
            } else {
                onServer(owner, () -> call.apply(text.sql()));
            }
        } catch (SQLException e) {
            throw RelayedError.explain(e, text.qualified(), statement, session.wire().showsErrorDetails());
        }
        if (statement.keeps()) {
            session.relay().listening().listenToAll();
        }
        execution.results().addAll(owner);
    }

    private void onServer(Statement owner, SqlSupplier<Boolean> step) throws SQLException {
        if (statement.names().equals(Set.of(Names.HANDLE))) {
            // the type alone calls nothing
            execution.onServer(owner, step);
        } else {
            execution.relayed(owner, step);
        }
    }
}
