package io.pgbg.execution;

import io.pgbg.SQLState;
import io.pgbg.call.DirectCall;
import io.pgbg.function.Api;
import io.pgbg.function.Function;
import io.pgbg.function.Names;
import io.pgbg.relay.Installation;
import io.pgbg.session.LauncherWatch;
import io.pgbg.session.Session;
import io.pgbg.session.Setting;
import io.pgbg.sql.CallTarget;
import io.pgbg.sql.ParsedStatement;
import io.pgbg.sql.Qualified;
import io.pgbg.sql.Script;
import io.pgbg.wire.ServerError;
import io.pgbg.wire.SqlSupplier;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A part of a script that is executed in one go: a call that the driver answers, or text for the server.
 *
 * <p>Immutable.
 */
sealed interface Piece {

    /** The number of JDBC parameters in it. */
    int parameters();

    /** A call that the driver answers. */
    record CallPiece(DirectCall call, int parameters) implements Piece {
    }

    /**
     * Text for the server, of one or more statements.
     *
     * @param sql the statements as the caller wrote them, but for the driver's own settings
     * @param endsTransaction whether a statement in it begins or ends a transaction
     */
    record ServerPiece(String sql, int parameters, boolean endsTransaction) implements Piece {
    }

    /**
     * A statement about the extension pg_background.
     *
     * @param statement what it says
     */
    record ExtensionPiece(ParsedStatement statement) implements Piece {

        @Override
        public int parameters() {
            return statement.parameters();
        }
    }

    /**
     * One statement for the server that calls the functions there.
     *
     * @param statement what it says
     */
    record RelayedPiece(ParsedStatement.Relayed statement, int parameters) implements Piece {

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
        Text text(Session session) throws SQLException {
            if (!session.options().relays()) {
                throw refusal(statement);
            }
            Installation installation = session.relay().installation().current();
            CallTarget target = installation == null ? CallTargets.session(session.options().api())
                    : CallTargets.installed(installation);
            return new Text(statement.in(target), installation != null);
        }

        /** Executes a text on the server. */
        @FunctionalInterface
        interface ServerCall {

            boolean execute(String sql) throws SQLException;
        }

        /** Executes it, with the functions there, and adds its results. */
        void run(Text text, Execution execution, Statement owner, ServerCall call) throws SQLException {
            ReentrantLock oneAtATime = execution.session().relay().preparation().oneAtATime();
            oneAtATime.lock();
            try {
                runAlone(text, execution, owner, call);
            } finally {
                oneAtATime.unlock();
            }
        }

        private void runAlone(Text text, Execution execution, Statement owner, ServerCall call)
                throws SQLException {
            Session session = execution.session();
            execution.waiting(new LauncherWatch(session, List.of()), wait -> {
                if (text.installed()) {
                    session.relay().preparation().ofInstalled(wait);
                } else {
                    session.relay().preparation().ofSession(statement.names(), wait);
                }
                return null;
            }, true);
            try {
                if (!text.installed() && session.relay().preparation().usesType(statement.names())
                        && PermanentUse.isPossible(statement)) {
                    session.transactions().asOne(() -> {
                        onServer(execution, owner, () -> call.execute(text.sql()));
                        PermanentUse.refuse(session);
                    });
                } else {
                    onServer(execution, owner, () -> call.execute(text.sql()));
                }
            } catch (SQLException e) {
                throw RelayedError.explain(e, text.qualified(), statement,
                        session.wire().showsErrorDetails());
            }
            if (statement.keeps()) {
                session.relay().listening().listenToAll();
            }
            ScriptExecution.addResults(execution, owner);
        }

        private void onServer(Execution execution, Statement owner, SqlSupplier<Boolean> step)
                throws SQLException {
            if (statement.names().equals(Set.of(Names.HANDLE))) {
                // the type alone calls nothing
                execution.onServer(owner, step);
            } else {
                execution.relayed(owner, step);
            }
        }
    }

    /**
     * The pieces of a script.
     *
     * @param api which functions the names mean
     * @throws SQLException 0A000 for a call in a place where the driver cannot answer it; 42883 for one whose
     *     arguments fit no function; 22023 or 42602 for a setting
     */
    static List<Piece> of(Script script, Api api) throws SQLException {
        if (script.meaning() instanceof Plan plan && plan.api() == api) {
            return plan.pieces();
        }
        List<Piece> pieces = List.copyOf(read(script, api));
        script.remember(new Plan(api, pieces));
        return pieces;
    }

