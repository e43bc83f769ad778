package io.pgbg.worker;

import java.time.Duration;
import java.util.List;
import java.util.Properties;
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
 * @param maxWorkers how many workers there may be, idle ones included
 * @param idleWorkers how many of them are kept warm
 * @param keepsMore whether more are kept for some seconds: as many as were in use at the same time
 * @param idleTimeout how long an idle worker is kept
 */
public record WorkerSource(String host, int port, Properties properties, int maxWorkers, int idleWorkers,
        boolean keepsMore, Duration idleTimeout) {

    /** The oldest version of the server that this driver works with. */
    private static final String OLDEST_SERVER = "9.6";

    /** How long the server may take to answer over a connection that runs no jobs. */
    private static final int SPARE_TIMEOUT_SECONDS = 10;

    /** Properties that a launcher may have but a worker must not. */
    private static final List<PGProperty> NOT_FOR_WORKERS = List.of(
            // they choose among hosts, but a worker goes to the launcher's
            PGProperty.TARGET_SERVER_TYPE, PGProperty.LOAD_BALANCE_HOSTS, PGProperty.SERVICE,
            // they concern the caller's statements: savepoints, what they may do, limits and sizes
            PGProperty.AUTOSAVE, PGProperty.READ_ONLY, PGProperty.READ_ONLY_MODE, PGProperty.MAX_RESULT_BUFFER,
            PGProperty.DEFAULT_ROW_FETCH_SIZE, PGProperty.ADAPTIVE_FETCH, PGProperty.REPLICATION,
            PGProperty.LOG_UNCLOSED_CONNECTIONS);

    /**
     * The source of a launcher's workers.
     *
     * @param launcher the launcher's properties as pgjdbc resolved them from URL, Properties and service file; copied
     * @param address the host that the launcher is connected to
     */
    public static WorkerSource of(Properties launcher, HostSpec address, int maxWorkers, int idleWorkers,
            boolean keepsMore, Duration idleTimeout) {
        Properties properties = new Properties();
        launcher.stringPropertyNames().forEach(name -> properties.setProperty(name, launcher.getProperty(name)));
        NOT_FOR_WORKERS.forEach(property -> properties.remove(property.getName()));
        PGProperty.PG_HOST.set(properties, address.getHost());
        PGProperty.PG_PORT.set(properties, address.getPort());
        if (PreferQueryMode.of(PGProperty.PREFER_QUERY_MODE.getOrDefault(properties)) == PreferQueryMode.EXTENDED) {
            // older releases of pgjdbc ignore in this mode that a text is to be sent as one simple message
            PGProperty.PREFER_QUERY_MODE.set(properties, PreferQueryMode.EXTENDED_FOR_PREPARED.value());
        }
        // notices a dead network, because no read times out
        PGProperty.TCP_KEEP_ALIVE.set(properties, true);
        // a job may change its encoding; what it returns is brought back into the launcher's
        PGProperty.ALLOW_ENCODING_CHANGES.set(properties, true);
        // puts pgjdbc's own settings into the start-up message: fewer round trips, and RESET ALL does not undo them
        PGProperty.ASSUME_MIN_SERVER_VERSION.set(properties, OLDEST_SERVER);
        return new WorkerSource(address.getHost(), address.getPort(), properties, maxWorkers, idleWorkers, keepsMore,
                idleTimeout);
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
        return new Name(host, port, PGProperty.PG_DBNAME.getOrDefault(properties),
                PGProperty.USER.getOrDefault(properties));
    }

    @Override
    public String toString() {
        return host + ':' + port + '/' + PGProperty.PG_DBNAME.getOrDefault(properties);
    }

    /** A server, a database and a login. A key, and therefore made of plain values only. */
    public record Name(String host, int port, String database, String login) {
    }
}
