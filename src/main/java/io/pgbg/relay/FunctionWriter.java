package io.pgbg.relay;

import io.pgbg.function.Api;
import io.pgbg.function.Function;
import io.pgbg.function.ResultType;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Writes the functions that users call, as the server is to have them: each passes its arguments to
 * {@code pg_background_call} and returns the values of the reply. The schema stands in the texts as {@code @schema@}.
 *
 * <p>Pure functions.
 */
final class FunctionWriter {

    private static final String SCHEMA = "@schema@";
    private static final String ANSWER = "DECLARE\n  answer pg_catalog.text[];\nBEGIN\n";
    private static final String END = "END\n";

    private static final String ROWS = FunctionTexts.read("rows.sql");
    private static final String PROGRESS = FunctionTexts.read("progress.sql");

    /** Where the values of a reply begin: behind its kind, and what the function is to do with it. */
    private static final int FIRST_VALUE = 3;

    private FunctionWriter() {
    }

    /** The statement that makes one of the composite types. */
    static String type(String name) {
        return "\nCREATE TYPE " + SCHEMA + '.' + name + " AS (" + definitions(Function.resultOfType(name)) + ");\n";
    }

    /** The columns of a result, as in a column definition list. */
    static String definitions(ResultType result) {
        return result.columns().stream().map(column -> column.name() + ' ' + column.type().declaration(SCHEMA))
                .collect(Collectors.joining(", "));
    }

    /** The statements that make a function under each of the names that it has in a version. */
    static String create(Function function, Api api) {
        StringBuilder text = new StringBuilder();
        for (Function.Name name : function.sqlNames()) {
            if (name.isIn(api)) {
                function.signatures().forEach(parameters -> text.append(create(function, name.text(), parameters)));
            }
        }
        return text.toString();
    }

    /**
     * The statement that makes a function of a session. It has one list of parameters, and the driver writes an
     * argument for each where it can; a cookie that is left out is 0, which is no cookie.
     */
    static String ofSession(Function function, String name) {
        List<Function.Parameter> parameters = function.parameters().stream().map(parameter ->
                parameter.optional() && parameter.defaultSql() == null ? new Function.Parameter(parameter.names(),
                        parameter.type(), "0", true, false) : parameter).toList();
        return create(function, name, parameters);
    }

    /**
     * The statement that makes a function that passes its arguments to another one.
     *
     * @param name of the function that is made
     * @param other the name of the function that it calls, which has the same parameters
     */
    static String alias(Function function, String name, String other) {
        List<Function.Parameter> parameters = function.parameters().stream().map(parameter -> new Function.Parameter(
                List.of(parameter.names().get(parameter.names().size() - 1)), parameter.type(),
                parameter.defaultSql(), parameter.optional(), parameter.nullable())).toList();
        return create(function, name, parameters, "BEGIN\n  RETURN " + SCHEMA + '.' + other + '('
                + parameters.stream().map(Function.Parameter::name).collect(Collectors.joining(", ")) + ");\n" + END);
    }

    private static String create(Function function, String name, List<Function.Parameter> parameters) {
        return create(function, name, parameters, body(function, parameters));
    }

    private static String create(Function function, String name, List<Function.Parameter> parameters, String body) {
        boolean strict = !parameters.isEmpty() && parameters.stream().noneMatch(Function.Parameter::nullable);
        return "\nCREATE FUNCTION " + SCHEMA + '.' + name + '(' + signature(function.result(), parameters) + ')'
                + returns(function.result()) + "\nLANGUAGE plpgsql VOLATILE COST 1" + (strict ? " STRICT" : "")
                + settings(function) + "\nAS $f$\n" + body + "$f$;\n";
    }

    /**
     * A function that reads rows reads NULLs in arrays as NULLs, whatever the session's settings are; but a launch must
     * see the session's own settings.
     */
    private static String settings(Function function) {
        return function.result().isSet() && function != Function.RUN_QUERY ? "\nSET array_nulls TO on" : "";
    }

    /**
     * The parameters, and among them the columns of a record. A column with the name of a parameter becomes an INOUT
     * parameter, after the columns that precede it.
     */
    private static String signature(ResultType result, List<Function.Parameter> parameters) {
        boolean declared = result.shape() == ResultType.Shape.RECORD && result.typeName() == null;
        List<ResultType.Column> columns = declared ? result.columns() : List.of();
        List<String> parts = new ArrayList<>();
        int written = 0;
        for (Function.Parameter parameter : parameters) {
            String declaration = parameter.name() + ' ' + parameter.type().declaration(SCHEMA)
                    + (parameter.defaultSql() == null ? "" : " DEFAULT " + parameter.defaultSql());
            int same = indexOf(columns, parameter.name());
            while (same >= 0 && written < same) {
                parts.add(out(columns.get(written)));
                written++;
            }
            written += same >= 0 ? 1 : 0;
            parts.add(same >= 0 ? "INOUT " + declaration : declaration);
        }
        columns.subList(written, columns.size()).forEach(column -> parts.add(out(column)));
        return String.join(", ", parts);
    }

