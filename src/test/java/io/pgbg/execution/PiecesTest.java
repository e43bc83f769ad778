package io.pgbg.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgbg.function.Api;
import io.pgbg.session.Scripts;
import io.pgbg.sql.Dialect;
import io.pgbg.sql.Script;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a text is taken apart into. */
class PiecesTest {

    private static Script script(String sql) {
        return Scripts.reader(Api.ONE).read(sql, Dialect.of(true, true));
    }

    /** Each piece as a letter (server, ending a transaction; call; relayed; extension), parameters and text. */
    private static String pieces(String sql) throws SQLException {
        return Pieces.of(script(sql), Api.ONE).stream().map(PiecesTest::shown).collect(Collectors.joining(" | "));
    }

    private static String shown(Piece piece) {
        String rest = piece.parameters() == 0 ? "" : Integer.toString(piece.parameters());
        if (piece instanceof Piece.ServerPiece server) {
            return (server.endsTransaction() ? "T" : "S") + rest + "[" + server.sql().replace("\n", "~") + "]";
        }
        return (piece instanceof Piece.CallPiece ? "C" : piece instanceof Piece.RelayedPiece ? "R" : "E") + rest;
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiterString = " -> ", value = {
        "SELECT pg_background_launch('x') -> C",
        "SELECT pg_background_launch(?, ?) -> C2",
        "SELECT * FROM pg_background_result(pg_background_launch(?)) AS (a int) -> C1",
        "SELECT 1; SELECT pg_background_launch('x') -> S[SELECT 1] | C",
        "SELECT ?; SELECT ?; SELECT pg_background_launch(?) -> S2[SELECT ?~;SELECT ?] | C1",
        "SELECT pg_background_detach(1); SELECT pg_background_detach(2) -> C | C",
        "SELECT 1 -- one~; SELECT 2; SELECT pg_background_detach(1) -> S[SELECT 1 -- one~;SELECT 2] | C",
        "BEGIN; SELECT pg_background_detach(1); COMMIT -> T[BEGIN] | C | T[COMMIT]",
        "START TRANSACTION; SELECT 1; SELECT pg_background_detach(1) -> T[START TRANSACTION~;SELECT 1] | C",
        "SAVEPOINT s; SELECT pg_background_detach(1) -> S[SAVEPOINT s] | C",
        "SELECT pg_background_launch('x') FROM t -> R",
        "SELECT pg_background_launch(?) FROM t WHERE a = ? -> R2",
        "DO $$BEGIN PERFORM pg_background_launch('x'); END$$ -> R",
        "SELECT 1; CALL p(pg_background_launch('x')); SELECT 2 -> S[SELECT 1] | R | S[SELECT 2]",
        "CREATE EXTENSION pg_background -> E",
        "SELECT 1; DROP EXTENSION IF EXISTS pg_background; SELECT 2 -> S[SELECT 1] | E | S[SELECT 2]",
        "ALTER EXTENSION pg_background UPDATE -> E",
        "SET pg_background.max_workers = 3 -> S[SET SESSION pg_background.max_workers TO '3']",
        "SET LOCAL pg_background.max_workers TO DEFAULT -> S[SET LOCAL pg_background.max_workers TO DEFAULT]",
        "RESET pg_background.worker_timeout -> S[RESET pg_background.worker_timeout]",
    })
    void aText(String sql, String expected) throws SQLException {
        assertThat(pieces(sql.replace('~', '\n'))).isEqualTo(expected);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiterString = " -> ", value = {
        "SELECT pg_background_launch() -> 42883: function pg_background_launch() does not exist",
        "SELECT pg_background_launch('a', 1, 'b', 2) -> 42883: does not exist",
        "SELECT pg_background_detach(sql => 1) -> 42883: pg_background_detach(sql => integer) does not exist",
        "SELECT pg_background_launch(sql => 'a', 1) -> 42601: positional argument cannot follow named argument",
        "SELECT pg_background_launch(sql => 'a', sql => 'b') -> 42601: argument name \"sql\" used more than once",
        "SET pg_background.max_workers = 0 -> 22023: pg_background.max_workers",
        "SET pg_background.unknown = 1 -> 42602: pg_background.unknown",
    })
    void aTextThatIsRefused(String sql, String expected) {
        assertThatThrownBy(() -> pieces(sql)).isInstanceOfSatisfying(SQLException.class, e -> {
            assertThat(e.getSQLState()).isEqualTo(expected.substring(0, 5));
            assertThat(e.getMessage()).contains(expected.substring(7));
        });
    }

    @Test
    void areKeptBesideTheScript() throws SQLException {
        Script script = script("SELECT 1; SELECT pg_background_detach(1)");
        assertThat(Pieces.of(script, Api.ONE)).isSameAs(Pieces.of(script, Api.ONE));
        assertThat(Pieces.of(script, Api.TWO)).isNotSameAs(Pieces.of(script, Api.ONE));
    }

    /** Joined one to the other, 100,000 statements would be copied 100,000 times. */
    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void statementsWithoutNumberBeforeACall() throws SQLException {
        String insert = "INSERT INTO t VALUES (1, 'abcdef')";
        List<Piece> pieces = Pieces.of(script((insert + ';').repeat(100_000) + "SELECT pg_background_detach_all()"),
                Api.ONE);
        assertThat(pieces).hasSize(2);
        String sql = ((Piece.ServerPiece) pieces.get(0)).sql();
        assertThat(sql.equals(insert + ("\n;" + insert).repeat(99_999))).isTrue();
    }
}