    /** What a script means, kept beside it. */
    record Plan(Api api, List<Piece> pieces) {
    }

    private static List<Piece> read(Script script, Api api) throws SQLException {
        List<Piece> pieces = new ArrayList<>();
        for (ParsedStatement statement : script.statements()) {
            if (statement instanceof ParsedStatement.Direct direct) {
                pieces.add(new CallPiece(new DirectCall(direct, api), direct.parameters()));
            } else if (statement instanceof ParsedStatement.Relayed relayed) {
                pieces.add(new RelayedPiece(relayed, relayed.parameters()));
            } else if (isOfExtension(statement)) {
                pieces.add(new ExtensionPiece(statement));
            } else {
                addServer(pieces, statement);
            }
        }
        return pieces;
    }

    private static boolean isOfExtension(ParsedStatement statement) {
        return statement instanceof ParsedStatement.CreateExtension || statement instanceof ParsedStatement.DropExtension
                || statement instanceof ParsedStatement.UpdateExtension;
    }

    private static void addServer(List<Piece> pieces, ParsedStatement statement) throws SQLException {
        ServerPiece piece = new ServerPiece(serverText(statement), statement.parameters(), endsTransaction(statement));
        int last = pieces.size() - 1;
        if (last >= 0 && pieces.get(last) instanceof ServerPiece before) {
            // statements that follow each other stay one message to the server; a comment may end the one before
            pieces.set(last, new ServerPiece(before.sql() + "\n;" + piece.sql(),
                    before.parameters() + piece.parameters(), before.endsTransaction() || piece.endsTransaction()));
        } else {
            pieces.add(piece);
        }
    }

    private static boolean endsTransaction(ParsedStatement statement) {
        String keyword = statement instanceof ParsedStatement.Passed passed ? passed.keyword() : "";
        return switch (keyword) {
            case "BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT" -> true;
            default -> false;
        };
    }

    private static String serverText(ParsedStatement statement) throws SQLException {
        if (statement instanceof ParsedStatement.Passed passed) {
            return passed.text();
        }
        if (statement instanceof ParsedStatement.ReadsSettings reading) {
            return reading.with(Setting::textOf);
        }
        if (statement instanceof ParsedStatement.SetSetting set) {
            return setSetting(set);
        }
        if (statement instanceof ParsedStatement.ShowSetting show) {
            Setting setting = Setting.named(show.name());
            return "SELECT " + setting.valueSql() + " AS \"" + setting.sqlName() + '"';
        }
        if (statement instanceof ParsedStatement.ResetSetting reset) {
            return "RESET " + Setting.named(reset.name()).sqlName();
        }
        throw new IllegalStateException("not for the server: " + statement.getClass());
    }

    private static String setSetting(ParsedStatement.SetSetting set) throws SQLException {
        Setting setting = Setting.named(set.name());
        // the server keeps what SHOW would show, in the notation of the extension
        String value = set.value() == null ? "DEFAULT" : "'" + setting.format(setting.parse(set.value())) + "'";
        return "SET " + (set.local() ? "LOCAL " : "SESSION ") + setting.sqlName() + " TO " + value;
    }

    private static SQLException refusal(ParsedStatement.Relayed relayed) {
        if (Names.all().contains(relayed.function()) && !Function.names().contains(relayed.function())
                || relayed.calls().get(0).found()) {
            return ServerError.error(SQLState.FEATURE_NOT_SUPPORTED, "%s is not there over jdbc:pgbg:"
                    + " with pgbgRelay=off",
                    relayed.function()).toException();
        }
        return ServerError.error(SQLState.FEATURE_NOT_SUPPORTED, "%s cannot be called in %s over jdbc:pgbg:",
                relayed.function(), relayed.shape())
                .hint("Call it in a statement of its own: SELECT " + relayed.function() + "(..), or SELECT * FROM "
                        + relayed.function() + "(..)" + (Function.of(relayed.function()).returnsRecords()
                                ? " [AS name (column type, ..)]." : " [AS name]."))
                .toException();
    }
}
