package io.pgbg.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.LaunchOptions;
import io.pgbg.PgbgConnection;
import io.pgbg.PgbgJob;
import io.pgbg.testkit.Jvm;
import io.pgbg.testkit.Running;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/** Ways to use the driver with more than fits into the memory. Each is run in a JVM of its own. */
enum LargeUse {

    /** 500 MB of rows that wait in a file for a reader, because their launcher waits for the job's end first. */
    ROWS_BEHIND_A_WAIT {
        @Override
        void run(Connection connection) throws SQLException {
            int count = 500_000;
            PgbgJob job = connection.unwrap(PgbgConnection.class)
                    .launch("SELECT g, repeat('x', 1000) FROM generate_series(1, " + count + ") AS g");
            job.await();
            long[] read = {0};
            job.forEachRow(row -> {
                read[0]++;
                check(row.getString(2).length(), 1000);
            });
            check(read[0], (long) count);
        }
    },

    A_MILLION_NOTICES_THAT_NOBODY_READS {
        @Override
        void run(Connection connection) throws SQLException {
            PgbgJob job = connection.unwrap(PgbgConnection.class).launch(NOTICES);
            job.await();
            Warnings warnings = new Warnings();
            try (Statement statement = connection.createStatement()) {
                read(statement, job);
                warnings.count(statement.getWarnings());
            }
            check(warnings.last, "1000000");
        }
    },

    A_MILLION_NOTICES_OF_WHICH_THE_READER_TAKES_NONE {
        @Override
        void run(Connection connection) throws SQLException {
            try (Statement statement = connection.createStatement()) {
                read(statement, connection.unwrap(PgbgConnection.class).launch(NOTICES));
                Warnings warnings = new Warnings();
                warnings.count(statement.getWarnings());
                check(warnings.last, "1000000");
            }
        }
    },

    MANY_NOTICES_FOR_A_BLOCK {
        @Override
        void run(Connection connection) throws SQLException {
            try (Statement statement = connection.createStatement()) {
                statement.execute("DO $b$ BEGIN PERFORM * FROM pg_background_result(pg_background_launch($j$"
                        + FEWER_NOTICES + "$j$)) AS r(t text); END $b$");
                Warnings warnings = new Warnings();
                warnings.count(statement.getWarnings());
                check(warnings.last, "200000");
            }
        }
    },

    MANY_NOTICES_FOR_A_POLLER {
        @Override
        void run(Connection connection) throws Exception {
            try (Statement statement = connection.createStatement()) {
                PgbgJob job = connection.unwrap(PgbgConnection.class).launch(FEWER_NOTICES);
                Running<Void> reading = Running.start(() -> {
                    read(statement, job);
                    return null;
                });
                Warnings warnings = new Warnings();
                while (!reading.isDone()) {
                    warnings.count(statement.getWarnings());
                    statement.clearWarnings();
                }
                reading.get(Duration.ofSeconds(1));
                warnings.count(statement.getWarnings());
                check(warnings.last, "200000");
            }
        }
    },

    MANY_NOTICES_FOR_A_POLLER_THAT_CLEARS_NOTHING {
        @Override
        void run(Connection connection) throws Exception {
            try (Statement statement = connection.createStatement()) {
                PgbgJob job = connection.unwrap(PgbgConnection.class).launch(FEWER_NOTICES);
                Running<Void> reading = Running.start(() -> {
                    read(statement, job);
                    return null;
                });
                while (!reading.isDone()) {
                    statement.getWarnings();
                    Thread.sleep(1);
                }
                reading.get(Duration.ofSeconds(1));
                Warnings warnings = new Warnings();
                warnings.count(statement.getWarnings());
                check(warnings.last, "200000");
            }
        }
    },

    A_LONG_TEXT_IN_A_STATEMENT {
        @Override
        void run(Connection connection) throws SQLException {
            String text = "SELECT * FROM pg_background_result(pg_background_launch('SELECT length(''"
                    + "x".repeat(LONG_TEXT) + "'')')) AS r(n int)";
            check(Sql.value(connection, text), Integer.toString(LONG_TEXT));
        }
    },

    A_LONG_TEXT_AS_A_PARAMETER {
        @Override
        void run(Connection connection) throws SQLException {
            try (PreparedStatement statement = connection.prepareStatement(
                    "SELECT * FROM pg_background_result(pg_background_launch(?)) AS r(n int)")) {
                statement.setString(1, "SELECT length('" + "x".repeat(LONG_TEXT) + "')");
                try (ResultSet rows = statement.executeQuery()) {
                    rows.next();
                    check(rows.getInt(1), LONG_TEXT);
                }
            }
        }
    },

    A_LONG_TEXT_IN_A_BLOCK {
        @Override
        void run(Connection connection) throws SQLException {
            Sql.run(connection, "DO $b$ BEGIN PERFORM * FROM pg_background_result(pg_background_launch($j$SELECT '"
                    + "x".repeat(LONG_TEXT / 4) + "'$j$)) AS r(t text); END $b$");
        }
    },

    A_LONG_TEXT_THAT_THE_SERVER_MAKES {
        @Override
        void run(Connection connection) throws SQLException {
            Sql.run(connection, "DO $b$ BEGIN PERFORM * FROM pg_background_result(pg_background_launch("
                    + "concat('SELECT length($x$', repeat('x', " + LONG_TEXT / 2 + "), '$x$)'))) AS r(n int); END $b$");
        }
    },

