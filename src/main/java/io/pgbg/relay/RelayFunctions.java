package io.pgbg.relay;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** The texts that make and remove the functions. Pure functions. */
final class RelayFunctions {

    private static final String FUNCTIONS = read("functions.sql");
    private static final String OF_SESSION = read("session.sql");
    private static final String OF_INSTALLATION = read("installed.sql");
    private static final String INSTALL = read("install.sql");
    private static final String REMOVE = read("remove.sql");

    /** The server has a random number good enough for a secret since PostgreSQL 13. */
    private static final int RANDOM_UUID = 130_000;

    private RelayFunctions() {
    }

    /** CREATE FUNCTION statements for the temporary schema of a session. */
    static String ofSession(int serverVersion) {
        return in(SessionRelay.SCHEMA, FUNCTIONS + OF_SESSION, serverVersion);
    }

    /**
     * A statement that installs the functions.
     *
     * @param schema where to, quoted if need be
     * @param renewing whether they are there, in this or in another version
     */
    static String install(String schema, boolean renewing, int serverVersion) {
        String functions = FUNCTIONS + OF_INSTALLATION;
        String text = INSTALL.replace("@renewing@", Boolean.toString(renewing))
                .replace("@version@", Installation.VERSION)
                .replace("@functions@",
                        renewing ? functions.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION") : functions);
        return in(schema, text, serverVersion);
    }

    /**
     * A statement that removes what was installed.
     *
     * @param schema where it is, quoted if need be
     */
    static String remove(String schema, boolean cascade) {
        return REMOVE.replace("@behaviour@", cascade ? "CASCADE" : "RESTRICT").replace("@schema@", schema);
    }

    private static String in(String schema, String template, int serverVersion) {
        String token = serverVersion >= RANDOM_UUID ? "replace(gen_random_uuid()::text, '-', '')"
                : "md5(random()::text || clock_timestamp()::text || random()::text)";
        return template.replace("@schema@", schema).replace("@token@", token);
    }

    private static String read(String name) {
        try (InputStream text = RelayFunctions.class.getResourceAsStream(name)) {
            return new String(text.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
