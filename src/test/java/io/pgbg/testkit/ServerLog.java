package io.pgbg.testkit;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;

/** What the server writes into its log about one database. Used by one thread. */
public final class ServerLog {

    /** How the lines of the log begin: nothing that a shell would take for its own. */
    static final String PREFIX = "%d:";

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Pattern ERROR = Pattern.compile("(WARNING|ERROR|FATAL|PANIC): .*");

    private final Connection admin;
    private final String prefix;
    private final String file;
    private final long start;

    private ServerLog(Connection admin, String database, String file) throws SQLException {
        this.admin = admin;
        this.prefix = PREFIX.replace("%d", database);
        this.file = file;
        this.start = size();
    }

    /**
     * The log from now on.
     *
     * @param admin a superuser's connection, not of the driver under test
     * @return null if the server writes none that can be read
     */
    public static ServerLog from(Connection admin, TestDatabase database) throws SQLException {
        return from(admin, database.name());
    }

    /** The same by the name of the database. */
    static ServerLog from(Connection admin, String database) throws SQLException {
        String file = Sql.value(admin, "SELECT pg_current_logfile()");
        String prefix = Sql.value(admin, "SHOW log_line_prefix");
        return file == null || !prefix.equals(PREFIX) ? null : new ServerLog(admin, database, file);
    }

    /** The warnings and errors about the database until now: severity and message, in order. */
    public List<String> errors() throws Exception {
        String marker = "marker " + UUID.randomUUID();
        Sql.run(admin, "DO $$ BEGIN RAISE LOG '" + marker + "'; END $$");
        Await.until("the log is written", PATIENCE, () -> text().contains(marker));
        return text().lines().filter(line -> line.startsWith(prefix)).map(line -> line.substring(prefix.length()))
                .filter(line -> ERROR.matcher(line).matches()).toList();
    }

    private String text() throws SQLException {
        try (PreparedStatement read = admin.prepareStatement("SELECT pg_read_binary_file(?, ?, ?)")) {
            read.setString(1, file);
            read.setLong(2, start);
            read.setLong(3, size() - start);
            try (ResultSet row = read.executeQuery()) {
                row.next();
                return new String(row.getBytes(1), StandardCharsets.UTF_8);
            }
        }
    }

    private long size() throws SQLException {
        return Long.parseLong(Sql.value(admin, "SELECT size FROM pg_stat_file(pg_current_logfile())"));
    }
}
