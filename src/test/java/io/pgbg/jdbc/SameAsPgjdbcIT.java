package io.pgbg.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.NotAmongTraps;
import io.pgbg.testkit.PostgresExtension;
import io.pgbg.testkit.TestDatabase;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a caller sees of a text with a call is what pgjdbc shows of the same text, in which the call is that of an
 * ordinary function: all ways to execute it, with all settings of the statement.
 */
@ExtendWith(PostgresExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@NotAmongTraps("compares two databases of its own")
class SameAsPgjdbcIT {

    private static final String CALL = "pg_background_detach_all()";

    /** Texts in which a call changes nothing; pgjdbc's database has an ordinary function of that name. */
    private static final List<String> TEXTS = List.of(
            "SELECT CALL",
            "SELECT CALL AS n",
            "SELECT * FROM CALL",
            "SELECT n, CALL AS d FROM generate_series(1, 5) AS n",
            "SELECT id, name FROM item WHERE CALL = 0 ORDER BY id",
            "INSERT INTO item SELECT 10 + n, 'new' FROM generate_series(1, 3) AS n WHERE CALL = 0",
            "INSERT INTO item SELECT 10 + n, 'new' FROM generate_series(1, 3) AS n WHERE CALL = 0 RETURNING id, name",
            "UPDATE item SET name = 'changed' WHERE id = 3 AND CALL = 0",
            "DELETE FROM item WHERE CALL = 1",
            "SELECT 1 / CALL",
            "DO $$ BEGIN PERFORM CALL; END $$",
            "SELECT CALL;",
            "SELECT CALL; SELECT n FROM generate_series(1, 5) AS n",
            "SELECT n FROM generate_series(1, 5) AS n; SELECT CALL",
            "INSERT INTO item VALUES (20, 'x'), (21, 'y'); SELECT CALL; DELETE FROM item WHERE id = 20",
            "SELECT CALL; INSERT INTO item VALUES (20, 'x')",
            "INSERT INTO item VALUES (20, 'x'); SELECT CALL; SELECT 1 / 0",
            "SELECT 1 / 0; SELECT CALL",
            "SELECT id FROM item ORDER BY id; SELECT n, CALL AS d FROM generate_series(1, 3) AS n; SELECT 1",
            "BEGIN; INSERT INTO item VALUES (30, 'z'); SELECT CALL; COMMIT",
            "SELECT CALL;; SELECT 2",
            "SELECT CALL; SELECT nothing FROM nowhere");

    private static final List<String> PARAMETERIZED = List.of(
            "SELECT n, CALL AS d FROM generate_series(1, ?::int) AS n",
            "SELECT n FROM generate_series(1, ?::int) AS n; SELECT CALL",
            "SELECT CALL; SELECT n FROM generate_series(1, ?::int) AS n",
            "INSERT INTO item SELECT 10 + n, 'new' FROM generate_series(1, ?::int) AS n WHERE CALL = 0",
            "INSERT INTO item SELECT 10 + n, 'new' FROM generate_series(1, ?::int) AS n; SELECT CALL",
            "UPDATE item SET name = 'changed' WHERE id = ?::int AND CALL = 0",
            "DELETE FROM item WHERE id > ?::int + CALL RETURNING *",
            "SELECT 1 / (?::int - 3) / CALL",
            "{? = call pg_background_detach_all()}",
            "{? = call pg_background_detach_all}");

    /** A way to execute a text. */
    @FunctionalInterface
    private interface Way {
        void execute(Statement statement, String sql, Observer observer) throws SQLException;
    }

    /** A way to execute a prepared text. */
    @FunctionalInterface
    private interface PreparedWay {
        void execute(PreparedStatement statement, Observer observer) throws SQLException;
    }

    private static final Map<String, Way> WAYS = new LinkedHashMap<>();
    private static final Map<String, PreparedWay> PREPARED_WAYS = new LinkedHashMap<>();

    static {
        WAYS.put("execute", (statement, sql, observer) -> observer.results(statement, statement.execute(sql), 0));
        WAYS.put("execute, results kept", (statement, sql, observer) ->
                observer.results(statement, statement.execute(sql), Statement.KEEP_CURRENT_RESULT));
        WAYS.put("execute, all closed", (statement, sql, observer) ->
                observer.results(statement, statement.execute(sql), Statement.CLOSE_ALL_RESULTS));
        WAYS.put("execute with keys", (statement, sql, observer) ->
                observer.results(statement, statement.execute(sql, Statement.RETURN_GENERATED_KEYS), 0));
        WAYS.put("execute with named keys", (statement, sql, observer) ->
                observer.results(statement, statement.execute(sql, new String[] {"id"}), 0));
        WAYS.put("executeQuery", (statement, sql, observer) -> {
            observer.rows(statement, statement.executeQuery(sql));
            observer.note("more", statement.isClosed() ? "closed" : statement.getMoreResults());
        });
        WAYS.put("executeUpdate", (statement, sql, observer) -> {
            observer.note("count", statement.executeUpdate(sql));
            observer.results(statement, false, 0);
        });
        WAYS.put("executeUpdate with keys", (statement, sql, observer) -> {
            observer.note("count", statement.executeUpdate(sql, Statement.RETURN_GENERATED_KEYS));
            observer.generatedKeys(statement);
        });
        WAYS.put("executeLargeUpdate", (statement, sql, observer) ->
                observer.note("count", statement.executeLargeUpdate(sql)));
        WAYS.put("executed twice", (statement, sql, observer) -> {
            statement.execute(sql);
            ResultSet former = statement.getResultSet();
            boolean rows = statement.execute(sql);
            observer.note("the former result", former == null ? null : former.isClosed());
            observer.results(statement, rows, 0);
        });
        WAYS.put("batch", (statement, sql, observer) -> {
            statement.addBatch("INSERT INTO item VALUES (40, 'before')");
            statement.addBatch(sql);
            statement.addBatch("DELETE FROM item WHERE id = 1");
            observer.look("counts", statement::executeBatch);
            observer.look("nothing left", statement::executeBatch);
        });
        WAYS.put("large batch", (statement, sql, observer) -> {
            statement.addBatch(sql);
            observer.look("counts", statement::executeLargeBatch);
        });
        WAYS.put("batch cleared", (statement, sql, observer) -> {
            statement.addBatch(sql);
            statement.clearBatch();
            observer.look("counts", statement::executeBatch);
            observer.results(statement, statement.execute(sql), 0);
        });

        PREPARED_WAYS.put("execute", (statement, observer) -> observer.results(statement, statement.execute(), 0));
        PREPARED_WAYS.put("executeQuery", (statement, observer) -> observer.rows(statement, statement.executeQuery()));
        PREPARED_WAYS.put("executeUpdate", (statement, observer) -> {
            observer.note("count", statement.executeUpdate());
            observer.generatedKeys(statement);
        });
        PREPARED_WAYS.put("executeLargeUpdate", (statement, observer) ->
                observer.note("count", statement.executeLargeUpdate()));
        PREPARED_WAYS.put("again and again", (statement, observer) -> {
            for (int i = 0; i < 7; i++) {
                observer.results(statement, statement.execute(), Statement.KEEP_CURRENT_RESULT);
            }
        });
        PREPARED_WAYS.put("parameters cleared", (statement, observer) -> {
            statement.clearParameters();
            observer.look("execute", statement::execute);
        });
        PREPARED_WAYS.put("batch", (statement, observer) -> {
            statement.addBatch();
            statement.addBatch();
            observer.look("counts", statement::executeBatch);
            observer.generatedKeys(statement);
            observer.look("nothing left", statement::executeBatch);
        });
        // the last one: after it pgjdbc shows wrong columns of texts with several statements
        PREPARED_WAYS.put("describe", (statement, observer) -> observer.description(statement));
    }

    private final TestDatabase database;
    private Connection raw;
    private Connection ours;
    private TestDatabase ordinary;

    SameAsPgjdbcIT(TestDatabase database) {
        this.database = database;
    }

    @BeforeAll
    void createObjects() throws SQLException {
        ordinary = TestDatabase.create();
        ordinary.execute(
                "CREATE FUNCTION pg_background_detach_all() RETURNS integer LANGUAGE sql VOLATILE AS 'SELECT 0'");
        for (TestDatabase each : List.of(ordinary, database)) {
            each.execute("CREATE TABLE item (id int PRIMARY KEY, name text)");
        }
        raw = ordinary.connectRaw();
        ours = database.connect();
    }

    @AfterAll
    void close() throws SQLException {
        raw.close();
        ours.close();
        ordinary.close();
    }

    static Stream<Arguments> texts() {
        return combine(TEXTS.stream(), WAYS.keySet());
    }

    @ParameterizedTest(name = "{0} / {1}")
    @MethodSource("texts")
    void aPlainText(String text, String way) throws SQLException {
        String sql = text.replace("CALL", CALL);
        // pgjdbc closes the statement under its second execution; ours goes on
        boolean completes = !way.equals("executed twice");
        assertSame(setup -> completes || !setup.completes(), setup -> (connection, observer) -> {
            try (Statement statement = connection.createStatement(setup.type(), setup.concurrency(),
                    setup.holdability())) {
                setup.step().on(statement);
                WAYS.get(way).execute(statement, sql, observer);
            }
        });
    }

    static Stream<Arguments> preparedTexts() {
        return combine(Stream.concat(TEXTS.stream(), PARAMETERIZED.stream()), PREPARED_WAYS.keySet());
    }

    private static Stream<Arguments> combine(Stream<String> texts, Collection<String> ways) {
        return texts.flatMap(text -> ways.stream().filter(way -> isComparable(text, way))
                .map(way -> Arguments.of(text, way)));
    }

    /** What pgjdbc refuses, or does in a way that depends on how it sends the text. */
    private static boolean isComparable(String text, String way) {
        boolean several = text.contains("; ") && !text.startsWith("DO");
        return !(several && way.contains("batch"))
                && !(text.startsWith("BEGIN") && (way.contains("keys") || PREPARED_WAYS.containsKey(way)))
                && !(text.contains("RETURNING") && way.equals("batch"))
                && !(text.startsWith("{") && List.of("executeLargeUpdate", "parameters cleared", "describe", "batch")
                        .contains(way))
                && !(text.contains("; DELETE") && way.contains("keys"));
    }

    @ParameterizedTest(name = "{0} / {1}")
    @MethodSource("preparedTexts")
    void aPreparedText(String text, String way) throws SQLException {
        String sql = text.replace("CALL", CALL);
        // pgjdbc closes the statement of a function's call before its result can be read
        assertSame(setup -> !text.startsWith("{") || !setup.completes(), setup -> (connection, observer) -> {
            try (PreparedStatement statement = prepare(connection, setup, sql)) {
                setup.step().on(statement);
                if (statement instanceof CallableStatement call) {
                    call.registerOutParameter(1, Types.INTEGER);
                    PREPARED_WAYS.get(way).execute(statement, observer);
                    observer.look("result", () -> call.getInt(1));
                } else {
                    if (sql.contains("?")) {
                        statement.setInt(1, 4);
                    }
                    PREPARED_WAYS.get(way).execute(statement, observer);
                }
            }
        });
    }

    static Stream<Arguments> textsWithKeys() {
        return combine(TEXTS.stream().filter(text -> text.contains("item") && !text.contains("; DELETE")),
                List.of("execute", "executeUpdate", "again and again", "batch"))
                // the second entry would insert the same keys
                .filter(arguments -> !(arguments.get()[0].toString().startsWith("INSERT")
                        && arguments.get()[1].equals("batch")));
    }

    @Test
    void theKeysOfABatchAreThoseOfAllItsEntries() throws SQLException {
        String sql = ("INSERT INTO item SELECT ?::int + n, ? FROM generate_series(1, ?::int) AS n WHERE CALL = 0")
                .replace("CALL", CALL);
        assertSame(setup -> setup.type() == ResultSet.TYPE_FORWARD_ONLY && !setup.completes(),
                setup -> (connection, observer) -> insertInABatch(connection, sql, setup, observer));
    }

    private static void insertInABatch(Connection connection, String sql, Setup setup, Observer observer)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql, Statement.RETURN_GENERATED_KEYS)) {
            setup.step().on(statement);
            for (int rows : new int[] {3, 0, 2}) {
                statement.setInt(1, 100 * (rows + 1));
                statement.setString(2, "row of " + rows);
                statement.setInt(3, rows);
                statement.addBatch();
            }
            observer.look("counts", statement::executeBatch);
            observer.generatedKeys(statement);
            observer.look("no batch", statement::executeBatch);
            observer.generatedKeys(statement);
            statement.setInt(1, 500);
            observer.look("one", statement::executeUpdate);
            observer.generatedKeys(statement);
        }
    }

    @ParameterizedTest(name = "{0} / {1}")
    @MethodSource("textsWithKeys")
    void aPreparedTextWithKeys(String text, String way) throws SQLException {
        String sql = text.replace("CALL", CALL);
        boolean completes = !way.equals("again and again");
        // there is no way to ask for keys and for a type of result set
        assertSame(setup -> setup.type() == ResultSet.TYPE_FORWARD_ONLY && (completes || !setup.completes()),
                setup -> (connection, observer) -> {
                    try (PreparedStatement statement = connection.prepareStatement(sql, new String[] {"id"})) {
                        setup.step().on(statement);
                        PREPARED_WAYS.get(way).execute(statement, observer);
                    }
                });
    }

    private static PreparedStatement prepare(Connection connection, Setup setup, String sql) throws SQLException {
        return sql.startsWith("{")
                ? connection.prepareCall(sql, setup.type(), setup.concurrency(), setup.holdability())
                : connection.prepareStatement(sql, setup.type(), setup.concurrency(), setup.holdability());
    }

    /** Something done over a connection. */
    @FunctionalInterface
    private interface Deed {
        void over(Connection connection, Observer observer) throws SQLException;
    }

    /** With each setting that fits, both drivers show the same. */
    private void assertSame(Predicate<Setup> fits, Function<Setup, Deed> deed) throws SQLException {
        List<String> different = new ArrayList<>();
        int compared = 0;
        for (Setup setup : Setup.all()) {
            if (fits.test(setup)) {
                compare(setup, different, deed.apply(setup));
                compared++;
            }
        }
        assertThat(different).isEmpty();
        assertThat(compared).isPositive();
    }

    private void compare(Setup setup, List<String> different, Deed deed) throws SQLException {
        List<String> expected = seen(raw, setup, deed);
        List<String> actual = seen(ours, setup, deed);
        for (int i = 0; i < Math.max(expected.size(), actual.size()); i++) {
            String there = i < expected.size() ? expected.get(i) : "nothing";
            String here = i < actual.size() ? actual.get(i) : "nothing";
            if (!there.equals(here)) {
                different.add(setup.name() + " [" + i + "] pgjdbc " + there + " | pgbg " + here
                        + (i == 0 ? "" : " | after " + expected.get(i - 1)));
                return;
            }
        }
    }

    private static List<String> seen(Connection connection, Setup setup, Deed deed) throws SQLException {
        connection.setAutoCommit(true);
        execute(connection, "DELETE FROM item");
        execute(connection, "INSERT INTO item SELECT n, 'name ' || n FROM generate_series(1, 5) AS n");
        connection.setAutoCommit(setup.autoCommit());
        Observer observer = new Observer();
        observer.look("work", () -> {
            deed.over(connection, observer);
            return "done";
        });
        observer.look("the table afterwards", () -> {
            try (Statement statement = connection.createStatement()) {
                ResultSet rows = statement.executeQuery("SELECT string_agg(id || name, ',' ORDER BY id) FROM item");
                rows.next();
                return rows.getString(1);
            }
        });
        if (!setup.autoCommit()) {
            observer.look("commit", () -> {
                connection.commit();
                return "done";
            });
        }
        execute(connection, "ROLLBACK");
        return observer.seen();
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
