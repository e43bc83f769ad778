package io.pgbg.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Running;
import io.pgbg.testkit.Sql;
import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a function on the server asks for may be too long for one notice. */
@AlsoAmongTraps
class LongRequestsIT extends OwnDatabase {

    private static final String CALL = "SELECT v + 0 FROM pg_background_result(pg_background_launch('SELECT 7'))"
            + " AS r(v int)";

    @Test
    void arriveAsTheyAreWritten() throws Exception {
        for (int length : List.of(524_000, 1_048_576, 1_300_001)) {
            String query = "SELECT md5($x$" + "a\"\\ \u00e9\ud83d\ude00,{".repeat(length / 8) + "$x$)";
            String expected;
            try (Connection raw = database.connectRaw()) {
                expected = Sql.value(raw, query);
            }
            Sql.run(connection, "CREATE TEMP TABLE IF NOT EXISTS hashes (h text)");
            Sql.run(connection, "DO $b$ BEGIN INSERT INTO hashes SELECT * FROM pg_background_result("
                    + "pg_background_launch($j$" + query + "$j$)) AS r(h text); END $b$");
            assertThat(Sql.rows(connection, "DELETE FROM hashes RETURNING h")).containsExactly(expected);
        }
    }

    /** A part may hold no half of a character, wherever in one it would end. */
    @Test
    void areCutBetweenCharacters() throws Exception {
        for (int shift = 0; shift < 14; shift++) {
            run("DO $b$ DECLARE t text := repeat('x', " + shift + ") || repeat('a\"\\\u00e9\u20ac\ud83d\ude00', 100000);"
                    + " h text; BEGIN SELECT v INTO h FROM pg_background_result(pg_background_launch("
                    + "'SELECT md5($x$' || t || '$x$)')) AS r(v text);"
                    + " IF h <> md5(t) THEN RAISE EXCEPTION 'it came as another text'; END IF; END $b$");
        }
    }

    @Test
    void thatEndInTheMiddleDisturbNoOthers() throws Exception {
        run("DO $$ BEGIN RAISE INFO USING ERRCODE = 'BG001', MESSAGE = 'part 1', DETAIL = '{planted';"
                + " PERFORM * FROM pg_background_result(pg_background_launch('SELECT 1')) AS r(n int);"
                + " RAISE INFO USING ERRCODE = 'BG001', MESSAGE = 'part 2', DETAIL = '{planted';"
                + " RAISE INFO USING ERRCODE = 'BG001', MESSAGE = 'part 1', DETAIL = '{planted';"
                + " PERFORM * FROM pg_background_result(pg_background_launch('SELECT 2 /* ' || repeat('x', 1200000)"
                + " || '*/')) AS r(n int); END $$");
        assertThat(Sql.rows(connection, CALL)).containsExactly("7");
    }

    @Test
    void manyOfThemTakeNoNoticesFromTheStatement() throws Exception {
        try (Statement statement = connection.createStatement()) {
            Running<Boolean> block = Running.start(() -> statement.execute("DO $$ BEGIN FOR i IN 1 .. 30 LOOP"
                    + " RAISE NOTICE '%', i; PERFORM * FROM pg_background_result(pg_background_launch('SELECT 1 /* '"
                    + " || repeat('x', 300000) || '*/')) AS r(n int); END LOOP; END $$"));
            block.get(SOON);
            assertThat(Sql.messages(statement.getWarnings())).hasSize(30).startsWith("1", "2", "3").endsWith("30");
        }
    }
}