    /** Each has as many calls as fit into it, and none is there twice. */
    MANY_TEXTS_FULL_OF_CALLS {
        @Override
        void run(Connection connection) throws SQLException {
            for (int i = 0; i < 700; i++) {
                StringBuilder text = new StringBuilder("DO $$ BEGIN IF " + i + " < 0 THEN ");
                while (text.length() < 3_900) {
                    text.append("PERFORM pg_background_detach(1, 2); ");
                }
                Sql.run(connection, text.append("END IF; END $$").toString());
            }
        }
    },

    NOTICES_WITH_LONG_DETAILS {
        @Override
        void run(Connection connection) throws SQLException {
            PgbgJob job = connection.unwrap(PgbgConnection.class).launch("DO $$ BEGIN FOR i IN 1..2000 LOOP"
                    + " RAISE NOTICE USING MESSAGE = i, DETAIL = repeat('x', 100000); END LOOP; END $$");
            job.await();
            try (Statement statement = connection.createStatement()) {
                read(statement, job);
                Warnings warnings = new Warnings();
                warnings.count(statement.getWarnings());
                check(warnings.last, "2000");
            }
        }
    },

    MANY_LONG_TEXTS_WITH_CALLS {
        @Override
        void run(Connection connection) throws SQLException {
            String pad = "x".repeat(1_000_000);
            for (int i = 0; i < 100; i++) {
                Sql.run(connection, "DO $$ BEGIN IF " + i + " < 0 THEN PERFORM pg_background_detach_all();"
                        + " END IF; END /* " + pad + " */ $$");
            }
        }
    },

    MANY_LAUNCHES_WITH_LONG_TEXTS_IN_A_BLOCK {
        @Override
        void run(Connection connection) throws SQLException {
            Sql.run(connection, "DO $$ BEGIN FOR i IN 1..400 LOOP PERFORM * FROM pg_background_result("
                    + "pg_background_launch(concat('SELECT 1 /* ', repeat('x', 100000), ' */'))) AS r(n int);"
                    + " END LOOP; END $$");
        }
    },

    /** Each keeps a window: here of 64 kB, and as many again for the objects around its small values, or more. */
    MANY_JOBS_THAT_NOBODY_READS {
        @Override
        void run(Connection connection) throws SQLException {
            Sql.run(connection, "SET pg_background.max_workers = 200");
            PgbgConnection jobs = connection.unwrap(PgbgConnection.class);
            List<PgbgJob> all = new ArrayList<>();
            for (int i = 0; i < JOBS; i++) {
                all.add(jobs.launch("SELECT g, repeat('x', 20) FROM generate_series(1, 20000) AS g",
                        LaunchOptions.DEFAULT.withQueueSize(8192)));
            }
            for (PgbgJob job : all) {
                long[] sum = {0};
                job.forEachRow(row -> sum[0] += row.getInt(1));
                check(sum[0], 200_010_000L);
            }
        }
    },

    ROWS_OF_A_JOB_IN_A_NEW_TABLE {
        @Override
        void run(Connection connection) throws SQLException {
            Sql.run(connection, "CREATE TEMP TABLE relayed AS SELECT * FROM pg_background_result(pg_background_launch("
                    + "'SELECT g, g * 2::bigint, repeat(''x'', 20), now() FROM generate_series(1, 500000) AS g'))"
                    + " AS r(a int, b bigint, c text, d timestamptz)");
            check(Sql.value(connection, "SELECT concat(count(*), ' ', sum(a)) FROM relayed"), "500000 125000250000");
        }
    },

    A_LARGE_VALUE_FOR_A_FUNCTION {
        @Override
        void run(Connection connection) throws SQLException {
            check(Sql.value(connection, "SELECT length(t) + 0 FROM pg_background_result(pg_background_launch("
                    + "'SELECT repeat(''x'', 5000000) FROM generate_series(1, 1)')) AS r(t text)"), "5000000");
        }
    };

    private static final int SECONDS = 200;
    private static final String NOTICES = "DO $$ BEGIN FOR i IN 1..1000000 LOOP RAISE NOTICE '%', i; END LOOP; END $$";
    private static final String FEWER_NOTICES = NOTICES.replace("1000000", "200000");
    private static final int LONG_TEXT = 8_000_000;
    private static final int JOBS = 60;

    abstract void run(Connection connection) throws Exception;

    /** Runs it in a JVM of its own. */
    void assertFits(TestDatabase database) throws Exception {
        Process process = Jvm.start(List.of("-Xmx64m"), LargeUse.class, database.jdbcUrl(), name());
        try {
            assertThat(process.waitFor(SECONDS, TimeUnit.SECONDS)).as("it ends").isTrue();
            assertThat(process.exitValue()).isZero();
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    /** Reads a job that returns no rows. */
    private static void read(Statement statement, PgbgJob job) throws SQLException {
        try (ResultSet rows = statement.executeQuery("SELECT * FROM pg_background_result(" + job.handle().pid()
                + ") AS r(tag text)")) {
            rows.next();
            check(rows.getString(1), "DO");
        }
    }

    private static void check(Object found, Object expected) {
        if (!Objects.equals(found, expected)) {
            throw new AssertionError(found + " instead of " + expected);
        }
    }

    /** What a reader has seen of a statement's warnings. */
    private static final class Warnings {

        private String last;

        void count(SQLWarning first) {
            for (SQLWarning warning = first; warning != null; warning = warning.getNextWarning()) {
                last = warning.getMessage();
            }
        }
    }

    /**
     * Runs one of them, and ends the JVM with 0 if all was as it should be.
     *
     * @param arguments the URL and the name of the constant
     */
    public static void main(String[] arguments) throws Exception {
        try (Connection connection = DriverManager.getConnection(arguments[0])) {
            valueOf(arguments[1]).run(connection);
        }
        System.exit(0);
    }
}
