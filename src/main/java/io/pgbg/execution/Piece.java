package io.pgbg.execution;

import io.pgbg.call.DirectCall;
import io.pgbg.sql.ParsedStatement;

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
     * One statement for the server that calls the functions there; a {@link RelayedRun} executes it.
     *
     * @param statement what it says
     */
    record RelayedPiece(ParsedStatement.Relayed statement, int parameters) implements Piece {
    }
}
