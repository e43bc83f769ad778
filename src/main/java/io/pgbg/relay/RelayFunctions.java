package io.pgbg.relay;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** The text that makes the functions. Pure functions. */
final class RelayFunctions {

    private static final String TEMPLATE = read("functions.sql");

    /** The server has a random number good enough for a secret since PostgreSQL 13. */
    private static final int RANDOM_UUID = 130_000;

    private RelayFunctions() {
    }

    /**
     * CREATE FUNCTION statements.
     *
     * @param schema where to, quoted if need be
     */
    static String in(String schema, int serverVersion) {
        String token = serverVersion >= RANDOM_UUID ? "replace(gen_random_uuid()::text, '-', '')"
                : "md5(random()::text || clock_timestamp()::text || random()::text)";
        return TEMPLATE.replace("@schema@", schema).replace("@token@", token);
    }

    static String read(String name) {
        try (InputStream text = RelayFunctions.class.getResourceAsStream(name)) {
            return new String(text.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
