package io.pgbg.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgbg.testkit.Await;
import io.pgbg.testkit.NotAmongTraps;
import io.pgbg.testkit.TestDatabase;
import io.pgbg.testkit.WithConnection;
import java.io.StringReader;
import java.sql.Array;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.sql.Wrapper;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.postgresql.PGRefCursorResultSet;
import org.postgresql.PGStatement;
import org.postgresql.copy.CopyManager;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.BaseStatement;
import org.postgresql.jdbc.PgArray;
import org.postgresql.jdbc.PgConnection;
import org.postgresql.jdbc.PgDatabaseMetaData;
import org.postgresql.jdbc.PgResultSet;
import org.postgresql.jdbc.PgStatement;
import org.postgresql.util.PSQLException;
import org.postgresql.util.PSQLWarning;

@NotAmongTraps("pgjdbc's own queries spring them")
class FacesIT extends WithConnection {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @BeforeAll
    static void createObjects(TestDatabase database) throws SQLException {
        database.execute("""
                CREATE TABLE item (id serial PRIMARY KEY, name text);
                CREATE FUNCTION two_rows() RETURNS refcursor LANGUAGE plpgsql AS
                  $$DECLARE c refcursor; BEGIN OPEN c FOR VALUES (1), (2); RETURN c; END$$;
                CREATE FUNCTION numbers() RETURNS int[] LANGUAGE sql AS 'SELECT ARRAY[1, 2]';
                CREATE TYPE mood AS ENUM ('sad', 'ok');
                """);
    }

    // Casts and unwrapping

    @Test
    void theConnectionIsWhatApplicationsCastItTo() throws SQLException {
        assertThat(connection).isInstanceOf(BaseConnection.class).isInstanceOf(PGConnection.class);
        assertUnwraps(connection, connection, Connection.class, PGConnection.class, BaseConnection.class,
                ProxyConnection.class, AutoCloseable.class);
        assertUnwrapsToDelegate(connection, PgConnection.class);
        assertDoesNotUnwrap(connection, Statement.class, String.class);
    }

    @Test
    void statementsAreWhatApplicationsCastThemTo() throws SQLException {
        try (Statement plain = connection.createStatement();
                PreparedStatement prepared = connection.prepareStatement("SELECT 1");
                CallableStatement call = connection.prepareCall("{? = call numbers()}")) {
            for (Statement statement : List.of(plain, prepared, call)) {
                assertUnwraps(statement, statement, Statement.class, PGStatement.class, BaseStatement.class);
                assertUnwrapsToDelegate(statement, PgStatement.class);
                assertDoesNotUnwrap(statement, Connection.class);
            }
            assertUnwraps(prepared, prepared, PreparedStatement.class);
            assertDoesNotUnwrap(plain, PreparedStatement.class);
            assertUnwraps(call, call, CallableStatement.class, PreparedStatement.class);
            assertDoesNotUnwrap(prepared, CallableStatement.class);
        }
    }

