package io.pgbg.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Databases in which an ordinary role has planted operators and functions that SQL springs when it leaves a name to the
 * search path; see {@code traps.sql}. All are copies of one, made when first asked for.
 *
 * <p>Left out are the traps that the PostgreSQL driver's own queries spring, which are not ours to mend: they are found
 * by having it, without our driver, ask all its questions until it springs none.
 */
final class Traps {

    /** A system property: {@code true} has all databases of tests made so. */
    static final boolean EVERYWHERE = Boolean.getBoolean("pgbg.test.traps");

    private static final String OWNER = "pgbg_trapper";
    private static final Pattern MESSAGE = Pattern.compile("trap (.+?) was sprung by");
    private static final Pattern AMBIGUOUS =
            Pattern.compile("operator is not unique: (.+) ([^\\w\\s\"]+) (.+)|function (\\w+)\\(.*\\) is not unique");

    private Traps() {
    }

    /** Loaded when the first such database is asked for. */
    private static final class Template {

        private static final String NAME = make();

        private static String make() {
            String name = "pgbg_" + ProcessHandle.current().pid() + "_traps";
            try {
                try (Connection admin = TestDatabase.connectAdmin()) {
                    Sql.run(admin, "DO $$ BEGIN CREATE ROLE " + OWNER
                            + "; EXCEPTION WHEN duplicate_object THEN NULL; END $$");
                    Sql.run(admin, "CREATE DATABASE " + name);
                }
                try (Connection raw = DriverManager.getConnection(TestServer.url(name))) {
                    plant(raw, "traps.sql");
                    leaveOutWhatPgjdbcSprings(name, raw);
                }
                return name;
            } catch (SQLException e) {
                throw new IllegalStateException("The traps cannot be planted", e);
            }
        }
    }

    /** The name of the database to be copied. */
    static String template() {
        return Template.NAME;
    }

    /** Plants what stands in front of the server's own in the search path, and sets that path for the database. */
    static void plantBeforeCatalog(String database) throws SQLException {
        try (Connection raw = DriverManager.getConnection(TestServer.url(database))) {
            plant(raw, "before_catalog.sql");
            Sql.run(raw, "ALTER DATABASE " + database + " SET search_path TO evil, pg_catalog, public");
        }
    }

    private static void plant(Connection raw, String script) throws SQLException {
        raw.setAutoCommit(false);
        try (Statement statement = raw.createStatement();
                InputStream text = Traps.class.getResourceAsStream(script)) {
            statement.setEscapeProcessing(false);
            statement.execute(new String(text.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        raw.commit();
        raw.setAutoCommit(true);
    }

    private static void leaveOutWhatPgjdbcSprings(String database, Connection raw) throws SQLException {
        Sql.run(raw, "CREATE TYPE mood AS ENUM ('calm'); CREATE TABLE asked (i int, m mood, a mood[]);"
                + "SET search_path TO pg_catalog");
        try (Connection asking = DriverManager.getConnection(TestServer.url(database))) {
            while (springs(asking, raw)) {
                // and once more
            }
        }
        Sql.run(raw, "DROP TABLE public.asked; DROP TYPE public.mood; ALTER SEQUENCE traps.sprung RESTART");
    }

    private static boolean springs(Connection asking, Connection raw) throws SQLException {
        try {
            ask(asking);
            return false;
        } catch (SQLException e) {
            leaveOut(raw, e);
            return true;
        }
    }

    private static void leaveOut(Connection raw, SQLException sprung) throws SQLException {
        Matcher trap = MESSAGE.matcher(sprung.getMessage());
        Matcher choice = AMBIGUOUS.matcher(sprung.getMessage());
        if (trap.find()) {
            Sql.run(raw, "DELETE FROM pg_operator WHERE oprcode = '" + trap.group(1) + "'::regprocedure; "
                    + "DELETE FROM pg_proc WHERE oid = '" + trap.group(1) + "'::regprocedure");
        } else if (choice.find() && choice.group(4) != null) {
            Sql.run(raw, "DELETE FROM pg_proc WHERE oid >= 20000000 AND proname = '" + choice.group(4) + "'");
        } else if (choice.reset().find()) {
            // the best match was one of those left out: now others are equally good
            Sql.run(raw, String.format("DELETE FROM pg_operator WHERE oid >= 20000000 AND oprname = '%s'"
                    + " AND (oprleft = '%s'::regtype OR oprright = '%s'::regtype)",
                    choice.group(2), choice.group(1), choice.group(3)));
        } else {
            throw sprung;
        }
    }

    /**
     * Has the PostgreSQL driver send what it sends by itself when tests do what they do: ask for functions and schemas,
     * read and write arrays and values of types of their own. No more, or fewer traps would be left.
     */
    private static void ask(Connection connection) throws SQLException {
        connection.getSchema();
        DatabaseMetaData metaData = connection.getMetaData();
        metaData.getFunctions(null, "a%", "a%");
        metaData.getFunctionColumns(null, "a%", "a%", "a%");
        metaData.getProcedures(null, "a%", "a%");
        metaData.getProcedureColumns(null, "a%", "a%", "a%");
        metaData.getSchemas(null, "a%");
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT * FROM public.asked")) {
            for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
                rows.getMetaData().isAutoIncrement(i);
                rows.getMetaData().getColumnTypeName(i);
                rows.getMetaData().getColumnType(i);
            }
        }
    }

    /**
     * Tells which traps of a database were sprung since it was made, by whom and with what. The log has those that a
     * read-only transaction sprang, which cannot count; the counter those whose error was caught.
     *
     * @param log null if the server writes none that can be read
     */
    static List<String> sprung(Connection raw, ServerLog log) throws SQLException {
        List<String> told = log == null ? List.of() : told(log);
        return told.isEmpty() && "t".equals(Sql.value(raw, "SELECT is_called FROM traps.sprung"))
                ? List.of("the log does not tell which") : told;
    }

    private static List<String> told(ServerLog log) throws SQLException {
        try {
            return log.errors().stream().filter(line -> MESSAGE.matcher(line).find()).toList();
        } catch (SQLException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
