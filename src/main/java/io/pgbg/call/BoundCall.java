package io.pgbg.call;

import io.pgbg.SQLState;
import io.pgbg.function.Api;
import io.pgbg.function.Function;
import io.pgbg.function.Type;
import io.pgbg.sql.FunctionCall;
import io.pgbg.wire.ServerError;
import java.math.BigInteger;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.StringJoiner;
import java.util.function.Predicate;

/**
 * A call with its arguments at their parameters.
 *
 * @param call the call as written
 * @param function what it calls
 * @param arguments one element per parameter of the function, null where an optional one is left out
 * @param textStart where the call's statement stands in the caller's text
 */
record BoundCall(FunctionCall call, Function function, List<Bound> arguments, int textStart) {

    private static final String NO_MATCH_HINT =
            "No function matches the given name and argument types. You might need to add explicit type casts.";

    /** An argument: evaluated by the server, or the value of another call. */
    record Bound(FunctionCall.Argument argument, Function.Parameter parameter, BoundCall nested) {
    }

    /**
     * Puts the arguments at their parameters.
     *
     * @param textStart where the call's statement stands in the caller's text
     * @param api which functions the names mean
     * @throws SQLException 42883 when they do not fit, 42601 when named and other ones are mixed up
     */
    static BoundCall of(FunctionCall call, int textStart, Api api) throws SQLException {
        checkNames(call, textStart);
        Function function = Function.of(call.function(), api);
        List<Function.Parameter> parameters = function.parameters();
        Bound[] bound = new Bound[parameters.size()];
        for (int i = 0; i < call.arguments().size(); i++) {
            FunctionCall.Argument argument = call.arguments().get(i);
            int at = argument.name() == null ? i : position(parameters, argument.name());
            if (at < 0 || at >= bound.length || bound[at] != null) {
                throw noMatch(call, textStart, null, null);
            }
            BoundCall nested = argument.call() == null ? null : of(argument.call(), textStart, api);
            bound[at] = new Bound(argument, parameters.get(at), nested);
        }
        for (int i = 0; i < bound.length; i++) {
            if (bound[i] == null && !parameters.get(i).optional()) {
                throw noMatch(call, textStart, null, null);
            }
        }
        return new BoundCall(call, function, Arrays.asList(bound), textStart);
    }

    /** What the server's grammar demands of named arguments. */
    private static void checkNames(FunctionCall call, int textStart) throws SQLException {
        Set<String> names = new HashSet<>();
        for (FunctionCall.Argument argument : call.arguments()) {
            if (argument.name() == null && !names.isEmpty()) {
                throw ServerError.error(SQLState.SYNTAX_ERROR, "positional argument cannot follow named argument")
                        .position(textStart + argument.start() + 1).toException();
            }
            if (argument.name() != null && !names.add(argument.name())) {
                throw ServerError.error(SQLState.SYNTAX_ERROR, "argument name \"%s\" used more than once",
                        argument.name()).position(textStart + argument.start() + 1).toException();
            }
        }
    }

    private static int position(List<Function.Parameter> parameters, String name) {
        for (int i = 0; i < parameters.size(); i++) {
            if (parameters.get(i).names().contains(name)) {
                return i;
            }
        }
        return -1;
    }

    /**
     * The argument of a parameter.
     *
     * @param name one of the parameter's names
     * @return null when it is left out
     */
    Bound argument(String name) {
        return arguments.get(position(function.parameters(), name));
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

    /** Whether this call or one in its arguments is of such a function. */
    boolean calls(Predicate<Function> wanted) {
        return wanted.test(function) || arguments.stream()
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
    SQLException noMatch(FunctionCall.Argument odd, String oddType) {
        return noMatch(call, textStart, odd, oddType);
    }

    private static SQLException noMatch(FunctionCall call, int textStart, FunctionCall.Argument odd, String oddType) {
        StringJoiner types = new StringJoiner(", ");
        for (FunctionCall.Argument argument : call.arguments()) {
            String type = argument == odd ? oddType : typeOf(argument);
            types.add(argument.name() == null ? type : argument.name() + " => " + type);
        }
        return ServerError.error(SQLState.UNDEFINED_FUNCTION, "function %s(%s) does not exist", call.function(), types)
                .hint(NO_MATCH_HINT).position(textStart + call.start() + 1).toException();
    }

    /** The type of an argument as far as its text tells. */
    private static String typeOf(FunctionCall.Argument argument) {
        return switch (argument.form()) {
            case INTEGER -> integerType(new BigInteger(argument.value()));
            // no other one can be an argument
            case CALL -> Type.INTEGER.sqlName();
            default -> "unknown";
        };
    }

    private static String integerType(BigInteger value) {
        // the digits count: a minus is an operator
        int bits = value.abs().bitLength();
        return bits < Integer.SIZE ? "integer" : bits < Long.SIZE ? "bigint" : "numeric";
    }
}