    @Test
    void resultSetsAndMetadataUnwrap() throws SQLException {
        try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery("SELECT 1")) {
            assertUnwraps(rows, rows, ResultSet.class, PGRefCursorResultSet.class);
            assertUnwrapsToDelegate(rows, PgResultSet.class);
            assertDoesNotUnwrap(rows, Statement.class);
        }
        DatabaseMetaData metaData = connection.getMetaData();
        assertUnwraps(metaData, metaData, DatabaseMetaData.class);
        assertUnwrapsToDelegate(metaData, PgDatabaseMetaData.class);
    }

    @Test
    void everyObjectEqualsItselfAlone() throws SQLException {
        try (Connection other = database.connect(); Statement statement = connection.createStatement()) {
            Map<Object, String> map = new HashMap<>();
            map.put(connection, "one");
            map.put(other, "other");
            map.put(statement, "statement");
            assertThat(map).hasSize(3).containsEntry(connection, "one").containsEntry(statement, "statement");
            assertThat(connection).isNotEqualTo(connection.unwrap(PgConnection.class)).isNotEqualTo(other);
        }
    }

    @Test
    void theConnectionsTextNamesTheBackendAlone() throws SQLException {
        int pid = ((PGConnection) connection).getBackendPID();
        assertThat(connection).hasToString("pgbg org.postgresql.jdbc.PgConnection with backend " + pid);
        try (PreparedStatement statement = connection.prepareStatement("SELECT ?")) {
            statement.setInt(1, 7);
            assertThat(statement.toString()).contains("7");
        }
    }

    // The chain of identity

    @Test
    void everyStatementKnowsTheConnection() throws SQLException {
        List<Statement> statements = new ArrayList<>();
        int forward = ResultSet.TYPE_FORWARD_ONLY;
        int readOnly = ResultSet.CONCUR_READ_ONLY;
        int hold = ResultSet.HOLD_CURSORS_OVER_COMMIT;
        statements.add(connection.createStatement());
        statements.add(connection.createStatement(forward, readOnly));
        statements.add(connection.createStatement(forward, readOnly, hold));
        statements.add(connection.prepareStatement("SELECT 1"));
        statements.add(connection.prepareStatement("SELECT 1", forward, readOnly));
        statements.add(connection.prepareStatement("SELECT 1", forward, readOnly, hold));
        statements.add(connection.prepareStatement("SELECT 1", Statement.RETURN_GENERATED_KEYS));
        statements.add(connection.prepareStatement("INSERT INTO item DEFAULT VALUES", new String[] {"id"}));
        statements.add(connection.prepareCall("{call numbers()}"));
        statements.add(connection.prepareCall("{call numbers()}", forward, readOnly));
        statements.add(connection.prepareCall("{call numbers()}", forward, readOnly, hold));
        for (Statement statement : statements) {
            assertThat(statement.getConnection()).isSameAs(connection);
            statement.close();
        }
        assertThat(connection.getMetaData().getConnection()).isSameAs(connection);
        assertThat(connection.getMetaData()).isSameAs(connection.getMetaData());
    }

    @Test
    void resultSetsKnowTheirStatementAndStayTheSame() throws SQLException {
        try (Statement statement = connection.createStatement()) {
            ResultSet rows = statement.executeQuery("SELECT 1");
            assertThat(rows.getStatement()).isSameAs(statement);
            assertThat(statement.getResultSet()).isSameAs(rows).isSameAs(statement.getResultSet());
            rows.close();
            assertThatThrownBy(rows::getStatement).isInstanceOf(PSQLException.class);

            statement.execute("SELECT 1; SELECT 2");
            ResultSet first = statement.getResultSet();
            assertThat(statement.getMoreResults(Statement.KEEP_CURRENT_RESULT)).isTrue();
            ResultSet second = statement.getResultSet();
            assertThat(second).isNotSameAs(first);
            assertThat(second.getStatement()).isSameAs(statement);
            assertThat(statement.getMoreResults()).isFalse();
            assertThat(statement.getResultSet()).isNull();
        }
        try (PreparedStatement statement = connection.prepareStatement("SELECT ?::int")) {
            statement.setInt(1, 1);
            ResultSet rows = statement.executeQuery();
            assertThat(rows.getStatement()).isSameAs(statement);
            assertThat(statement.getResultSet()).isSameAs(rows);
        }
    }

    @Test
    void generatedKeysKnowTheirStatement() throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("INSERT INTO item (name) VALUES (?)",
                Statement.RETURN_GENERATED_KEYS)) {
            statement.setString(1, "a");
            assertThat(statement.executeUpdate()).isEqualTo(1);
            ResultSet keys = statement.getGeneratedKeys();
            assertThat(keys).isSameAs(statement.getGeneratedKeys());
            assertThat(keys.getStatement()).isSameAs(statement);
            assertThat(keys.next()).isTrue();
            assertThat(keys.getInt("id")).isPositive();
        }
        try (PreparedStatement statement = connection.prepareStatement("INSERT INTO item (name) VALUES (?)",
                new String[] {"id"})) {
            statement.setString(1, "b");
            assertThat(statement.executeLargeUpdate()).isEqualTo(1);
            statement.setString(1, "c");
            statement.addBatch();
            assertThat(statement.executeLargeBatch()).containsExactly(1);
        }
    }

    @Test
    void metadataResultSetsLeadToTheConnection() throws SQLException {
        try (ResultSet tables = connection.getMetaData().getTables(null, "public", "item", null)) {
            assertThat(tables.next()).isTrue();
            assertThat(tables.getString("TABLE_NAME")).isEqualTo("item");
            assertThat(tables.getStatement().getConnection()).isSameAs(connection);
            assertThat(tables.getStatement()).isSameAs(tables.getStatement());
        }
        try (ResultSet types = connection.getMetaData().getTableTypes()) {
            assertThat(types.getStatement().getConnection()).isSameAs(connection);
        }
        try (ResultSet rows = ((BaseConnection) connection).execSQLQuery("SELECT 1")) {
            assertThat(rows.getStatement().getConnection()).isSameAs(connection);
        }
    }

    @Test
    void metadataIsThePostgresDrivers() throws SQLException {
        DatabaseMetaData metaData = connection.getMetaData();
        assertThat(metaData.getURL()).startsWith("jdbc:postgresql:");
        assertThat(metaData.getDriverName()).isEqualTo("PostgreSQL JDBC Driver");
        assertThat(metaData.getDatabaseProductName()).isEqualTo("PostgreSQL");
        assertThat(metaData.supportsRefCursors()).isTrue();
    }

    @Test
    void refCursorsLeadToTheConnection() throws SQLException {
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT two_rows() AS c")) {
            assertThat(rows.next()).isTrue();
            assertRefCursor((ResultSet) rows.getObject(1));
        }
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT two_rows() AS c")) {
            assertThat(rows.next()).isTrue();
            assertRefCursor((ResultSet) rows.getObject("c"));
        }
        try (CallableStatement call = connection.prepareCall("{? = call two_rows()}")) {
            call.registerOutParameter(1, Types.REF_CURSOR);
            call.execute();
            ResultSet cursor = (ResultSet) call.getObject(1);
            assertThat(call.getObject(1)).isSameAs(cursor);
            assertRefCursor(cursor);
        }
        connection.rollback();
    }

    @SuppressWarnings("deprecation")
    private void assertRefCursor(ResultSet cursor) throws SQLException {
        assertThat(cursor.getStatement().getConnection()).isSameAs(connection);
        assertThat(((PGRefCursorResultSet) cursor).getRefCursor())
                .isEqualTo(cursor.unwrap(PgResultSet.class).getRefCursor());
        assertThat(cursor.next()).isTrue();
        assertThat(cursor.next()).isTrue();
        assertThat(cursor.getInt(1)).isEqualTo(2);
        assertThat(cursor.next()).isFalse();
    }

    // Values

    /** The second mode makes the server send arrays as text. */
    @ParameterizedTest
    @ValueSource(strings = {"extended", "simple"})
    void arraysLeadToTheConnection(String mode) throws SQLException {
        try (Connection face = database.connect("preferQueryMode=" + mode, "prepareThreshold=-1");
                PreparedStatement statement = face.prepareStatement(
                        "SELECT ARRAY[1, 2] AS i, ARRAY['a', NULL] AS t, ARRAY['ok']::mood[] AS m, NULL::int[] AS n,"
                                + " ARRAY[[1, 2], [3, 4]] AS d");
                ResultSet rows = statement.executeQuery()) {
            assertThat(rows.next()).isTrue();
            assertArray(face, rows.getArray(1), 1, 2);
            assertArray(face, rows.getArray("i"), 1, 2);
            assertArray(face, (Array) rows.getObject(1), 1, 2);
            assertArray(face, (Array) rows.getObject("i"), 1, 2);
            assertArray(face, rows.getObject(1, Array.class), 1, 2);
            assertArray(face, rows.getObject("i", Array.class), 1, 2);
            assertArray(face, rows.getArray("t"), "a", null);
            assertThat(rows.getArray("m").getBaseTypeName()).isEqualTo("mood");
            assertArray(face, rows.getArray("m"), "ok");
            assertThat(rows.getArray("n")).isNull();
            assertThat(rows.getObject("n")).isNull();
            assertThat((Integer[][]) rows.getArray("d").getArray())
                    .isEqualTo(new Integer[][] {{1, 2}, {3, 4}});
            assertThat(rows.getArray("d").toString())
                    .isEqualTo(rows.unwrap(PgResultSet.class).getArray("d").toString());
        }
    }

    private static void assertArray(Connection face, Array array, Object... elements) throws SQLException {
        assertThat(array.getClass()).isEqualTo(PgArray.class);
        assertThat((Object[]) array.getArray()).containsExactly(elements);
        try (ResultSet rows = array.getResultSet()) {
            assertThat(rows.getStatement().getConnection()).isSameAs(face);
            for (Object element : elements) {
                assertThat(rows.next()).isTrue();
                assertThat(rows.getObject(2)).isEqualTo(element);
            }
            assertThat(rows.next()).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"extended", "simple"})
    void arraysMadeOnDemandCanBeSent(String mode) throws SQLException {
        try (Connection face = database.connect("preferQueryMode=" + mode);
                PreparedStatement statement = face.prepareStatement(
                        "SELECT ?::int[], ?::text[], ?::mood[], ?::int[]")) {
            Array numbers = face.createArrayOf("int4", new Object[] {1, 2});
            assertArray(face, numbers, 1, 2);
            statement.setArray(1, numbers);
            statement.setObject(2, face.createArrayOf("text", new Object[] {"a", null}));
            statement.setArray(3, face.createArrayOf("mood", new Object[] {"ok"}));
            statement.setArray(4, ((PGConnection) face).createArrayOf("int4", new int[] {3, 4}));
            try (ResultSet rows = statement.executeQuery()) {
                assertThat(rows.next()).isTrue();
                assertArray(face, rows.getArray(1), 1, 2);
                assertArray(face, rows.getArray(2), "a", null);
                assertArray(face, rows.getArray(3), "ok");
                assertArray(face, rows.getArray(4), 3, 4);
                statement.setArray(1, rows.getArray(4));
                statement.setObject(4, rows.getObject(1));
            }
            try (ResultSet rows = statement.executeQuery()) {
                assertThat(rows.next()).isTrue();
                assertArray(face, rows.getArray(1), 3, 4);
                assertArray(face, rows.getArray(4), 1, 2);
            }
        }
    }

    @Test
    void arraysInParametersLeadToTheConnection() throws SQLException {
        try (CallableStatement call = connection.prepareCall("{? = call numbers()}")) {
            call.registerOutParameter(1, Types.ARRAY);
            call.execute();
            assertArray(connection, call.getArray(1), 1, 2);
            assertArray(connection, (Array) call.getObject(1), 1, 2);
            assertArray(connection, (Array) call.getObject(1, Map.of()), 1, 2);
        }
    }

    @Test
    void valuesAreOfThePostgresDriversOwnClasses() throws SQLException {
        String sql = "SELECT 1, 1::int8, 1.5, true, 'a'::text, '\\x01'::bytea, now(), current_date, '{}'::jsonb,"
                + " '1 day'::interval, '(1,2)'::point, ARRAY[1], '<a/>'::xml, '127.0.0.1'::inet,"
                + " '6f9619ff-8b86-d011-b42d-00c04fc964ff'::uuid, row(1, 2), 'ok'::mood, NULL";
        try (Connection raw = database.connectRaw();
                Statement ours = connection.createStatement(); ResultSet faces = ours.executeQuery(sql);
                Statement theirs = raw.createStatement(); ResultSet raws = theirs.executeQuery(sql)) {
            assertThat(faces.next() && raws.next()).isTrue();
            int columns = raws.getMetaData().getColumnCount();
            assertThat(columns).isEqualTo(18);
            for (int column = 1; column <= columns; column++) {
                assertThat(classOf(faces.getObject(column))).isEqualTo(classOf(raws.getObject(column)));
            }
            assertThat(connection.createSQLXML().getClass()).isEqualTo(raw.createSQLXML().getClass());
        }
    }

    private static Class<?> classOf(Object value) {
        return value == null ? null : value.getClass();
    }

    // What passes through

    @Test
    void theServersErrorsAndNoticesPassUntouched() throws SQLException {
        try (Statement statement = connection.createStatement()) {
            assertThatThrownBy(() -> statement.execute("SELECT 1/0"))
                    .isInstanceOfSatisfying(PSQLException.class, e -> {
                        assertThat(e.getClass()).isEqualTo(PSQLException.class);
                        assertThat(e.getSQLState()).isEqualTo("22012");
                        assertThat(e.getServerErrorMessage()).isNotNull();
                    });
            statement.execute("DO $$BEGIN RAISE NOTICE 'hello'; END$$");
            assertThat(statement.getWarnings().getClass()).isEqualTo(PSQLWarning.class);
        }
    }

    @Test
    void copiesThroughTheConnectionItself() throws Exception {
        try (Statement statement = connection.createStatement()) {
            statement.execute("CREATE TEMP TABLE copied (a int)");
            CopyManager copy = new CopyManager((BaseConnection) connection);
            assertThat(copy.copyIn("COPY copied FROM STDIN", new StringReader("1\n2\n"))).isEqualTo(2);
            assertThat(((PGConnection) connection).getCopyAPI().copyIn("COPY copied FROM STDIN",
                    new StringReader("3\n"))).isEqualTo(1);
            ResultSet rows = statement.executeQuery("SELECT sum(a) FROM copied");
            assertThat(rows.next()).isTrue();
            assertThat(rows.getInt(1)).isEqualTo(6);
        }
    }

    @Test
    void hearsNotifications() throws Exception {
        try (Connection other = database.connect(); Statement listen = connection.createStatement();
                Statement notify = other.createStatement()) {
            listen.execute("LISTEN news");
            notify.execute("NOTIFY news, 'hello'");
            List<PGNotification> heard = new ArrayList<>();
            Await.until("the notification", PATIENCE, () -> {
                PGNotification[] some = ((PGConnection) connection).getNotifications(10);
                if (some != null) {
                    heard.addAll(List.of(some));
                }
                return !heard.isEmpty();
            });
            assertThat(heard).singleElement().satisfies(one -> {
                assertThat(one.getParameter()).isEqualTo("hello");
                assertThat(one.getPID()).isEqualTo(((PGConnection) other).getBackendPID());
            });
        }
    }

    @Test
    void cancelsFromAnotherThread() throws Exception {
        try (Statement statement = connection.createStatement(); Connection other = database.connect();
                Statement watch = other.createStatement()) {
            CompletableFuture<String> state = CompletableFuture.supplyAsync(() -> {
                try {
                    statement.execute("SELECT pg_catalog.pg_sleep(600)");
                    return "no error";
                } catch (SQLException e) {
                    return e.getSQLState();
                }
            });
            int pid = ((PGConnection) connection).getBackendPID();
            Await.until("the statement runs", PATIENCE, () -> {
                ResultSet rows = watch.executeQuery("SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND pid = "
                        + pid);
                return rows.next();
            });
            Await.until("the statement has ended", PATIENCE, () -> {
                statement.cancel();
                return state.isDone();
            });
            assertThat(state.get(1, TimeUnit.SECONDS)).isEqualTo("57014");
        }
    }

    @Test
    void defaultMethodsOfTheInterfacesReachTheDelegate() throws SQLException {
        try (Statement statement = connection.createStatement()) {
            assertThat(statement.enquoteLiteral("it's")).isEqualTo("'it''s'");
            assertThat(statement.executeLargeUpdate("INSERT INTO item DEFAULT VALUES")).isEqualTo(1);
            assertThat(statement.getLargeUpdateCount()).isEqualTo(1);
            assertThat(statement.executeLargeUpdate("INSERT INTO item DEFAULT VALUES", new String[] {"id"}))
                    .isEqualTo(1);
        }
        connection.beginRequest();
        connection.endRequest();
    }

    @Test
    void editsThroughAnUpdatableResultSet() throws SQLException {
        try (Statement statement = connection.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE,
                ResultSet.CONCUR_UPDATABLE)) {
            statement.execute("CREATE TEMP TABLE edited (id int PRIMARY KEY, a int[])");
            ResultSet rows = statement.executeQuery("SELECT id, a FROM edited");
            rows.moveToInsertRow();
            rows.updateInt("id", 1);
            rows.updateArray("a", connection.createArrayOf("int4", new Object[] {5}));
            rows.insertRow();
            rows.first();
            assertArray(connection, rows.getArray("a"), 5);
        }
    }

    private static void assertUnwraps(Wrapper object, Object expected, Class<?>... types) throws SQLException {
        for (Class<?> type : types) {
            assertThat(object.isWrapperFor(type)).as("%s", type).isTrue();
            assertThat((Object) object.unwrap(type)).as("%s", type).isSameAs(expected);
        }
    }

    private static void assertUnwrapsToDelegate(Wrapper object, Class<?> type) throws SQLException {
        assertThat(object.isWrapperFor(type)).isTrue();
        assertThat((Object) object.unwrap(type)).isInstanceOf(type).isNotSameAs(object);
    }

    private static void assertDoesNotUnwrap(Wrapper object, Class<?>... types) throws SQLException {
        for (Class<?> type : types) {
            assertThat(object.isWrapperFor(type)).as("%s", type).isFalse();
            assertThatThrownBy(() -> object.unwrap(type)).as("%s", type).isInstanceOf(SQLException.class);
        }
    }
}