    private static int indexOf(List<ResultType.Column> columns, String name) {
        return columns.stream().map(ResultType.Column::name).toList().indexOf(name);
    }

    private static String out(ResultType.Column column) {
        return "OUT " + column.name() + ' ' + column.type().declaration(SCHEMA);
    }

    private static String returns(ResultType result) {
        if (result.typeName() != null) {
            return " RETURNS " + SCHEMA + '.' + result.typeName();
        }
        return switch (result.shape()) {
            case VOID -> " RETURNS pg_catalog.void";
            case VALUE -> " RETURNS " + result.columns().get(0).type().declaration(SCHEMA);
            case HANDLE, RECORD -> "";
            case TABLE -> " RETURNS TABLE (" + definitions(result) + ')';
            case RECORDS, ROWS -> " RETURNS SETOF pg_catalog.record";
        };
    }

    private static String body(Function function, List<Function.Parameter> parameters) {
        if (function == Function.PROGRESS) {
            return PROGRESS;
        }
        String nulls = nulls(function.result(), parameters);
        String call = call(function, parameters);
        return switch (function.result().shape()) {
            case VOID -> "BEGIN\n" + nulls + "  PERFORM " + call + ";\n" + END;
            case VALUE -> "BEGIN\n" + nulls + "  RETURN (" + call + ")[" + FIRST_VALUE + "];\n" + END;
            case HANDLE -> ANSWER + nulls + "  answer := " + call + ";\n  IF answer[" + FIRST_VALUE
                    + "] IS NOT NULL THEN\n    RETURN " + composite(function.result())
                    + ";\n  END IF;\n  RETURN NULL;\n" + END;
            case RECORD -> ANSWER + nulls + "  answer := " + call + ";\n" + (function.result().typeName() == null
                    ? assignments(function.result()) : "  RETURN " + composite(function.result()) + ";\n") + END;
            case TABLE, RECORDS, ROWS -> ROWS.replace("@nulls@", nulls).replace("@call@", call);
        };
    }

    private static String call(Function function, List<Function.Parameter> parameters) {
        return SCHEMA + ".pg_background_call('" + function.operation() + "', ARRAY["
                + IntStream.range(0, function.parameters().size())
                        .mapToObj(i -> i < parameters.size() ? parameters.get(i).name()
                                : function.parameters().get(i).defaultSql())
                        .filter(Objects::nonNull).map(argument -> argument + "::pg_catalog.text")
                        .collect(Collectors.joining(", ")) + "]::pg_catalog.text[]"
                + (function.asksSession() ? ", true" : "") + ')';
    }

    /** Does what STRICT does, for the other arguments of a function that accepts NULL for one of them. */
    private static String nulls(ResultType result, List<Function.Parameter> parameters) {
        if (parameters.stream().noneMatch(Function.Parameter::nullable)) {
            return "";
        }
        String condition = parameters.stream().filter(parameter -> !parameter.nullable())
                .map(parameter -> parameter.name() + " IS NULL").collect(Collectors.joining(" OR "));
        String nothing = switch (result.shape()) {
            case HANDLE, VALUE -> "    RETURN NULL;\n";
            case RECORD -> parameters.stream().filter(parameter -> indexOf(result.columns(), parameter.name()) >= 0)
                    .map(parameter -> "    " + parameter.name() + " := NULL;\n").collect(Collectors.joining())
                    + "    RETURN;\n";
            case VOID, TABLE, RECORDS, ROWS -> "    RETURN;\n";
        };
        return "  IF " + condition + " THEN\n" + nothing + "  END IF;\n";
    }

    private static String composite(ResultType result) {
        return IntStream.range(0, result.columns().size())
                .mapToObj(i -> "answer[" + (FIRST_VALUE + i) + "]::"
                        + result.columns().get(i).type().declaration(SCHEMA))
                .collect(Collectors.joining(", ", "ROW(", ")::")) + SCHEMA + '.' + result.typeName();
    }

    private static String assignments(ResultType result) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < result.columns().size(); i++) {
            text.append("  ").append(result.columns().get(i).name()).append(" := answer[").append(FIRST_VALUE + i)
                    .append("];\n");
        }
        return text.toString();
    }
}
