package io.pgbg.testkit;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A fresh database of the test server, dropped when it is closed even if somebody is still connected. Handed to tests
 * by {@link PostgresExtension}. Thread-safe.
 */
public final class TestDatabase implements AutoCloseable {

    private static final AtomicInteger COUNTER = new AtomicInteger();
    private static final String RAW_PREFIX = "jdbc:postgresql:";
    private static final String IN_USE = "55006";
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int DROP_WITH_FORCE = 13;

    private final String name;
    private final boolean trapped;
    /** What the server tells of the traps; null if there are none, or if it does not tell. */
    private final ServerLog log;
    private final Connection logReader;

    private TestDatabase(String name, boolean trapped) throws SQLException {
        this.name = name;
        this.trapped = trapped;
        this.logReader = trapped ? connectAdmin() : null;
        this.log = trapped ? ServerLog.from(logReader, name) : null;
    }

    /** Makes one that no extension of JUnit looks after: for a test that needs a database of its own. */
    public static TestDatabase create() throws SQLException {
        return create(Traps.EVERYWHERE);
    }

    /** Makes one that is full of traps; closing it fails if one was sprung. */
    public static TestDatabase createTrapped() throws SQLException {
        return create(true);
    }

    /** Makes one that has traps for exactly the server's own types, too, in a schema before pg_catalog. */
    public static TestDatabase createTrappedBeforeCatalog() throws SQLException {
        TestDatabase database = create(true);
        Traps.plantBeforeCatalog(database.name());
        return database;
    }

    private static TestDatabase create(boolean trapped) throws SQLException {
        // Several JVMs may share a server given from outside.
        String name = "pgbg_" + ProcessHandle.current().pid() + "_" + COUNTER.incrementAndGet();
        administrate("CREATE DATABASE " + name + (trapped ? " TEMPLATE " + Traps.template() : ""));
        return new TestDatabase(name, trapped);
    }

    /** The traps that were sprung here, by whom and with what. */
    public List<String> sprungTraps() throws SQLException {
        try (Connection raw = connectRaw()) {
            return Traps.sprung(raw, log);
        }
    }

    /** The database's name on the server. */
    public String name() {
        return name;
    }

    /**
     * The URL for the driver under test.
     *
     * @param parameters each {@code name=value}, encoded as a URL demands
     */
    public String jdbcUrl(String... parameters) {
        return "jdbc:pgbg:" + rawUrl(parameters).substring(RAW_PREFIX.length());
    }

    /** The URL of the same database for the PostgreSQL driver. */
    public String rawUrl(String... parameters) {
        String url = TestServer.url(name);
        if (parameters.length == 0) {
            return url;
        }
        return url + (url.contains("?") ? "&" : "?") + String.join("&", parameters);
    }

    /** Opens a connection through the driver under test. */
    public Connection connect(String... parameters) throws SQLException {
        return DriverManager.getConnection(jdbcUrl(parameters));
    }

    /** Opens a connection through the PostgreSQL driver. */
    public Connection connectRaw(String... parameters) throws SQLException {
        return DriverManager.getConnection(rawUrl(parameters));
    }

    /** Opens a connection of another role, which the server must let in without a password, through the driver. */
    public Connection connectAs(String role, String... parameters) throws SQLException {
        return DriverManager.getConnection(as(role, jdbcUrl(parameters)));
    }

    /** Opens a connection of another role through the PostgreSQL driver. */
    public Connection connectRawAs(String role, String... parameters) throws SQLException {
        return DriverManager.getConnection(as(role, rawUrl(parameters)));
    }

    private static String as(String role, String url) {
        return url.replaceFirst("user=[^&]*", "user=" + role);
    }

    /** Opens a connection of a superuser to another database of the same server, through the PostgreSQL driver. */
    public static Connection connectAdmin() throws SQLException {
        return DriverManager.getConnection(TestServer.url(null));
    }

    /** Runs a statement in the database, through the PostgreSQL driver. */
    public void execute(String sql) throws SQLException {
        try (Connection connection = connectRaw(); Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @Override
    public void close() throws SQLException {
        List<String> sprung = List.of();
        if (trapped) {
            sprung = sprungTraps();
            logReader.close();
        }
        drop();
        if (!sprung.isEmpty()) {
            throw new AssertionError("Traps were sprung: " + String.join("\n", sprung));
        }
    }

    private void drop() throws SQLException {
        try (Connection admin = connectAdmin(); Statement statement = admin.createStatement()) {
            if (admin.getMetaData().getDatabaseMajorVersion() >= DROP_WITH_FORCE) {
                statement.execute("DROP DATABASE " + name + " WITH (FORCE)");
                return;
            }
            statement.execute("ALTER DATABASE " + name + " ALLOW_CONNECTIONS false");
            Await.until("the database is dropped", PATIENCE, () -> isDropped(statement));
        } catch (SQLException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** Terminated backends take a moment to go; the server waits some seconds for them. */
    private boolean isDropped(Statement statement) throws SQLException {
        // not by pg_stat_activity, in which old releases show no backend whose role was dropped
        statement.execute("SELECT pg_terminate_backend(a.pid) FROM pg_stat_get_activity(NULL) AS a JOIN pg_database AS d"
                + " ON d.oid = a.datid WHERE d.datname = '" + name + "'");
        try {
            statement.execute("DROP DATABASE " + name);
            return true;
        } catch (SQLException e) {
            if (!IN_USE.equals(e.getSQLState())) {
                throw e;
            }
            return false;
        }
    }

    private static void administrate(String sql) throws SQLException {
        try (Connection admin = connectAdmin(); Statement statement = admin.createStatement()) {
            statement.execute(sql);
        }
    }
}
