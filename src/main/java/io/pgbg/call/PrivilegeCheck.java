package io.pgbg.call;

import io.pgbg.SQLState;
import io.pgbg.function.Function;
import io.pgbg.relay.Installation;
import io.pgbg.sql.Quoting;
import io.pgbg.wire.ServerError;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Asks the server whether the current role may call functions that the driver answers, but that are installed there,
 * too.
 * Pure functions.
 */
final class PrivilegeCheck {

    private PrivilegeCheck() {
    }

    /**
     * An expression: NULL, or the name of the first function that may not be called.
     *
     * @param call a call, with the calls in its arguments
     */
    static String sql(BoundCall call, Installation installation) {
        List<BoundCall> calls = new ArrayList<>();
        collect(call, calls);
        return calls.stream().map(one -> check(one, installation))
                .collect(Collectors.joining("", "CASE", " END"));
    }

    private static void collect(BoundCall call, List<BoundCall> calls) {
        calls.add(call);
        call.arguments().stream().filter(bound -> bound != null && bound.nested() != null)
                .forEach(bound -> collect(bound.nested(), calls));
    }

    private static String check(BoundCall call, Installation installation) {
        String name = call.call().function();
        int given = IntStream.range(0, call.arguments().size()).filter(i -> call.arguments().get(i) != null)
                .map(i -> i + 1).max().orElse(0);
        String signature = installation.schema() + '.' + name + call.function().signature(given).stream()
                .map(parameter -> parameter.type().declaration(installation.schema()))
                .collect(Collectors.joining(", ", "(", ")"));
        return " WHEN NOT pg_catalog.has_function_privilege(COALESCE(" + installed("p.oid OPERATOR(pg_catalog.=)"
                + " pg_catalog.to_regprocedure('" + signature + "')::pg_catalog.oid", installation)
                // one of its other signatures
                + ", " + installed(named(name), installation)
                // an older driver has installed fewer functions: who may not launch may do nothing
                + ", " + installed(named(Function.LAUNCH.sqlName()), installation) + "), 'EXECUTE') THEN '" + name
                + "'";
    }

    private static String named(String name) {
        return "p.proname OPERATOR(pg_catalog.=) '" + name + "'";
    }

    private static String installed(String condition, Installation installation) {
        return "(SELECT p.oid FROM pg_catalog.pg_proc AS p WHERE " + condition
                + " AND p.pronamespace OPERATOR(pg_catalog.=) pg_catalog.to_regnamespace("
                + Quoting.literal(installation.schema()) + ")::pg_catalog.oid AND " + Installation.IS_PART
                + " LIMIT 1)";
    }

    /** The server's error for a call that is not allowed. */
    static SQLException denied(String function) {
        return ServerError.error(SQLState.INSUFFICIENT_PRIVILEGE, "permission denied for function %s", function)
                .toException();
    }
}
