package io.pgbg.execution;

import io.pgbg.call.DirectCall;
import io.pgbg.call.Evaluation;
import io.pgbg.call.StatementResult;
import io.pgbg.session.LauncherWatch;
import io.pgbg.session.Session;
import io.pgbg.sql.ParsedStatement;
import io.pgbg.sql.Script;
import io.pgbg.wire.Rows;
import io.pgbg.wire.SqlFunction;
import java.sql.BatchUpdateException;
import java.sql.PreparedStatement;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A prepared text with calls in it. The application's parameters go to the SELECTs that evaluate the arguments and to
 * the pieces for the server, each a prepared statement of pgjdbc's.
 *
 * <p>Used by one thread, as a prepared statement is.
 */
public final class PreparedScript {

    private final Session session;
    private final SqlFunction<String, PreparedStatement> forServer;
    private final SqlFunction<String, PreparedStatement> withoutKeys;
    private final String text;
    /** The call that is the whole text, as it is written; null when the text is another one. */
    private final DirectCall call;
    private final OutParameters out;
    private List<Piece> plan;
    /** Whether the only piece is executed as an entry of a batch. */
    private boolean inBatch;
    private final Evaluation[] evaluations;
    private final String[] relayedTexts;
    private final PieceStatements statements;

    /**
     * Prepares.
     *
     * @param forServer prepares a text on the launcher's connection, with all flags that the caller gave
     * @param withoutKeys the same, with what of the flags is about result sets
     * @throws SQLException as {@link Pieces#of}
     */
    public PreparedScript(Session session, Script script, SqlFunction<String, PreparedStatement> forServer,
            SqlFunction<String, PreparedStatement> withoutKeys) throws SQLException {
        this.session = session;
        this.forServer = forServer;
        this.withoutKeys = withoutKeys;
        this.text = script.text();
        this.plan = Pieces.of(script, session.options().api());
        this.call = plan.size() == 1 && plan.get(0) instanceof Piece.CallPiece piece ? piece.call() : null;
        this.evaluations = new Evaluation[plan.size()];
        this.relayedTexts = new String[plan.size()];
        PreparedStatement[] prepared = new PreparedStatement[plan.size()];
        int[] parameters = new int[plan.size()];
        boolean function = isCall(ParsedStatement.Form.ESCAPE_FUNCTION);
        for (int i = 0; i < prepared.length; i++) {
            prepared[i] = prepare(i);
            parameters[i] = plan.get(i).parameters() - (function ? 1 : 0);
        }
        this.out = function || isCall(ParsedStatement.Form.ESCAPE_CALL) ? new OutParameters(function) : null;
        this.statements = new PieceStatements(prepared, parameters, out, function ? Set.of(1) : Set.of());
    }

    private boolean isCall(ParsedStatement.Form form) {
        return call != null && call.statement().form() == form;
    }

    private PreparedStatement prepare(int i) throws SQLException {
        if (plan.get(i) instanceof Piece.CallPiece piece) {
            // what a launch needs beside its parameters is added when it is executed
            evaluations[i] = Evaluation.ofParameters(piece.call().call());
            return withoutKeys.apply(evaluations[i].sql());
        }
        if (plan.get(i) instanceof Piece.RelayedPiece relayed) {
            relayedTexts[i] = RelayedRun.text(relayed.statement(), session).sql();
            return prepare(i, relayedTexts[i]);
        }
        return prepare(i, plan.get(i) instanceof Piece.ExtensionPiece extension
                ? extension.statement().text() : ((Piece.ServerPiece) plan.get(i)).sql());
    }

    /** Pgjdbc asks only the first statement of a text for its generated keys. */
    private PreparedStatement prepare(int i, String sql) throws SQLException {
        return (i == 0 ? forServer : withoutKeys).apply(sql);
    }

    /** Sees to it that the functions are there which the server needs to describe the statement. */
    public void prepareServer() throws SQLException {
        Set<String> names = plan.stream().filter(Piece.RelayedPiece.class::isInstance)
                .flatMap(piece -> ((Piece.RelayedPiece) piece).statement().names().stream())
                .collect(Collectors.toSet());
        if (!names.isEmpty() && session.relay().installation().current() == null) {
            ConnectionJobs.executing(session, execution -> execution.waiting(new LauncherWatch(session, List.of()),
                    wait -> {
                        session.wire().alone(() -> session.relay().preparation().ofSession(names, wait));
                        return null;
                    }));
        }
    }

    /** What the application's setters go to, and all else that is pgjdbc's. */
    public PreparedStatement delegate() {
        return statements.face();
    }

    /** The parameters that are set, to be executed later. */
    public Map<Integer, ?> parameters() {
        return statements.parameters();
    }

    /** Sets all parameters as they were when {@link #parameters()} was called. */
    public void setParameters(Map<Integer, ?> parameters) throws SQLException {
        statements.setParameters(parameters);
    }

    /** As {@link #run}, as an entry of a batch: what has rows gives none, and neither fetch size nor cursor counts. */
    public void runEntry(Execution execution) throws SQLException {
        inBatch = plan.size() == 1;
        try {
            run(execution);
        } finally {
            inBatch = false;
        }
    }

