package io.pgbg.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgbg.PgbgConnection;
import io.pgbg.PgbgJob;
import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Await;
import io.pgbg.testkit.PostgresExtension;
import io.pgbg.testkit.Running;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.postgresql.util.PSQLWarning;
import org.postgresql.util.ServerErrorMessage;

/** A job's notices reach the statement that reads its result: all of them, in order, and while it waits. */
@ExtendWith(PostgresExtension.class)
@AlsoAmongTraps
class NoticesIT {

    private static final String READ = "SELECT * FROM pg_background_result(%d) AS (r text)";

    private final TestDatabase database;

    NoticesIT(TestDatabase database) {
        this.database = database;
    }

    @Test
    void carryAllFieldsOfTheServer() throws SQLException {
        try (Connection connection = database.connect(); Statement statement = connection.createStatement()) {
            int pid = Sql.launch(connection, "DO $$ BEGIN RAISE WARNING USING MESSAGE = 'm', DETAIL = 'd', HINT = 'h', "
                    + "ERRCODE = '01P01'; RAISE INFO 'i'; END $$");
            statement.execute(String.format(READ, pid));

            SQLWarning warning = statement.getWarnings();
            assertThat(warning.getClass()).isEqualTo(PSQLWarning.class);
            ServerErrorMessage message = ((PSQLWarning) warning).getServerErrorMessage();
            assertThat(message.getSeverity()).isEqualTo("WARNING");
            assertThat(message.getMessage()).isEqualTo("m");
            assertThat(message.getDetail()).isEqualTo("d");
            assertThat(message.getHint()).isEqualTo("h");
            assertThat(message.getWhere()).isEqualTo("PL/pgSQL function inline_code_block line 1 at RAISE\n"
                    + "background worker, pid " + pid);
            assertThat(warning.getSQLState()).isEqualTo("01P01");
            assertThat(warning.getNextWarning().getMessage()).isEqualTo("i");
            assertThat((Object) warning.getNextWarning().getNextWarning()).isNull();
        }
    }

    @Test
    void nameTheWorkerInTheirContext() throws SQLException {
        for (String end : List.of("", " WHERE true")) {
            try (Connection connection = database.connect(); Statement statement = connection.createStatement()) {
                int pid = Sql.launch(connection, "DROP TABLE IF EXISTS no_such_table");
                statement.execute(String.format(READ, pid) + end);
                PSQLWarning warning = (PSQLWarning) statement.getWarnings();
                assertThat(warning.getServerErrorMessage().getSeverity()).isEqualTo("NOTICE");
                assertThat(warning.getServerErrorMessage().getWhere()).isEqualTo("background worker, pid " + pid);
            }
        }
    }

    @Test
    void obeyClientMinMessagesOfTheLauncherButInfoAlwaysPasses() throws SQLException {
        try (Connection connection = database.connect(); Statement statement = connection.createStatement()) {
            Sql.run(connection, "SET client_min_messages = error");
            int pid = Sql.launch(connection, "DO $$ BEGIN RAISE WARNING 'w'; RAISE NOTICE 'n'; RAISE INFO 'i'; END $$");
            statement.execute(String.format(READ, pid));
            assertThat(Sql.messages(statement.getWarnings())).containsExactly("i");
        }
    }

    @Test
    void areThereWhenTheJobFails() throws SQLException {
        try (Connection connection = database.connect(); Statement statement = connection.createStatement()) {
            int pid = Sql.launch(connection, "DO $$ BEGIN RAISE NOTICE 'before'; PERFORM 1/0; END $$");
            assertThatThrownBy(() -> statement.execute(String.format(READ, pid))).hasMessageContaining("division");
            assertThat(Sql.messages(statement.getWarnings())).containsExactly("before");
        }
    }

    @Test
    void areThereWhileTheJobStillRuns() throws Exception {
        try (Connection connection = database.connect(); Statement statement = connection.createStatement();
                Connection gate = database.connectRaw()) {
            Sql.run(gate, "SELECT pg_catalog.pg_advisory_lock(1)");
            int pid = Sql.launch(connection, "DO $$ BEGIN PERFORM pg_catalog.pg_advisory_lock(2); PERFORM"
                    + " pg_catalog.pg_advisory_unlock(2); "
                    + "RAISE NOTICE 'live'; PERFORM pg_catalog.pg_advisory_lock(1); END $$");
            CompletableFuture<Boolean> reading = CompletableFuture.supplyAsync(() -> {
                try {
                    return statement.execute(String.format(READ, pid));
                } catch (SQLException e) {
                    throw new IllegalStateException(e);
                }
            });
            Await.until("the notice is visible", Duration.ofSeconds(20), () -> statement.getWarnings() != null);
            assertThat(reading).isNotDone();

            Sql.run(gate, "SELECT pg_catalog.pg_advisory_unlock(1)");
            assertThat(reading.get()).isTrue();
            assertThat(Sql.messages(statement.getWarnings())).containsExactly("live");
        }
    }

