package io.pgbg.dispatch;

import io.pgbg.SQLState;
import io.pgbg.function.Function;
import io.pgbg.sql.Call;
import io.pgbg.wire.ServerError;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;

/**
 * A call with its arguments at their parameters.
 *
 * @param call the call as written
 * @param function what it calls
 * @param arguments one element per parameter of the function, null where an optional one is left out
 */
record BoundCall(Call call, Function function, List<Bound> arguments) {

    private static final String NO_MATCH_HINT =
            "No function matches the given name and argument types. You might need to add explicit type casts.";

    /** An argument: evaluated by the server, or the value of another call. */
    record Bound(Call.Argument argument, Function.Parameter parameter, BoundCall nested) {
    }

    /**
     * Puts the arguments at their parameters.
     *
     * @throws SQLException 42883 when they do not fit
     */
    static BoundCall of(Call call) throws SQLException {
        Function function = Function.of(call.function());
        List<Function.Parameter> parameters = function.parameters();
        Bound[] bound = new Bound[parameters.size()];
        for (int i = 0; i < call.arguments().size(); i++) {
            Call.Argument argument = call.arguments().get(i);
            int at = argument.name() == null ? i : position(parameters, argument.name());
            if (at < 0 || at >= bound.length || bound[at] != null) {
                throw noMatch(call, null, null);
            }
            BoundCall nested = argument.call() == null ? null : of(argument.call());
            bound[at] = new Bound(argument, parameters.get(at), nested);
        }
        for (int i = 0; i < bound.length; i++) {
            if (bound[i] == null && !parameters.get(i).optional()) {
                throw noMatch(call, null, null);
            }
        }
        return new BoundCall(call, function, java.util.Arrays.asList(bound));
    }

    private static int position(List<Function.Parameter> parameters, String name) {
        for (int i = 0; i < parameters.size(); i++) {
            if (parameters.get(i).names().contains(name)) {
                return i;
            }
        }
        return -1;
    }

    /** The arguments that the server evaluates, nested ones included, in the order of the text. */
    List<Bound> evaluated() {
        List<Bound> all = new ArrayList<>();
        collect(all);
        all.sort((a, b) -> Integer.compare(a.argument().start(), b.argument().start()));
        return all;
    }

    private void collect(List<Bound> all) {
        for (Bound bound : arguments) {
            if (bound == null) {
                continue;
            }
            if (bound.nested() != null) {
                bound.nested().collect(all);
            } else {
                all.add(bound);
            }
        }
    }

    /** Whether this call or one in its arguments is of a function. */
    boolean calls(Function wanted) {
        return function == wanted || arguments.stream()
                .anyMatch(bound -> bound != null && bound.nested() != null && bound.nested().calls(wanted));
    }

    /** The innermost call that has an argument. */
    BoundCall ownerOf(Bound wanted) {
        for (Bound bound : arguments) {
            if (bound == wanted) {
                return this;
            }
            BoundCall owner = bound == null || bound.nested() == null ? null : bound.nested().ownerOf(wanted);
            if (owner != null) {
                return owner;
            }
        }
        return null;
    }

    /**
     * The server's error for a call that fits no function.
     *
     * @param odd an argument whose type the server has told, or null
     * @param oddType that type
     */
    static SQLException noMatch(Call call, Call.Argument odd, String oddType) {
        StringJoiner types = new StringJoiner(", ");
        for (Call.Argument argument : call.arguments()) {
            String type = argument == odd ? oddType : typeOf(argument);
            types.add(argument.name() == null ? type : argument.name() + " => " + type);
        }
        return ServerError.error(SQLState.UNDEFINED_FUNCTION, "function %s(%s) does not exist", call.function(), types)
                .hint(NO_MATCH_HINT).position(call.start() + 1).toException();
    }

    /** The type of an argument as far as its text tells. */
    private static String typeOf(Call.Argument argument) {
        return switch (argument.form()) {
            case INTEGER -> argument.value().replaceFirst("^[-+]?0*", "").length() < 10 ? "integer" : "bigint";
            case CALL -> Function.of(argument.call().function()).returnsRecords() ? "record" : "integer";
            default -> "unknown";
        };
    }
}
