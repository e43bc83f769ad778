package io.pgbg.execution;

import io.pgbg.function.Api;
import io.pgbg.function.Function;
import io.pgbg.function.Type;
import io.pgbg.relay.Installation;
import io.pgbg.session.Setting;
import io.pgbg.sql.CallTarget;
import io.pgbg.sql.Signatures;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** The functions on the server that relayed statements call. Pure functions. */
final class CallTargets {

    private static final Map<Api, Signatures> OF_SESSION = signatures(false);
    private static final Map<Api, Signatures> INSTALLED = signatures(true);
    /** The schema in which the functions live as long as the session. */
    private static final String TEMPORARY = "pg_temp";

    private static final UnaryOperator<String> SETTINGS = Setting::textOf;

    private CallTargets() {
    }

    /** The functions of a session. */
    public static CallTarget session(Api api) {
        return new CallTarget(TEMPORARY, true, OF_SESSION.get(api), SETTINGS);
    }

    /** Functions that are installed. */
    static CallTarget installed(Installation installation) {
        return new CallTarget(installation.schema(), false, INSTALLED.get(installation.api()), SETTINGS);
    }

    private static Map<Api, Signatures> signatures(boolean installed) {
        Map<Api, Signatures> all = new EnumMap<>(Api.class);
        for (Api api : Api.values()) {
            Map<String, List<Signatures.Parameter>> byName = new HashMap<>();
            Function.names().forEach(name -> byName.put(name, parameters(Function.of(name, api), name, installed)));
            all.put(api, byName::get);
        }
        return all;
    }

    private static List<Signatures.Parameter> parameters(Function function, String name, boolean installed) {
        boolean alias = installed && !name.equals(function.sqlName());
        int fewest = installed ? function.signatures().get(0).size() : Integer.MAX_VALUE;
        return function.parameters().stream().map(parameter -> new Signatures.Parameter(
                alias ? reversed(parameter.names()) : parameter.names(), parameter.type().before(),
                parameter.type().after(), parameter.optional(),
                parameter.defaultSql() == null ? null : omitted(parameter.type()),
                function.parameters().indexOf(parameter) >= fewest)).toList();
    }

    /** The parameters of an installed function under a newer name have their newer names. */
    private static List<String> reversed(List<String> names) {
        List<String> reversed = new ArrayList<>(names);
        Collections.reverse(reversed);
        return reversed;
    }

    /** What says the same as no argument: every queue size, time-out and grace of 0 stands for the default. */
    private static String omitted(Type type) {
        return switch (type) {
            case TEXT -> "NULL::pg_catalog.text";
            case BOOLEAN -> "false";
            case INTEGER -> "0";
            default -> throw new IllegalArgumentException("no default: " + type);
        };
    }
}