    @Test
    void areSeenOneByOneWhileTheJobIsHeldUpBehindEach() throws Exception {
        try (Connection connection = database.connect(); Statement statement = connection.createStatement();
                Connection gates = database.connectRaw()) {
            int count = 20;
            Sql.run(gates, "SELECT pg_catalog.pg_advisory_lock(100 + i) FROM generate_series(1, " + count + ") AS i");
            int pid = Sql.launch(connection, "DO $$ BEGIN FOR i IN 1 .. " + count + " LOOP RAISE NOTICE '%', i; "
                    + "PERFORM pg_catalog.pg_advisory_lock(100 + i); END LOOP; END $$");
            Running<Boolean> reading = Running.start(() -> statement.execute(String.format(READ, pid)));
            for (int i = 1; i <= count; i++) {
                String last = Integer.toString(i);
                Await.until("notice " + i + " is seen", Duration.ofSeconds(20), () -> {
                    List<String> seen = Sql.messages(statement.getWarnings());
                    return !seen.isEmpty() && seen.get(seen.size() - 1).equals(last);
                });
                assertThat(Sql.messages(statement.getWarnings())).hasSize(i);
                assertThat(reading.isDone()).isFalse();
                Sql.run(gates, "SELECT pg_catalog.pg_advisory_unlock(100 + " + i + ")");
            }
            assertThat(reading.get(Duration.ofSeconds(20))).isTrue();
        }
    }

    @Test
    void noneIsLostOrSeenTwiceByAPollerThatClears() throws Exception {
        int count = 10_000;
        try (Connection connection = database.connect(); Statement statement = connection.createStatement()) {
            int pid = Sql.launch(connection, "DO $$ BEGIN FOR i IN 1.." + count + " LOOP RAISE NOTICE '%', i; "
                    + "END LOOP; END $$");
            CompletableFuture<Void> reading = CompletableFuture.runAsync(() -> {
                try {
                    statement.execute(String.format(READ, pid));
                } catch (SQLException e) {
                    throw new IllegalStateException(e);
                }
            });
            List<String> seen = new ArrayList<>();
            while (!reading.isDone()) {
                seen.addAll(Sql.messages(statement.getWarnings()));
                statement.clearWarnings();
            }
            reading.get();
            seen.addAll(Sql.messages(statement.getWarnings()));

            assertThat(seen).hasSize(count);
            for (int i = 0; i < count; i++) {
                assertThat(seen.get(i)).isEqualTo(Integer.toString(i + 1));
            }
        }
    }

    @Test
    void ofARowsJobComeWhileItsRowsAreRead() throws SQLException {
        try (Connection connection = database.connect(); Statement statement = connection.createStatement()) {
            Sql.run(connection, "CREATE FUNCTION noisy(i int) RETURNS text LANGUAGE plpgsql AS $$ BEGIN "
                    + "IF i % 20000 = 0 THEN RAISE NOTICE 'row %', i; END IF; RETURN repeat('x', 100); END $$");
            int pid = Sql.launch(connection, "SELECT noisy(i) FROM generate_series(1, 100000) AS i");
            assertThat(Sql.rows(statement.executeQuery(String.format(READ, pid)))).hasSize(100_000);
            assertThat(Sql.messages(statement.getWarnings()))
                    .containsExactly("row 20000", "row 40000", "row 60000", "row 80000", "row 100000");
        }
    }

    @Test
    void areNotShownAgainByTheNextExecution() throws SQLException {
        try (Connection connection = database.connect(); Statement statement = connection.createStatement()) {
            statement.execute(String.format(READ, Sql.launch(connection, "DO $$ BEGIN RAISE NOTICE 'n'; END $$")));
            assertThat((Object) statement.getWarnings()).isNotNull();
            statement.execute("SELECT 1");
            assertThat((Object) statement.getWarnings()).isNull();
        }
    }

    @ParameterizedTest
    @CsvSource({"60000, 1, 10001", "300, 20000, 100"})
    void theNewestAreKeptUntilTheJobIsRead(int count, int length, int most) throws SQLException {
        try (Connection connection = database.connect(); Statement statement = connection.createStatement()) {
            PgbgJob job = connection.unwrap(PgbgConnection.class).launch("DO $$ BEGIN FOR i IN 1.." + count
                    + " LOOP RAISE NOTICE '% %', i, repeat('x', " + length + "); END LOOP; END $$");
            job.await();
            statement.execute(String.format(READ, job.handle().pid()));

            List<String> seen = Sql.messages(statement.getWarnings());
            assertThat(seen).hasSizeBetween(2, most);
            int kept = seen.size() - 1;
            assertThat(seen.get(0)).startsWith(count - kept + " earlier notices");
            assertThat(seen.get(1)).startsWith(count - kept + 1 + " x");
            assertThat(seen.get(kept)).startsWith(count + " x");
        }
    }
}
