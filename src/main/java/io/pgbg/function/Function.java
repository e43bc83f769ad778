package io.pgbg.function;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** The functions that the driver answers. */
public enum Function {
    LAUNCH("pg_background_launch", false, Parameter.of(Type.TEXT, "sql"),
            Parameter.optional(Type.INTEGER, "queue_size")),
    RESULT("pg_background_result", true, Parameter.of(Type.INTEGER, "pid")),
    DETACH("pg_background_detach", false, Parameter.of(Type.INTEGER, "pid")),
    GRANT("grant_pg_background_privileges", false, Parameter.of(Type.TEXT, "user_name", "role_name"),
            Parameter.optional(Type.BOOLEAN, "print_commands")),
    REVOKE("revoke_pg_background_privileges", false, Parameter.of(Type.TEXT, "user_name", "role_name"),
            Parameter.optional(Type.BOOLEAN, "print_commands"));

    private static final Map<String, Function> BY_NAME = Arrays.stream(values())
            .collect(Collectors.toUnmodifiableMap(Function::sqlName, function -> function));

    private final String sqlName;
    private final boolean returnsRecords;
    private final List<Parameter> parameters;

    Function(String sqlName, boolean returnsRecords, Parameter... parameters) {
        this.sqlName = sqlName;
        this.returnsRecords = returnsRecords;
        this.parameters = List.of(parameters);
    }

    /** A parameter of a function, its names in the order of their age. */
    public record Parameter(List<String> names, Type type, boolean optional) {

        static Parameter of(Type type, String... names) {
            return new Parameter(List.of(names), type, false);
        }

        static Parameter optional(Type type, String... names) {
            return new Parameter(List.of(names), type, true);
        }
    }

    /** All names, in lower case. */
    public static Set<String> names() {
        return BY_NAME.keySet();
    }

    /** The function of a name in lower case. */
    public static Function of(String name) {
        Function function = BY_NAME.get(name);
        if (function == null) {
            throw new IllegalArgumentException("not a function of the driver: " + name);
        }
        return function;
    }

    public String sqlName() {
        return sqlName;
    }

    /** Whether the function returns {@code SETOF record}, so that a column definition list belongs to it. */
    public boolean returnsRecords() {
        return returnsRecords;
    }

    public List<Parameter> parameters() {
        return parameters;
    }
}
