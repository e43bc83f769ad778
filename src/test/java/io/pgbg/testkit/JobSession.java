package io.pgbg.testkit;

import io.pgbg.JobServer;
import io.pgbg.PgbgConnection;
import io.pgbg.execution.ConnectionJobs;
import io.pgbg.function.Api;
import io.pgbg.session.Session;
import io.pgbg.session.SessionOptions;
import io.pgbg.wire.SendWatch;
import io.pgbg.worker.JobName;
import io.pgbg.worker.OnExhaustion;
import io.pgbg.worker.PoolLimits;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Properties;
import org.postgresql.Driver;
import org.postgresql.core.BaseConnection;

/** A connection and its jobs without the faces of the driver around them. */
public final class JobSession implements AutoCloseable {

    private final Connection connection;
    private final Session session;
    private final PgbgConnection jobs;

    private JobSession(Connection connection, Session session) {
        this.connection = connection;
        this.session = session;
        this.jobs = new ConnectionJobs(session, connection);
    }

    /** What a session is to be like; the defaults are those of the driver. */
    public static final class Builder {

        private final TestDatabase database;
        private String[] parameters = {};
        private SessionOptions.OnClose onClose = SessionOptions.OnClose.DETACH;
        private int maxWorkers = 64;
        private Duration idleTimeout = Duration.ofSeconds(60);
        private OnExhaustion onExhaustion = OnExhaustion.ERROR;
        private SessionOptions.Scope scope = SessionOptions.Scope.CONNECTION;

        private Builder(TestDatabase database) {
            this.database = database;
        }

        public Builder parameters(String... urlParameters) {
            parameters = urlParameters;
            return this;
        }

        public Builder onClose(SessionOptions.OnClose what) {
            onClose = what;
            return this;
        }

        public Builder maxWorkers(int count) {
            maxWorkers = count;
            return this;
        }

        public Builder onExhaustion(OnExhaustion what) {
            onExhaustion = what;
            return this;
        }

        public Builder shared() {
            scope = SessionOptions.Scope.JVM;
            return this;
        }

        public JobSession open() throws SQLException {
            return open(database.rawUrl(parameters));
        }

        private JobSession open(String url) throws SQLException {
            Properties properties = new Properties();
            SendWatch watch = SendWatch.of(properties);
            Connection connection = DriverManager.getConnection(url, properties);
            watch.settle();
            return new JobSession(connection, new Session((BaseConnection) connection, watch,
                    () -> Driver.parseURL(url, new Properties()), new SessionOptions(Api.ONE, onClose,
                            SessionOptions.OnReturn.DETACH, new PoolLimits(maxWorkers, 4, true, idleTimeout, 8),
                            onExhaustion, JobName.LABEL, JobServer.LAUNCHER, Duration.ofSeconds(10), scope, true,
                            List.of(), SessionOptions.Relay.AUTO)));
        }
    }

    public static Builder of(TestDatabase database) {
        return new Builder(database);
    }

    public static JobSession open(TestDatabase database) throws SQLException {
        return of(database).open();
    }

    /** Where there is only an URL of the PostgreSQL driver. */
    public static JobSession open(String url) throws SQLException {
        return new Builder(null).open(url);
    }

    /** The same, with workers that are given up early. */
    public static JobSession open(String url, Duration idleTimeout) throws SQLException {
        Builder builder = new Builder(null);
        builder.idleTimeout = idleTimeout;
        return builder.open(url);
    }

    /** Pgjdbc's connection. */
    public Connection connection() {
        return connection;
    }

    /** What the driver knows of the connection. */
    public Session session() {
        return session;
    }

    public PgbgConnection jobs() {
        return jobs;
    }

    @Override
    public void close() throws SQLException {
        Collection<io.pgbg.job.Job> left = session.close(false);
        connection.close();
        Session.await(left);
    }
}
