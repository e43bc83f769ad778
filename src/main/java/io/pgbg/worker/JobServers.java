package io.pgbg.worker;

import io.pgbg.wire.PostgresProperties;
import io.pgbg.wire.SqlFunction;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.postgresql.PGProperty;
import org.postgresql.util.HostSpec;

/**
 * The servers that a launcher's URL names beside the launcher's own.
 *
 * <p>Thread-safe. Jobs lead here, and outlive their session; so nothing here leads back to it.
 */
public final class JobServers {

    /** What stands for a time that has no limit of the URL's: nobody is let in later than this. */
    private static final int LONGEST_LOGIN_SECONDS = 70;

    private final List<WorkerSource> others;
    private final boolean balanced;
    private final long recheckNanos;
    private final long connectNanos;
    /** A state that was adapted, and what became of it: workers compare states by identity. */
    private volatile Adapted adapted = new Adapted(null, null, null);

    private record Adapted(SessionState state, String readOnly, SessionState result) {
    }

    /**
     * @param properties the launcher's, as pgjdbc resolved them
     * @param launcher the server that it is connected to
     * @param source makes the source of the workers of a server; not kept
     */
    public JobServers(Properties properties, HostSpec launcher, SqlFunction<HostSpec, WorkerSource> source)
            throws SQLException {
        List<WorkerSource> sources = new ArrayList<>();
        for (HostSpec host : hosts(properties)) {
            if (host.getPort() != launcher.getPort() || !host.getHost().equals(launcher.getHost())) {
                sources.add(source.apply(host));
            }
        }
        this.others = List.copyOf(sources);
        this.balanced = Boolean.parseBoolean(PostgresProperties.value(PGProperty.LOAD_BALANCE_HOSTS, properties));
        this.recheckNanos = TimeUnit.SECONDS.toNanos(seconds(PGProperty.HOST_RECHECK_SECONDS, properties));
        int connect = seconds(PGProperty.CONNECT_TIMEOUT, properties);
        this.connectNanos = TimeUnit.SECONDS.toNanos(connect <= 0 ? LONGEST_LOGIN_SECONDS : connect);
    }

    private static int seconds(PGProperty property, Properties properties) {
        return Integer.parseInt(PostgresProperties.value(property, properties));
    }

    private static List<HostSpec> hosts(Properties properties) {
        String[] names = PostgresProperties.value(PGProperty.PG_HOST, properties).split(",");
        String[] ports = PostgresProperties.value(PGProperty.PG_PORT, properties).split(",");
        List<HostSpec> hosts = new ArrayList<>();
        for (int i = 0; i < names.length; i++) {
            hosts.add(new HostSpec(names[i], Integer.parseInt(ports[Math.min(i, ports.length - 1)])));
        }
        return hosts;
    }

    /** For how long a launch tries to connect to one of them. */
    long connectNanos() {
        return connectNanos;
    }

    /**
     * The servers to be tried for a job, in the order in which they are to be tried: as pgjdbc does it, without those
     * of which is known that they do not suit.
     *
     * @param must whether the others are tried where that leaves none
     */
    List<WorkerSource> candidates(KnownServers.Kind wanted, boolean must) {
        List<WorkerSource> ordered = new ArrayList<>(others);
        if (balanced) {
            Collections.shuffle(ordered);
        }
        List<WorkerSource> fitting = ordered.stream().filter(source -> {
            KnownServers.Known known = KnownServers.of(source, recheckNanos);
            return known == null || known.kind() == wanted;
        }).toList();
        return fitting.isEmpty() && must ? ordered : fitting;
    }

    /** What is known of those that are not tried. */
    List<String> passedOver(List<WorkerSource> tried) {
        List<String> reasons = new ArrayList<>();
        for (WorkerSource source : others) {
            KnownServers.Known known = KnownServers.of(source, recheckNanos);
            if (!tried.contains(source) && known != null) {
                reasons.add(known.why());
            }
        }
        return reasons;
    }

    /**
     * A launcher's state on another server. Whether its transactions are read-only the launcher tells of its own
     * server's: of a standby that says nothing.
     *
     * @param readOnly what stands for it there; null where all transactions are read-only, so that nothing need be set
     */
    SessionState adapt(SessionState state, String readOnly) {
        Adapted last = adapted;
        if (last.state() != state || !String.valueOf(last.readOnly()).equals(String.valueOf(readOnly))) {
            last = new Adapted(state, readOnly, state.withReadOnlyByDefault(readOnly));
            adapted = last;
        }
        return last.result();
    }
}
