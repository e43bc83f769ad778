package io.pgbg.relay;

import io.pgbg.function.Api;
import io.pgbg.function.Function;
import io.pgbg.function.Names;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** The texts that make and remove the functions. Thread-safe; texts are put together once. */
final class RelayFunctions {

    private static final String CORE = read("core.sql");
    private static final String VIEWS = read("views.sql");
    private static final String OF_SESSION = read("session.sql");
    private static final String OF_INSTALLATION = read("installed.sql");
    private static final String INSTALL = read("install.sql");
    private static final String REMOVE = read("remove.sql");

    /** The server has a random number good enough for a secret since PostgreSQL 13. */
    private static final int RANDOM_UUID = 130_000;

    private static final Map<String, String> WRITTEN = new ConcurrentHashMap<>();

    private RelayFunctions() {
    }

    /** Whether a function, the type or a view of this name is among what sessions have first. */
    static boolean isFirst(String name, Api api) {
        return Function.names().contains(name) && Function.of(name, api).isOfFirstKind()
                && name.equals(Function.of(name, api).sqlName());
    }

    /** CREATE FUNCTION statements for the temporary schema of a session: what most sessions need. */
    static String firstOfSession(Api api, int serverVersion) {
        return in(SessionRelay.SCHEMA, WRITTEN.computeIfAbsent("first " + api, key -> CORE + first(api) + OF_SESSION),
                serverVersion);
    }

    /**
     * The statements that make everything else.
     *
     * @param type whether the type of a handle is to be made
     */
    static String othersOfSession(Api api, boolean type, int serverVersion) {
        String others = WRITTEN.computeIfAbsent("others " + api, key -> others(api) + views()
                + Names.views().stream().map(view -> "GRANT SELECT ON @schema@." + view + " TO PUBLIC;\n")
                        .collect(Collectors.joining()));
        return in(SessionRelay.SCHEMA, (type ? FunctionWriter.handleType() : "") + others, serverVersion);
    }

    private static String first(Api api) {
        return write(api, function -> function.isOfFirstKind());
    }

    private static String others(Api api) {
        return write(api, function -> !function.isOfFirstKind())
                + alias(Function.GRANT) + alias(Function.REVOKE);
    }

    private static String write(Api api, Predicate<Function> which) {
        return Arrays.stream(Function.values()).filter(which)
                .filter(function -> function != Function.GRANT && function != Function.REVOKE)
                .map(function -> FunctionWriter.create(function, api)).collect(Collectors.joining());
    }

    private static String alias(Function function) {
        return function.sqlNames().stream().skip(1)
                .map(name -> FunctionWriter.alias(function, name.text(), function.sqlName()))
                .collect(Collectors.joining());
    }

    private static String views() {
        return VIEWS.replace("@listed@", FunctionWriter.definitions(Function.LIST.result()));
    }

    /**
     * A statement that installs the functions.
     *
     * @param schema where to, quoted if need be
     * @param renewing whether they are there, in this or in another version
     */
    static String install(String schema, Api api, boolean renewing, int serverVersion) {
        String made = CORE + first(api) + OF_INSTALLATION + others(api) + views();
        String text = INSTALL.replace("@renewing@", Boolean.toString(renewing))
                .replace("@version@", Installation.VERSION)
                .replace("@type@", FunctionWriter.handleType())
                .replace("@functions@", renewing ? made.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
                        .replace("CREATE VIEW", "CREATE OR REPLACE VIEW") : made);
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

    static String read(String name) {
        try (InputStream text = RelayFunctions.class.getResourceAsStream(name)) {
            return new String(text.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
