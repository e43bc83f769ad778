package io.pgbg.execution;

import io.pgbg.call.Evaluation;
import io.pgbg.session.Session;
import io.pgbg.sql.Script;
import io.pgbg.wire.SqlAction;
import io.pgbg.wire.SqlSupplier;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/**
 * Executes a text with calls in it, piece by piece in the order of the text.
 *
 * <p>Used by one thread.
 */
public final class ScriptExecution {

    private final Session session;
    private final Execution execution;

    private ScriptExecution(Execution execution) {
        this.session = execution.session();
        this.execution = execution;
    }

    /** Begins an execution, so that other threads can reach it before it has done anything. */
    public static Execution begin(Session session, Statement owner) throws SQLException {
        return new Execution(session, owner);
    }

    /**
     * Commits a transaction whose deferred triggers may call functions on the server without showing it; their notices
     * are the connection's.
     *
     * @return false when there is no such transaction, and nothing was done
     */
    public static boolean commitWatched(Session session) throws SQLException {
        Connection connection = session.connection();
        if (connection.isClosed() || connection.getAutoCommit() || !session.wire().inTransaction()
                || session.wire().inFailedTransaction() || !session.watchesAll()) {
            return false;
        }
        try (Statement commit = connection.createStatement()) {
            Execution execution = begin(session, commit);
            try {
                execution.onServer(commit, () -> commit.execute("COMMIT"));
            } finally {
                execution.settle();
                session.wire().warn(execution.warnings());
            }
        }
        return true;
    }

    /** How a piece of text for the server is executed. */
    @FunctionalInterface
    public interface ServerCall {

        /** Executes the text and returns whether the first result is a result set. */
        boolean execute(Statement statement, String sql) throws SQLException;
    }

    /**
     * Executes the text of a plain statement.
     *
     * @param execution begun for it
     * @param script what it says
     * @param serverCall executes what is for the server, with the flags that the caller gave
     * @throws SQLException the first error; a transaction block that was open has failed then
     */
    public static void run(Execution execution, Script script, ServerCall serverCall) throws SQLException {
        new ScriptExecution(execution).run(script, serverCall);
    }

    private void run(Script script, ServerCall serverCall) throws SQLException {
        work(() -> {
            List<Piece> pieces = pieces(script);
            execution.results().expectSeveral(pieces.size() > 1);
            if (pieces.size() == 1) {
                runPiece(pieces.get(0), execution.owner(), serverCall);
                return;
            }
            asOneTransaction(pieces, () -> {
                ServerCall call = serverCall;
                for (Piece piece : pieces) {
                    runPiece(piece, execution.results().keep(StatementFactory.like(execution.owner(),
                            session.connection())), call);
                    // pgjdbc asks only the first statement of a text for its generated keys
                    call = Statement::execute;
                }
            });
        });
    }

    private List<Piece> pieces(Script script) throws SQLException {
        try {
            return Pieces.of(script, session.options().api());
        } catch (SQLException e) {
            session.transactions().refuseFailed();
            throw e;
        }
    }

    private void runPiece(Piece piece, Statement statement, ServerCall serverCall) throws SQLException {
        if (piece instanceof Piece.CallPiece callPiece) {
            callPiece.call().execute(execution, this::evaluate);
        } else if (piece instanceof Piece.ServerPiece serverPiece) {
            execution.onServer(statement, () -> serverCall.execute(statement, serverPiece.sql()));
            execution.results().addAll(statement);
        } else if (piece instanceof Piece.RelayedPiece relayed) {
            new RelayedRun(relayed.statement(), execution).run(RelayedRun.text(relayed.statement(), session), statement,
                    text -> serverCall.execute(statement, text));
        } else if (piece instanceof Piece.ExtensionPiece extension) {
            new ExtensionCommand(execution).run(extension.statement(), text -> {
                execution.onServer(statement, () -> serverCall.execute(statement, text));
                execution.results().addAll(statement);
            });
        }
    }

    /** Executes a batch that shows no call but may make some, as a part of an execution. */
    public static <T> T passed(Execution execution, Statement statement, SqlSupplier<T> batch)
            throws SQLException {
        return execution.onServer(statement, batch);
    }

    /** On a statement of the driver's own: the caller's may cut values and limit rows. */
    private List<Evaluation.Values> evaluate(Evaluation evaluation) throws SQLException {
        try (Statement statement = session.connection().createStatement()) {
            return evaluation.ask(execution, statement, () -> statement.executeQuery(evaluation.sql()));
        }
    }

    /** Does the execution's work. */
    void work(SqlAction work) throws SQLException {
        execution.start();
        try {
            session.wire().checkOpen();
            session.transactions().failing(() -> {
                work.run();
                return null;
            });
        } catch (SQLException e) {
            execution.results().drop();
            throw e;
        } finally {
            execution.settle();
        }
    }

    /** Several statements in one text are one transaction, unless the text deals with transactions itself. */
    void asOneTransaction(List<Piece> pieces, SqlAction work) throws SQLException {
        boolean server = pieces.stream().anyMatch(piece -> !(piece instanceof Piece.CallPiece));
        boolean ends = pieces.stream().anyMatch(piece -> piece instanceof Piece.ServerPiece text
                && text.endsTransaction());
        if (server && !ends) {
            execution.asOneTransaction(work);
        } else {
            work.run();
        }
    }

    static ScriptExecution of(Execution execution) {
        return new ScriptExecution(execution);
    }
}
