package io.pgbg;

import io.pgbg.function.Api;
import io.pgbg.proxy.ProxyConnection;
import io.pgbg.session.Session;
import io.pgbg.session.SessionOptions;
import io.pgbg.session.Shutdown;
import io.pgbg.worker.JobName;
import io.pgbg.worker.OnExhaustion;
import io.pgbg.worker.PoolLimits;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.DriverPropertyInfo;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.logging.Logger;
import java.util.stream.Stream;

/**
 * The driver for URLs of the form {@code jdbc:pgbg://host:port/database?parameters}. After the prefix a URL is the same
 * as one of the PostgreSQL driver, which does the work; {@link PgbgProperty} lists the additional parameters. The form
 * {@code jdbc:pgbg:postgresql://..} means the same. {@link SameUrlDriver} is for tools that want the URL of the
 * PostgreSQL driver.
 *
 * <p>Registers itself with the {@link DriverManager} when the class is loaded. Thread-safe.
 */
public final class Driver implements java.sql.Driver {

    /** The driver's version. A compiler copies it into other classes, which therefore do not load this one. */
    static final int MAJOR_VERSION = 0;
    static final int MINOR_VERSION = 1;

    private static final Object REGISTRATION = new Object();
    private static Driver registered;

    /** Whether anything was opened; before that its end would load the PostgreSQL driver, which may be missing. */
    private static volatile boolean used;

    static {
        try {
            register();
        } catch (SQLException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Makes a driver without registering it. */
    public Driver() {
        // Declared for its comment alone.
    }

    /**
     * Registers a driver with the {@link DriverManager}. Loading the class has done this already; an application calls
     * it only after {@link #deregister}.
     *
     * @throws SQLException 55000 when a driver is registered already
     */
    public static void register() throws SQLException {
        synchronized (REGISTRATION) {
            if (registered != null) {
                throw SQLState.OBJECT_NOT_IN_PREREQUISITE_STATE.exception("The driver is registered already.");
            }
            Driver driver = new Driver();
            DriverManager.registerDriver(driver, () -> deregistered(driver));
            registered = driver;
        }
    }

    /**
     * Removes the driver from the {@link DriverManager}, which otherwise keeps it and its class loader alive, and ends
     * what the driver has at work, as {@link DriverManager#deregisterDriver} does, too: connections that are open,
     * those of its data source and of {@link SameUrlDriver} among them, are closed, and so are the background
     * connections; threads end. A job goes on that the server carries out by itself, as it does when this process dies; others are
     * cancelled. The driver works again when it is asked for a connection.
     *
     * @throws SQLException 55000 when no driver is registered
     */
    public static void deregister() throws SQLException {
        Driver driver;
        synchronized (REGISTRATION) {
            driver = registered;
        }
        if (driver == null) {
            throw SQLState.OBJECT_NOT_IN_PREREQUISITE_STATE.exception("The driver is not registered.");
        }
        DriverManager.deregisterDriver(driver);
    }

    /** The DriverManager has let go of a driver, because this class or a container has asked it to. */
    private static void deregistered(Driver driver) {
        synchronized (REGISTRATION) {
            if (registered == driver) {
                registered = null;
            }
        }
        if (used) {
            Shutdown.run();
        }
    }

    /**
     * Tells whether the driver is registered with the {@link DriverManager}.
     *
     * @return whether {@link #deregister} may be called
     */
    public static boolean isRegistered() {
        synchronized (REGISTRATION) {
            return registered != null;
        }
    }

    @Override
    public boolean acceptsURL(String url) throws SQLException {
        if (url == null) {
            throw SQLState.INVALID_PARAMETER_VALUE.exception("The URL is null.");
        }
        return PgbgUrl.accepts(url);
    }

    @Override
    public Connection connect(String url, Properties info) throws SQLException {
        if (!acceptsURL(url)) {
            return null;
        }
        return open(PgbgUrl.parse(url, info));
    }

    /** A new connection. Every one of the driver's comes from here, whatever it was that the application has named. */
    static Connection open(PgbgUrl url) throws SQLException {
        url.checked();
        PostgresDriver postgres = PostgresDriver.load();
        used = true;
        return wrap(postgres.connect(url), url);
    }

    @Override
    public DriverPropertyInfo[] getPropertyInfo(String url, Properties info) throws SQLException {
        return properties(PgbgUrl.parse(url != null && acceptsURL(url) ? url : PgbgUrl.PREFIX, info));
    }

    static DriverPropertyInfo[] properties(PgbgUrl parsed) throws SQLException {
        Stream<DriverPropertyInfo> own = Stream.of(PgbgProperty.values())
                .map(property -> property.toDriverPropertyInfo(parsed.ownProperties()));
        return Stream.concat(own, Stream.of(PostgresDriver.load().getPropertyInfo(parsed)))
                .toArray(DriverPropertyInfo[]::new);
    }

    @Override
    public int getMajorVersion() {
        return MAJOR_VERSION;
    }

    @Override
    public int getMinorVersion() {
        return MINOR_VERSION;
    }

    @Override
    public boolean jdbcCompliant() {
        return false;
    }

    @Override
    public Logger getParentLogger() {
        return Logger.getLogger("io.pgbg");
    }

    private static Connection wrap(PostgresDriver.Connected connected, PgbgUrl url) throws SQLException {
        Connection raw = connected.connection();
        boolean wrapped = false;
        try {
            Session session = new Session(raw, connected.watch(), () -> PostgresDriver.resolve(url),
                    options(url));
            Connection face = ProxyConnection.over(raw, session);
            session.open();
            wrapped = true;
            return face;
        } finally {
            if (!wrapped) {
                raw.close();
            }
        }
    }

    private static SessionOptions options(PgbgUrl url) {
        List<String> inherit = Stream.of(url.value(PgbgProperty.INHERIT_SETTINGS).split(",")).map(String::trim)
                .map(name -> name.toLowerCase(Locale.ROOT)).toList();
        return new SessionOptions(Api.of(url.value(PgbgProperty.API)),
                SessionOptions.OnClose.valueOf(url.value(PgbgProperty.ON_CLOSE).toUpperCase(Locale.ROOT)),
                SessionOptions.OnReturn.valueOf(url.value(PgbgProperty.ON_RETURN).toUpperCase(Locale.ROOT)),
                new PoolLimits(url.number(PgbgProperty.MAX_WORKERS), url.number(PgbgProperty.IDLE_WORKERS),
                        !url.gives(PgbgProperty.IDLE_WORKERS),
                        Duration.ofSeconds(url.number(PgbgProperty.IDLE_TIMEOUT)),
                        url.number(PgbgProperty.MAX_ANSWERERS)),
                OnExhaustion.valueOf(url.value(PgbgProperty.ON_EXHAUSTION).toUpperCase(Locale.ROOT)),
                JobName.valueOf(url.value(PgbgProperty.JOB_NAME).toUpperCase(Locale.ROOT)),
                JobServer.of(url.value(PgbgProperty.JOB_SERVER)),
                Duration.ofSeconds(url.number(PgbgProperty.REPLAY_TIMEOUT)),
                SessionOptions.Scope.valueOf(url.value(PgbgProperty.SCOPE).toUpperCase(Locale.ROOT)),
                inherit.contains("all"),
                inherit.stream().filter(name -> !"all".equals(name) && !"none".equals(name)).toList(),
                SessionOptions.Relay.valueOf(url.value(PgbgProperty.RELAY).toUpperCase(Locale.ROOT)));
    }
}
