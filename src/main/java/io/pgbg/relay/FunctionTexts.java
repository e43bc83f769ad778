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

/**
 * The texts that make and remove the functions, for one session.
 *
 * <p>Thread-safe. What all sessions have in common is put together once.
 */
public final class FunctionTexts {

    /** Since PostgreSQL 13 the server has a strong random number in SQL. */
    private static final int RANDOM_UUID = 130_000;

    private static final Map<String, String> WRITTEN = new ConcurrentHashMap<>();

    /** The name of the function that all others call. */
    private static final String CALL = "pg_background_call";

    /** Stands before the name of a view, because a function may have the same name. */
    private static final String VIEW = "view ";

    /** Stands before the name of a type, for the same reason. */
    private static final String TYPE = "type ";

    private final String sessionSql;
    private final int serverVersion;

    /** Read when the first session needs one, not with the first connection. */
    private static final class Templates {

        static final String CORE = ForgottenRoles.write(read("core.sql"));
        static final String VIEWS = read("views.sql")
                .replace("@listed@", FunctionWriter.definitions(Function.LIST.result()));
        static final String OF_SESSION = read("session.sql");
        static final String OF_INSTALLATION = read("installed.sql");
        static final String INSTALL = alone(read("install.sql"));
        static final String REMOVE = alone(read("remove.sql"));

        /** Lets no two sessions install or remove at the same time. */
        private static String alone(String template) {
            return template.replace("@alone@", read("alone.sql").stripTrailing());
        }
    }

    /**
     * @param sessionSql what {@code core.sql} evaluates to describe a session
     * @param serverVersion such as 150000
     */
    FunctionTexts(String sessionSql, int serverVersion) {
        this.sessionSql = sessionSql;
        this.serverVersion = serverVersion;
    }

    /**
     * What a session needs for a statement: the names of types, functions and views, in the order in which they can be
     * made.
     *
     * @param names the types, the functions and the views that the statement names
     */
    static List<String> needed(Collection<String> names, Api api) {
        Set<String> functions = names.stream().filter(Function.names()::contains).collect(Collectors.toSet());
        Set<String> views = names.stream().filter(Names.views()::contains).collect(Collectors.toSet());
        if (!views.isEmpty()) {
            functions.add(Function.LIST.sqlName());
        }
        List<String> needed = new ArrayList<>();
        Names.types().stream().filter(type -> names.contains(type)
                || functions.stream().anyMatch(name -> type.equals(Function.of(name, api).typeName())))
                .forEach(type -> needed.add(TYPE + type));
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

    static boolean isType(String name) {
        return name.startsWith(TYPE);
    }

    static String typeName(String name) {
        return name.substring(TYPE.length());
    }

    static String viewName(String name) {
        return name.substring(VIEW.length());
    }

    /**
     * The statement that makes a function, a type or a view in the temporary schema of the session.
     *
     * @param name one of the names that {@link #needed} returns
     */
    String ofSession(String name, Api api) {
        return in(SessionFunctions.SCHEMA, WRITTEN.computeIfAbsent(api + " " + name, key -> text(name, api)));
    }

    private static String text(String name, Api api) {
        if (isType(name)) {
            return FunctionWriter.type(typeName(name));
        }
        if (CALL.equals(name)) {
            return Templates.CORE;
        }
        if (isView(name)) {
            return view(viewName(name)) + "GRANT SELECT ON @schema@." + viewName(name) + " TO PUBLIC;\n";
        }
        return switch (Function.of(name, api)) {
            case GRANT -> Templates.OF_SESSION.substring(0, startOfRevoke()).replace("@name@", name);
            case REVOKE -> Templates.OF_SESSION.substring(startOfRevoke()).replace("@name@", name);
            default -> FunctionWriter.ofSession(Function.of(name, api), name);
        };
    }

    private static int startOfRevoke() {
        return Templates.OF_SESSION.lastIndexOf("CREATE FUNCTION");
    }

    private static String view(String name) {
        int start = Templates.VIEWS.indexOf("CREATE VIEW @schema@." + name);
        return Templates.VIEWS.substring(start).split(";", 2)[0] + ";\n";
    }

    private static String write(Api api) {
        return Arrays.stream(Function.values())
                .filter(function -> function != Function.GRANT && function != Function.REVOKE)
                .map(function -> FunctionWriter.create(function, api)).collect(Collectors.joining());
    }

    private static String alias(Function function) {
        return function.sqlNames().stream().skip(1)
                .map(name -> FunctionWriter.alias(function, name.text(), function.sqlName()))
                .collect(Collectors.joining());
    }

    /**
     * A statement that installs the functions.
     *
     * @param schema where to install them, quoted if need be
     * @param api the version of the functions
     * @param renewing whether they are installed already, in this or in another version
     */
    public String install(String schema, Api api, boolean renewing) {
        String made = Templates.CORE + write(api) + Templates.OF_INSTALLATION + alias(Function.GRANT)
                + alias(Function.REVOKE) + Templates.VIEWS;
        String text = Templates.INSTALL.replace("@renewing@", Boolean.toString(renewing))
                .replace("@version@", Installation.VERSION)
                .replace("@types@", Names.types().stream()
                        .map(type -> "('" + type + "', $type$" + FunctionWriter.type(type) + "$type$)")
                        .collect(Collectors.joining(", ")))
                .replace("@launched@", api == Api.ONE ? "pg_catalog.int4" : "@schema@." + Names.HANDLE)
                .replace("@functions@", renewing ? made.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
                        .replace("CREATE VIEW", "CREATE OR REPLACE VIEW") : made);
        return in(schema, text);
    }

    /**
     * A statement that removes what was installed.
     *
     * @param schema where it is installed, quoted if need be
     * @param cascade whether to remove the objects that depend on it, too
     */
    public static String remove(String schema, boolean cascade) {
        return Templates.REMOVE.replace("@behaviour@", cascade ? "CASCADE" : "RESTRICT").replace("@schema@", schema);
    }

    private String in(String schema, String template) {
        String token = serverVersion >= RANDOM_UUID
                ? "pg_catalog.replace(pg_catalog.gen_random_uuid()::pg_catalog.text, '-', '')"
                : "pg_catalog.md5(pg_catalog.concat(pg_catalog.random(), pg_catalog.clock_timestamp(),"
                        + " pg_catalog.random()))";
        return Proof.write(template.replace("@schema@", schema).replace("@token@", token)
                .replace("@session@", sessionSql), serverVersion);
    }

    static String read(String name) {
        try (InputStream text = FunctionTexts.class.getResourceAsStream(name)) {
            return new String(text.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
