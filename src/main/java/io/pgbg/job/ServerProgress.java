package io.pgbg.job;

import io.pgbg.JobProgress;
import io.pgbg.wire.Wire;
import io.pgbg.worker.SpareConnections;
import io.pgbg.worker.Wait;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Asks the server's progress views how far a job's command has come. Stateless. */
final class ServerProgress {

    /** The commands that have a progress view, each with the first release of the server that has it. */
    private enum Command {
        VACUUM(90_600, "'VACUUM'", "phase", "CASE WHEN phase OPERATOR(pg_catalog.=) 'vacuuming heap' "
                + "THEN heap_blks_vacuumed ELSE heap_blks_scanned END", "heap_blks_total"),
        ANALYZE(130_000, "'ANALYZE'", "phase", "sample_blks_scanned", "sample_blks_total"),
        CREATE_INDEX(120_000, "command", "phase", "CASE WHEN blocks_total OPERATOR(pg_catalog.>) 0 THEN blocks_done "
                + "ELSE tuples_done END",
                "CASE WHEN blocks_total OPERATOR(pg_catalog.>) 0 THEN blocks_total ELSE tuples_total END"),
        CLUSTER(120_000, "command", "phase", "heap_blks_scanned", "heap_blks_total"),
        COPY(140_000, "command", "tuples_processed::pg_catalog.text OPERATOR(pg_catalog.||) ' rows'",
                "bytes_processed", "bytes_total"),
        BASEBACKUP(130_000, "'BASE BACKUP'", "phase", "backup_streamed", "backup_total");

        private final int since;
        private final String sql;

        Command(int since, String command, String phase, String done, String total) {
            this.since = since;
            this.sql = "SELECT " + command + "::pg_catalog.text AS command, (" + phase
                    + ")::pg_catalog.text AS phase, ("
                    + done + ")::pg_catalog.int8 AS done, (" + total + ")::pg_catalog.int8 AS total "
                    + "FROM pg_catalog.pg_stat_progress_" + name().toLowerCase(Locale.ROOT)
                    + " WHERE pid OPERATOR(pg_catalog.=) p.pid";
        }
    }

    /** How long connecting may take. */
    private static final long CONNECT_NANOS = TimeUnit.SECONDS.toNanos(10);

    private static final int PERCENT = 100;

    private ServerProgress() {
    }

    /**
     * Asks over a connection of the driver's own.
     *
     * @return {@link JobProgress#NONE} if the server does not know
     */
    static JobProgress of(int pid, SpareConnections spares) throws SQLException {
        return spares.with(new Wait(CONNECT_NANOS, Wait.Watch.NEVER), connection -> ask(connection, pid));
    }

    private static JobProgress ask(Wire connection, int pid) throws SQLException {
        try (PreparedStatement statement = connection.jdbc().prepareStatement(sql(connection))) {
            statement.setInt(1, pid);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? read(row) : JobProgress.NONE;
            }
        }
    }

    private static String sql(Wire connection) throws SQLException {
        int version = connection.serverVersion();
        return Arrays.stream(Command.values()).filter(command -> version >= command.since)
                .map(command -> command.sql)
                .collect(Collectors.joining(" UNION ALL ",
                        "SELECT c.* FROM (SELECT ?::pg_catalog.int4 AS pid) AS p CROSS JOIN LATERAL (",
                        ") AS c LIMIT 1"));
    }

    private static JobProgress read(ResultSet row) throws SQLException {
        String command = row.getString(1);
        String phase = row.getString(2);
        long done = row.getLong(3);
        boolean known = !row.wasNull();
        long total = row.getLong(4);
        known &= !row.wasNull() && total > 0;
        Integer percent = known ? (int) Math.min(PERCENT, Math.max(0, done * PERCENT / total)) : null;
        return new JobProgress(percent, phase == null ? command : command + ": " + phase);
    }
}
