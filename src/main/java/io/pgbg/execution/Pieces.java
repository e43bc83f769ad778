package io.pgbg.execution;

import io.pgbg.SQLState;
import io.pgbg.call.DirectCall;
import io.pgbg.function.Api;
import io.pgbg.function.Function;
import io.pgbg.function.Names;
import io.pgbg.session.Setting;
import io.pgbg.sql.ParsedStatement;
import io.pgbg.sql.Script;
import io.pgbg.wire.ServerError;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Turns scripts into pieces that are executed one by one, and keeps them beside the scripts. Thread-safe. */
final class Pieces {

    private Pieces() {
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
    private record Plan(Api api, List<Piece> pieces) {
    }

    private static List<Piece> read(Script script, Api api) throws SQLException {
        List<Piece> pieces = new ArrayList<>();
        ServerText text = new ServerText();
        for (ParsedStatement statement : script.statements()) {
            boolean forServer = !(statement instanceof ParsedStatement.Direct)
                    && !(statement instanceof ParsedStatement.Relayed) && !isOfExtension(statement);
            if (forServer) {
                text.add(statement);
                continue;
            }
            text.moveTo(pieces);
            if (statement instanceof ParsedStatement.Direct direct) {
                pieces.add(new Piece.CallPiece(new DirectCall(direct, api), direct.parameters()));
            } else if (statement instanceof ParsedStatement.Relayed relayed) {
                pieces.add(new Piece.RelayedPiece(relayed, relayed.parameters()));
            } else {
                pieces.add(new Piece.ExtensionPiece(statement));
            }
        }
        text.moveTo(pieces);
        return pieces;
    }

    private static boolean isOfExtension(ParsedStatement statement) {
        return statement instanceof ParsedStatement.CreateExtension
                || statement instanceof ParsedStatement.DropExtension
                || statement instanceof ParsedStatement.UpdateExtension;
    }

    /** Statements for the server that follow each other, which stay one message to it. */
    private static final class ServerText {

        private final StringBuilder sql = new StringBuilder();
        private int statements;
        private int parameters;
        private boolean endsTransaction;

        void add(ParsedStatement statement) throws SQLException {
            // a comment may end the one before
            sql.append(statements == 0 ? "" : "\n;").append(serverText(statement));
            statements++;
            parameters += statement.parameters();
            endsTransaction |= endsTransaction(statement);
        }

        /** Adds a piece with what was added here, if there is something, and begins anew. */
        void moveTo(List<Piece> pieces) {
            if (statements > 0) {
                pieces.add(new Piece.ServerPiece(sql.toString(), parameters, endsTransaction));
            }
            sql.setLength(0);
            statements = 0;
            parameters = 0;
            endsTransaction = false;
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

    static SQLException refusal(ParsedStatement.Relayed relayed) {
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
