package io.pgbg.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.WithConnection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * One transaction makes more calls than a mailbox holds replies: the server would read past all former ones each time.
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@AlsoAmongTraps
class ManyCallsIT extends WithConnection {

    private List<String> notices(String block) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("DO $block$ DECLARE p int; n int; sum int8 := 0; used text[] := '{}'; box text; BEGIN "
                    + block + " END $block$");
            return Sql.messages(statement.getWarnings());
        }
    }

    @Test
    void newMailboxesAreUsedAndEachJobRunsOnce() throws SQLException {
        database.execute("CREATE TABLE done (n int)");
        assertThat(notices("""
                FOR i IN 1 .. 650 LOOP
                  SELECT pg_background_launch('INSERT INTO done VALUES (' || i::text || ') RETURNING n') INTO p;
                  SELECT r.n INTO n FROM pg_background_result(p) AS r(n int);
                  sum := sum OPERATOR(pg_catalog.+) n::int8;
                  box := pg_catalog.current_setting('pgbg.mailbox');
                  IF pg_catalog.array_position(used, box) IS NULL THEN
                    used := pg_catalog.array_append(used, box);
                  END IF;
                END LOOP;
                RAISE NOTICE '% %', sum, pg_catalog.cardinality(used) OPERATOR(pg_catalog.>) 1;
                """)).containsExactly("211575 t");
        assertThat(Sql.rows(connection, "SELECT pg_catalog.count(*), pg_catalog.count(DISTINCT n) FROM done"))
                .containsExactly("650,650");
    }

    /** A new mailbox is due in the middle of the rows of a result, wherever the block begins with it. */
    @Test
    void rowsGoOnInANewMailbox() throws SQLException {
        assertThat(notices("""
                FOR i IN 1 .. 490 LOOP
                  PERFORM pg_background_stats_v2();
                END LOOP;
                SELECT pg_background_launch('SELECT g, pg_catalog.repeat(''x'', 1000)'
                  ' FROM pg_catalog.generate_series(1, 20000) AS g') INTO p;
                SELECT pg_catalog.sum(r.g), pg_catalog.count(*) INTO sum, n
                FROM pg_background_result(p) AS r(g int, t text);
                RAISE NOTICE '% %', sum, n;
                """)).containsExactly("200010000 20000");
    }
}
