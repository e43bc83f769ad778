package io.pgbg.worker;

import io.pgbg.SQLState;
import io.pgbg.wire.PostgresProperties;
import io.pgbg.wire.ServerError;
import java.sql.SQLException;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;
import org.postgresql.PGProperty;
import org.postgresql.jdbc.PreferQueryMode;
import org.postgresql.util.HostSpec;
import org.postgresql.util.PSQLException;

/**
 * Where workers are connected to, and how many there may be: one server, one database, one login. Equal sources share
 * their workers.
 *
 * <p>Immutable. Holds the password, if there is one, and therefore never shows its properties.
 *
 * @param host the host that the launcher is connected to
 * @param port its port
 * @param properties what pgjdbc needs to connect, without the properties that choose a host
 * @param limits how many connections there may be
 */
public record WorkerSource(String host, int port, Properties properties, PoolLimits limits) {

    /** The oldest version of the server that this driver works with. */
    private static final String OLDEST_SERVER = "9.6";

    /** How long the server may take to answer over a connection that runs no jobs. */
    private static final int SPARE_TIMEOUT_SECONDS = 10;

    /** Properties that a launcher may have but a worker must not. */
    private static final List<String> NOT_FOR_WORKERS = Stream.concat(Stream.of(
                    // they choose among hosts, but a worker goes to the launcher's
                    PGProperty.TARGET_SERVER_TYPE, PGProperty.LOAD_BALANCE_HOSTS,
                    // they concern the caller's statements: savepoints, what they may do, limits and sizes
                    PGProperty.AUTOSAVE, PGProperty.READ_ONLY, PGProperty.READ_ONLY_MODE, PGProperty.MAX_RESULT_BUFFER,
                    PGProperty.DEFAULT_ROW_FETCH_SIZE, PGProperty.REPLICATION, PGProperty.LOG_UNCLOSED_CONNECTIONS)
                    .map(PGProperty::getName),
            // of both kinds, by name, because older releases of pgjdbc do not have them
            Stream.of("service", "adaptiveFetch")).toList();

    /**
     * The source of a launcher's workers.
     *
     * @param launcher the launcher's properties as pgjdbc resolved them from URL, Properties and service file; copied
     * @param address the host that the launcher is connected to
     */
    public static WorkerSource of(Properties launcher, HostSpec address, PoolLimits limits) {
        Properties properties = new Properties();
        launcher.stringPropertyNames().forEach(name -> properties.setProperty(name, launcher.getProperty(name)));
        NOT_FOR_WORKERS.forEach(properties::remove);
        PGProperty.PG_HOST.set(properties, address.getHost());
        PGProperty.PG_PORT.set(properties, address.getPort());
        String mode = PostgresProperties.value(PGProperty.PREFER_QUERY_MODE, properties);
        if (PreferQueryMode.of(mode) == PreferQueryMode.EXTENDED) {
            // older releases of pgjdbc ignore in this mode that a text is to be sent as one simple message
            PGProperty.PREFER_QUERY_MODE.set(properties, PreferQueryMode.EXTENDED_FOR_PREPARED.value());
        }
        // notices a dead network, because no read times out
        PGProperty.TCP_KEEP_ALIVE.set(properties, true);
        // a job may change its encoding; what it returns is brought back into the launcher's
        PGProperty.ALLOW_ENCODING_CHANGES.set(properties, true);
        // puts pgjdbc's own settings into the start-up message: fewer round trips, and RESET ALL does not undo them
        PGProperty.ASSUME_MIN_SERVER_VERSION.set(properties, OLDEST_SERVER);
        return new WorkerSource(address.getHost(), address.getPort(), properties, limits);
    }

    /**
     * The properties of connections that run no jobs. Everything sent over them is done quickly, so that silence means
     * that the server is gone. Values travel as parameters, so that neither {@code pg_stat_activity} nor the log shows
     * them.
     */
    Properties spareProperties() {
        Properties spare = new Properties();
        spare.putAll(properties);
        PGProperty.PREFER_QUERY_MODE.set(spare, PreferQueryMode.EXTENDED.value());
        PGProperty.PREPARE_THRESHOLD.set(spare, 1);
        PGProperty.SOCKET_TIMEOUT.set(spare, patienceSeconds(SPARE_TIMEOUT_SECONDS));
        return spare;
    }

    /** How many seconds the server may take for a question of the driver's: the URL's socketTimeout if it is less. */
    int patienceSeconds(int usual) {
        int given = given(PGProperty.SOCKET_TIMEOUT);
        return given > 0 ? Math.min(given, usual) : usual;
    }

    private int given(PGProperty property) {
        try {
            return property.getInt(properties);
        } catch (PSQLException e) {
            // not possible: pgjdbc has connected the launcher with the same value
            return 0;
        }
    }

    /** The server, database and login: connections that share jobs have the same. */
    public Name name() {
        return new Name(host, port, PostgresProperties.value(PGProperty.PG_DBNAME, properties),
                PostgresProperties.value(PGProperty.USER, properties));
    }

    /** The error of a launch for which the limit leaves no room. */
    SQLException limitReached() {
        return ServerError.error(SQLState.CONFIGURATION_LIMIT_EXCEEDED, "too many background workers")
                .detail("pgbgMaxWorkers allows this JVM %d workers for %s, and as many are in use.", limits.maxWorkers(), this)
                .hint("Read or detach the results of ended jobs, or raise pgbgMaxWorkers in the URL.")
                .toException();
    }

    @Override
    public String toString() {
        return host + ':' + port + '/' + PostgresProperties.value(PGProperty.PG_DBNAME, properties);
    }

    /** A server, a database and a login. A key, and therefore made of plain values only. */
    public record Name(String host, int port, String database, String login) {
    }
}
