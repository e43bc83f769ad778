package io.pgbg.dispatch;

import io.pgbg.SQLState;
import io.pgbg.function.Api;
import io.pgbg.function.Function;
import io.pgbg.function.Names;
import io.pgbg.relay.SessionRelay;
import io.pgbg.sql.Qualified;
import io.pgbg.sql.Script;
import io.pgbg.sql.SettingRead;
import io.pgbg.sql.Statement;
import io.pgbg.wire.ServerError;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.postgresql.util.ServerErrorMessage;

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
    record ExtensionPiece(Statement statement) implements Piece {

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
    record RelayedPiece(Statement.Relayed statement, int parameters) implements Piece {

        /** The schema in which the functions live as long as the session. */
        private static final String TEMPORARY = "pg_temp";

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
        Text text(LauncherSession session) throws SQLException {
            if (!session.options().relays()) {
                throw refusal(statement);
            }
            boolean installed = session.relay().installation() != null;
            return new Text(installed ? statement.asWritten() : statement.in(TEMPORARY), installed);
        }

        /** Executes a text on the server. */
        @FunctionalInterface
        interface ServerCall {

            boolean execute(String sql) throws SQLException;
        }

        /** Executes it, with the functions there, and adds its results. */
        void run(Text text, Execution execution, java.sql.Statement owner, ServerCall call) throws SQLException {
            SessionRelay relay = execution.session().relay();
            relay.oneAtATime().lock();
            try {
                runAlone(text, execution, owner, call);
            } finally {
                relay.oneAtATime().unlock();
            }
        }

        private void runAlone(Text text, Execution execution, java.sql.Statement owner, ServerCall call)
                throws SQLException {
            LauncherSession session = execution.session();
            execution.waiting(new LauncherWatch(session, List.of()), wait -> {
                if (text.installed()) {
                    session.relay().prepareInstalled(wait);
                } else {
                    session.relay().prepare(statement.names(), wait);
                }
                return null;
            }, true);
            try {
                if (!text.installed() && session.relay().usesSessionType(statement.names())
                        && PermanentUse.isPossible(statement)) {
                    session.asOneTransaction(() -> {
                        onServer(execution, owner, () -> call.execute(text.sql()));
                        PermanentUse.refuse(session);
                    });
                } else {
                    onServer(execution, owner, () -> call.execute(text.sql()));
                }
            } catch (SQLException e) {
                throw explain(e, text.qualified());
            }
            if (statement.keeps()) {
                session.relay().keep();
            }
            ScriptExecution.addResults(execution, owner);
        }

        private void onServer(Execution execution, java.sql.Statement owner, Execution.Step<Boolean> step)
                throws SQLException {
            if (statement.names().equals(Set.of(Names.HANDLE))) {
                // the type alone calls nothing
                execution.onServer(owner, step);
            } else {
                execution.relayed(owner, step);
            }
        }

        /** The error of the text as the caller wrote it. */
        private SQLException explain(SQLException error, Qualified text) {
            ServerErrorMessage message = ServerError.messageOf(error);
            int position = message == null ? 0 : message.getPosition();
            return position == 0 ? error : ServerError.copyOf(message)
                    .message(message.getMessage().replace(TEMPORARY + '.', ""))
                    .position(text.original(position) + statement.start()).cause(error.getCause()).toException();
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
        List<Piece> pieces = new ArrayList<>();
        for (Statement statement : script.statements()) {
            if (statement instanceof Statement.Direct direct) {
                pieces.add(new CallPiece(new DirectCall(direct, api), direct.parameters()));
            } else if (statement instanceof Statement.Relayed relayed) {
                pieces.add(new RelayedPiece(relayed, relayed.parameters()));
            } else if (isOfExtension(statement)) {
                pieces.add(new ExtensionPiece(statement));
            } else {
                addServer(pieces, statement);
            }
        }
        return pieces;
    }

    private static boolean isOfExtension(Statement statement) {
        return statement instanceof Statement.CreateExtension || statement instanceof Statement.DropExtension
                || statement instanceof Statement.UpdateExtension;
    }

    private static void addServer(List<Piece> pieces, Statement statement) throws SQLException {
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

    private static boolean endsTransaction(Statement statement) {
        String keyword = statement instanceof Statement.Passed passed ? passed.keyword() : "";
        return switch (keyword) {
            case "BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT" -> true;
            default -> false;
        };
    }

    private static String serverText(Statement statement) throws SQLException {
        if (statement instanceof Statement.Passed passed) {
            return passed.text();
        }
        if (statement instanceof Statement.ReadsSettings reading) {
            return readSettings(reading);
        }
        if (statement instanceof Statement.SetSetting set) {
            return setSetting(set);
        }
        if (statement instanceof Statement.ShowSetting show) {
            Setting setting = Setting.named(show.name());
            return "SELECT " + setting.valueSql() + " AS \"" + setting.sqlName() + '"';
        }
        if (statement instanceof Statement.ResetSetting reset) {
            return "RESET " + Setting.named(reset.name()).sqlName();
        }
        throw new IllegalStateException("not for the server: " + statement.getClass());
    }

    private static String setSetting(Statement.SetSetting set) throws SQLException {
        Setting setting = Setting.named(set.name());
        // the server keeps what SHOW would show, in the notation of the extension
        String value = set.value() == null ? "DEFAULT" : "'" + setting.format(setting.parse(set.value())) + "'";
        return "SET " + (set.local() ? "LOCAL " : "SESSION ") + setting.sqlName() + " TO " + value;
    }

    private static String readSettings(Statement.ReadsSettings reading) throws SQLException {
        StringBuilder text = new StringBuilder();
        int end = 0;
        for (SettingRead read : reading.reads()) {
            text.append(reading.text(), end, read.start());
            boolean known = Setting.isKnown(read.name());
            text.append(known ? Setting.named(read.name()).valueSql() : reading.text().substring(read.start(),
                    read.end()));
            end = read.end();
        }
        return text.append(reading.text().substring(end)).toString();
    }

    private static SQLException refusal(Statement.Relayed relayed) {
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
