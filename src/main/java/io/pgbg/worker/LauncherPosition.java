package io.pgbg.worker;

import io.pgbg.wire.Wire;
import java.sql.SQLException;

/**
 * Where a launcher's server stood at a launch whose job may go to another server: up to where its write-ahead log was
 * written, or that it is a standby itself.
 *
 * <p>Where nothing was inserted into the log that is not written yet, a standby that has replayed this has replayed
 * all that was committed. Otherwise there may be commits behind it that did not wait for the disk ({@code
 * synchronous_commit = off}); and it may be in the middle of a record of a transaction that is still open, the
 * launcher's own perhaps, of which the server need not write more before something is committed: a standby would be
 * waited for in vain. Then something is committed ({@link #flush}).
 *
 * <p>Immutable.
 *
 * @param standby whether the server is one
 * @param written the position as the server writes it; null on a standby
 * @param complete whether nothing was inserted behind it
 * @param readOnlyByDefault the session's {@code default_transaction_read_only}, which a standby's transactions, being
 *     read-only in any case, do not show
 */
public record LauncherPosition(boolean standby, String written, boolean complete, String readOnlyByDefault) {

    /** The version of the server that gave its functions new names. */
    private static final int SAYS_WAL = 100_000;

    private static final String STANDBY = "standby";

    private static final String SQL = """
            pg_catalog.concat(CASE WHEN pg_catalog.pg_is_in_recovery() THEN 'standby standby'
              ELSE pg_catalog.concat(pg_catalog.%s(), ' ', pg_catalog.%s()) END,
              ' ', pg_catalog.current_setting('default_transaction_read_only'))""";

    /** The smallest transaction that has the log written to its end; it does not wait for standbys. */
    private static final String FLUSH = """
            SELECT pg_catalog.pg_logical_emit_message(true, 'pgbg', m.text)
            FROM (SELECT pg_catalog.set_config('synchronous_commit', 'local', true) AS text OFFSET 0) AS m""";

    /** An expression of type {@code text} that {@link #read} takes. */
    public static String sql(int serverVersion) {
        return serverVersion >= SAYS_WAL ? String.format(SQL, "pg_current_wal_lsn", "pg_current_wal_insert_lsn")
                : String.format(SQL, "pg_current_xlog_location", "pg_current_xlog_insert_location");
    }

    /** What the server has answered. */
    public static LauncherPosition read(String answer) {
        String[] parts = answer.split(" ");
        boolean standby = STANDBY.equals(parts[0]);
        return new LauncherPosition(standby, standby ? null : parts[0], parts[0].equals(parts[1]), parts[2]);
    }

    /**
     * Has the server write its log.
     *
     * @param via another connection of the login to the launcher's server
     * @return a position behind all that was committed before, which will have been written
     */
    LauncherPosition flush(Wire via) throws SQLException {
        return new LauncherPosition(false, via.run(FLUSH, notice -> { }).rows().text(0, 0), true, readOnlyByDefault);
    }

    /**
     * SQL that asks a server whether it is a standby, whether it has replayed up to this position, and when the
     * session has loaded the server's configuration.
     */
    String check(int serverVersion) {
        String replayed = serverVersion >= SAYS_WAL ? "pg_last_wal_replay_lsn" : "pg_last_xlog_replay_location";
        return "SELECT pg_catalog.pg_is_in_recovery(), " + (standby ? "true"
                : "pg_catalog." + replayed + "() OPERATOR(pg_catalog.>=) '" + written + "'::pg_catalog.pg_lsn")
                + ", " + LoginStamp.CONFIGURED_SQL;
    }
}
