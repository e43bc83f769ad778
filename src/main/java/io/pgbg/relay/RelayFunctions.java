package io.pgbg.relay;

import io.pgbg.function.Api;
import io.pgbg.function.Function;
import io.pgbg.function.Names;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/** The texts that make and remove the functions. Thread-safe; texts are put together once. */
final class RelayFunctions {

    private static final String CORE = read("core.sql");
    private static final String VIEWS = read("views.sql");
    private static final String OF_INSTALLATION = read("installed.sql");
    private static final String INSTALL = read("install.sql");
    private static final String REMOVE = read("remove.sql");

    /** The server has a good random number since PostgreSQL 13. */
    private static final int RANDOM_UUID = 130_000;

    private static final Map<Function, String> OF_SESSION = ofSession();

    private static final Map<String, String> WRITTEN = new ConcurrentHashMap<>();

    private RelayFunctions() {
    }

    /** What the functions are called that all others need. */
    private static final String CALL = "pg_background_call";

    /** What stands before the name of a view, which a function may have as well. */
    private static final String VIEW = "view ";

    /**
     * What a session needs for a statement: the names of functions, of the type, and of views, in the order in which they
     * can be made.
     *
     * @param names what the statement names
     */
    static List<String> needed(Collection<String> names, Api api) {
        Set<String> functions = names.stream().filter(Function.names()::contains).collect(Collectors.toSet());
        Set<String> views = names.stream().filter(Names.views()::contains).collect(Collectors.toSet());
        if (!views.isEmpty()) {
            functions.add(Function.LIST.sqlName());
        }
        List<String> needed = new ArrayList<>();
        if (names.contains(Names.HANDLE) || functions.stream().anyMatch(name -> Function.of(name, api).usesHandle())) {
            needed.add(Names.HANDLE);
        }
        if (!functions.isEmpty()) {
            needed.add(CALL);
        }
        needed.addAll(functions);
        views.forEach(view -> needed.add(VIEW + view));
        return needed;
    }

    static boolean isView(String name) {
        return name.startsWith(VIEW);
    }

    static String viewName(String name) {
        return name.substring(VIEW.length());
    }

    /**
     * The statement that makes what {@link #needed} names, in the temporary schema of a session.
     *
     * @param sessionSql what {@code core.sql} has for a session
     */
    static String ofSession(String name, Api api, String sessionSql, int serverVersion) {
        return in(SessionFunctions.SCHEMA, WRITTEN.computeIfAbsent(api + " " + name, key -> text(name, api)),
                sessionSql, serverVersion);
    }

    private static String text(String name, Api api) {
        if (Names.HANDLE.equals(name)) {
            return FunctionWriter.handleType();
        }
        if (CALL.equals(name)) {
            return CORE;
        }
        if (isView(name)) {
            return view(viewName(name)) + "GRANT SELECT ON @schema@." + viewName(name) + " TO PUBLIC;\n";
        }
        Function function = Function.of(name, api);
        return function == Function.GRANT || function == Function.REVOKE
                ? OF_SESSION.get(function).replace("@name@", name) : FunctionWriter.ofSession(function, name);
    }

    private static String view(String name) {
        return views().substring(views().indexOf("CREATE VIEW @schema@." + name)).split(";", 2)[0] + ";\n";
    }

    private static String write(Api api) {
        return Arrays.stream(Function.values())
                .filter(function -> function != Function.GRANT && function != Function.REVOKE)
                .map(function -> FunctionWriter.create(function, api)).collect(Collectors.joining());
    }

    private static Map<Function, String> ofSession() {
        String text = read("session.sql");
        int second = text.lastIndexOf("CREATE FUNCTION");
        return Map.of(Function.GRANT, text.substring(0, second), Function.REVOKE, text.substring(second));
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
     * @param sessionSql what {@code core.sql} has for a session
     */
    static String install(String schema, Api api, boolean renewing, String sessionSql, int serverVersion) {
        String made = CORE + write(api) + OF_INSTALLATION + alias(Function.GRANT) + alias(Function.REVOKE) + views();
        String text = INSTALL.replace("@renewing@", Boolean.toString(renewing))
                .replace("@version@", Installation.VERSION)
                .replace("@type@", FunctionWriter.handleType())
                .replace("@functions@", renewing ? made.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
                        .replace("CREATE VIEW", "CREATE OR REPLACE VIEW") : made);
        return in(schema, text, sessionSql, serverVersion);
    }

    /**
     * A statement that removes what was installed.
     *
     * @param schema where it is, quoted if need be
     */
    static String remove(String schema, boolean cascade) {
        return REMOVE.replace("@behaviour@", cascade ? "CASCADE" : "RESTRICT").replace("@schema@", schema);
    }

    private static String in(String schema, String template, String sessionSql, int serverVersion) {
        String token = serverVersion >= RANDOM_UUID
                ? "pg_catalog.replace(pg_catalog.gen_random_uuid()::pg_catalog.text, '-', '')"
                : "pg_catalog.md5(pg_catalog.concat(pg_catalog.random(), pg_catalog.clock_timestamp(),"
                        + " pg_catalog.random()))";
        return template.replace("@schema@", schema).replace("@token@", token).replace("@session@", sessionSql);
    }

    static String read(String name) {
        try (InputStream text = RelayFunctions.class.getResourceAsStream(name)) {
            return new String(text.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