    /**
     * Executes with the parameters that are set.
     *
     * @param execution begun for it
     * @throws SQLException the first error; a transaction block that was open has failed then
     */
    public void run(Execution execution) throws SQLException {
        ScriptExecution runner = ScriptExecution.of(execution);
        if (out != null) {
            out.check();
            leaveOut();
        }
        execution.results().expectSeveral(plan.size() > 1);
        runner.work(() -> {
            if (plan.size() == 1) {
                runPiece(0, execution);
            } else {
                runner.asOneTransaction(plan, () -> {
                    for (int i = 0; i < plan.size(); i++) {
                        runPiece(i, execution);
                    }
                });
            }
        });
        if (out != null && out.areUsed()) {
            out.take(execution.results().takeOnlyRows());
        }
    }

    /** OUT parameters of a call are no arguments. The server lets pgjdbc mark them as such, by the type void. */
    private void leaveOut() throws SQLException {
        if (out.isResultAlone()) {
            return;
        }
        Set<Integer> left = statements.onlyOut();
        left.retainAll(call.statement().call().parametersAlone());
        if (!left.equals(statements.leftOut())) {
            DirectCall rest = new DirectCall(call.statement().without(left), session.options().api());
            plan = List.of(new Piece.CallPiece(rest, plan.get(0).parameters()));
            evaluations[0] = Evaluation.ofParameters(rest.call());
            statements.replaceWithout(left, withoutKeys.apply(evaluations[0].sql()));
        }
    }

    private void runPiece(int i, Execution execution) throws SQLException {
        if (plan.get(i) instanceof Piece.CallPiece piece) {
            piece.call().execute(execution, evaluator(i, execution));
        } else if (plan.get(i) instanceof Piece.RelayedPiece relayed) {
            runRelayed(i, relayed, execution);
        } else if (plan.get(i) instanceof Piece.ExtensionPiece extension) {
            new ExtensionCommand(execution).run(extension.statement(), text -> runServer(i, execution));
        } else {
            runServer(i, execution);
        }
    }

    private void runServer(int i, Execution execution) throws SQLException {
        PreparedStatement statement = statements.get(i);
        execution.onServer(statement, () -> executeNow(statement, execution));
        execution.results().addAll(statement);
    }

    /** Has pgjdbc execute a piece; as an entry of a batch, which it does in another way. */
    private boolean executeNow(PreparedStatement statement, Execution execution) throws SQLException {
        if (!inBatch) {
            return statement.execute();
        }
        statement.addBatch();
        try {
            execution.results().add(new StatementResult.CountResult(statement.executeLargeBatch()[0]));
            return false;
        } catch (BatchUpdateException e) {
            SQLException reason = e.getNextException();
            throw reason == null ? e : reason;
        }
    }

    private void runRelayed(int i, Piece.RelayedPiece relayed, Execution execution) throws SQLException {
        RelayedRun.Text now = RelayedRun.text(relayed.statement(), session);
        if (!now.sql().equals(relayedTexts[i])) {
            statements.replace(i, prepare(i, now.sql()));
            relayedTexts[i] = now.sql();
        }
        PreparedStatement statement = statements.get(i);
        new RelayedRun(relayed.statement(), execution).run(now, statement,
                sql -> executeNow(statement, execution));
    }

    private DirectCall.Evaluator evaluator(int i, Execution execution) {
        return new DirectCall.Evaluator() {
            @Override
            public List<Evaluation.Values> evaluate(Evaluation evaluation) throws SQLException {
                return PreparedScript.this.evaluate(i, evaluation, execution);
            }

            @Override
            public Evaluation.Parameters parameters() {
                return (index, type) -> statements.value(i, index, type);
            }
        };
    }

    private List<Evaluation.Values> evaluate(int i, Evaluation evaluation, Execution execution) throws SQLException {
        if (!evaluation.sql().equals(evaluations[i].sql())) {
            statements.replace(i, withoutKeys.apply(evaluation.sql()));
            evaluations[i] = evaluation;
        }
        PreparedStatement statement = statements.get(i);
        int maxFieldSize = statement.getMaxFieldSize();
        int maxRows = statement.getMaxRows();
        // they are for what the caller gets; a job's text must not be cut, and no call must be left out
        statement.setMaxFieldSize(0);
        statement.setMaxRows(0);
        try {
            return evaluation.ask(execution, statement, statement::executeQuery);
        } finally {
            statement.setMaxFieldSize(maxFieldSize);
            statement.setMaxRows(maxRows);
        }
    }

    /** The text with the parameters in it, as pgjdbc shows it. */
    @Override
    public String toString() {
        try (PreparedStatement whole = forServer.apply(text)) {
            statements.copyParameters(whole);
            return whole.toString();
        } catch (SQLException e) {
            // closed
            return text;
        }
    }

    /**
     * The columns that an execution will have.
     *
     * @return null when only the execution can tell
     */
    public ResultSetMetaData describe() throws SQLException {
        prepareServer();
        ResultSetMetaData first = null;
        for (int i = 0; i < plan.size(); i++) {
            // as pgjdbc does it: the server sees each statement, and the first one that returns rows counts
            ResultSetMetaData columns = describe(i);
            first = first == null ? columns : first;
        }
        return first;
    }

    private ResultSetMetaData describe(int i) throws SQLException {
        if (plan.get(i) instanceof Piece.CallPiece piece) {
            Rows rows = piece.call().describe(session);
            return rows == null || isCall(ParsedStatement.Form.ESCAPE_FUNCTION) ? null
                    : rows.on(delegate()).getMetaData();
        }
        return statements.get(i).getMetaData();
    }
}
