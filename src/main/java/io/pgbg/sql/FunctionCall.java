package io.pgbg.sql;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * A call of one of the driver's functions as it stands in a statement.
 *
 * @param function the function's name, in lower case, without schema
 * @param arguments the arguments in text order; each named argument carries its name
 * @param start offset in the statement's text of the call's first character (the schema, if it is qualified)
 * @param end offset behind the closing parenthesis
 */
public record FunctionCall(String function, List<Argument> arguments, int start, int end) {

    public FunctionCall {
        arguments = List.copyOf(arguments);
    }

    /** The JDBC parameters that are arguments by themselves, counted from 1 over the call's. */
    public Set<Integer> parametersAlone() {
        Set<Integer> alone = new TreeSet<>();
        int last = 0;
        for (Argument argument : arguments) {
            last += argument.parameters();
            if (argument.form() == Form.PARAMETER) {
                alone.add(last);
            }
        }
        return alone;
    }

    /** The call without the arguments that are nothing but one of these JDBC parameters. */
    public FunctionCall without(Set<Integer> parameters) {
        List<Argument> rest = new ArrayList<>();
        int last = 0;
        for (Argument argument : arguments) {
            last += argument.parameters();
            if (argument.form() != Form.PARAMETER || !parameters.contains(last)) {
                rest.add(argument);
            }
        }
        return new FunctionCall(function, rest, start, end);
    }

    /**
     * One argument of a call.
     *
     * @param name the argument's name for {@code name => value} and {@code name := value}, folded as the server folds
     *     identifiers, or null for a positional one
     * @param text the expression as written, comments inside it included
     * @param start offset of the expression in the statement's text
     * @param form what the reader can tell of the value without the server
     * @param value the value of a {@link Form#STRING} (unescaped), the digits of an {@link Form#INTEGER} (a sign
     *     included); otherwise null
     * @param call the nested call for {@link Form#CALL}; otherwise null
     * @param parameters the number of JDBC parameters in the expression
     */
    public record Argument(String name, String text, int start, Form form, String value, FunctionCall call,
            int parameters) {
    }

    /** The forms of arguments. */
    public enum Form {
        /** The keyword NULL alone. */
        NULL,
        /** One string literal of any kind, and nothing else. */
        STRING,
        /** An optional sign and decimal digits, and nothing else. */
        INTEGER,
        /** One JDBC parameter, and nothing else. */
        PARAMETER,
        /** Another call of one of the driver's functions, and nothing else but parentheses around it. */
        CALL,
        /** Any other expression, without such a call in it. */
        EXPRESSION
    }
}
