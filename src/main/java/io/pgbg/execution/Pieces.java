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
        for (ParsedStatement statement : script.statements()) {
            if (statement instanceof ParsedStatement.Direct direct) {
                pieces.add(new Piece.CallPiece(new DirectCall(direct, api), direct.parameters()));
            } else if (statement instanceof ParsedStatement.Relayed relayed) {
                pieces.add(new Piece.RelayedPiece(relayed, relayed.parameters()));
            } else if (isOfExtension(statement)) {
                pieces.add(new Piece.ExtensionPiece(statement));
            } else {
                addServer(pieces, statement);
            }
        }
        return pieces;
    }

    private static boolean isOfExtension(ParsedStatement statement) {
        return statement instanceof ParsedStatement.CreateExtension
                || statement instanceof ParsedStatement.DropExtension
                || statement instanceof ParsedStatement.UpdateExtension;
    }

    private static void addServer(List<Piece> pieces, ParsedStatement statement) throws SQLException {
        Piece.ServerPiece piece = new Piece.ServerPiece(serverText(statement), statement.parameters(),
                endsTransaction(statement));
        int last = pieces.size() - 1;
        if (last >= 0 && pieces.get(last) instanceof Piece.ServerPiece before) {
            // statements that follow each other stay one message to the server; a comment may end the one before
            pieces.set(last, new Piece.ServerPiece(before.sql() + "\n;" + piece.sql(),
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
