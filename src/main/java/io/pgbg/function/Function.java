package io.pgbg.function;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The functions that the driver answers: one constant for each thing that can be done, with all its names. Functions of
 * the same purpose that differ in their parameters or their result are constants of their own.
 */
public enum Function {
    LAUNCH(ResultType.value(Type.INTEGER), only(Api.ONE, "pg_background_launch", "1.0"),
            Parameter.SQL, Parameter.QUEUE_SIZE),
    RESULT(ResultType.ROWS, name("pg_background_result", "1.0"),
            Parameter.PID, Parameter.overload(Type.BIGINT, "cookie")),
    DETACH(ResultType.NOTHING, name("pg_background_detach", "1.0"),
            Parameter.PID, Parameter.overload(Type.BIGINT, "cookie")),
    GRANT(ResultType.value(Type.BOOLEAN), names("grant_pg_background_privileges", "1.4",
            "pg_background_grant_privileges", "2.0"), Parameter.ROLE, Parameter.PRINT),
    REVOKE(ResultType.value(Type.BOOLEAN), names("revoke_pg_background_privileges", "1.4",
            "pg_background_revoke_privileges", "2.0"), Parameter.ROLE, Parameter.PRINT),

    LAUNCH_HANDLE(ResultType.HANDLE, List.of(new Name("pg_background_launch_v2", "1.6", null),
            new Name("pg_background_launch", "2.0", Api.TWO)), Parameter.SQL, Parameter.QUEUE_SIZE, Parameter.LABEL),
    SUBMIT(ResultType.HANDLE,
            names("pg_background_submit_v2", "1.6", "pg_background_submit", "2.0"),
            Parameter.SQL, Parameter.QUEUE_SIZE, Parameter.LABEL),
    RESULT_V2(ResultType.ROWS, name("pg_background_result_v2", "1.6"), Parameter.PID, Parameter.COOKIE),
    DETACH_V2(ResultType.NOTHING, name("pg_background_detach_v2", "1.6"), Parameter.PID, Parameter.COOKIE),
    CANCEL(ResultType.NOTHING, name("pg_background_cancel", "2.0"),
            Parameter.PID, Parameter.COOKIE, Parameter.optional(Type.INTEGER, "grace_ms", "0")),
    CANCEL_V2(ResultType.NOTHING, name("pg_background_cancel_v2", "1.6"), Parameter.PID, Parameter.COOKIE),
    CANCEL_V2_GRACE(ResultType.NOTHING, name("pg_background_cancel_v2_grace", "1.6"),
            Parameter.PID, Parameter.COOKIE, Parameter.of(Type.INTEGER, "grace_ms")),
    WAIT(ResultType.value(Type.BOOLEAN), name("pg_background_wait", "2.0"),
            Parameter.PID, Parameter.COOKIE, Parameter.TIMEOUT),
    WAIT_V2(ResultType.NOTHING, name("pg_background_wait_v2", "1.6"), Parameter.PID, Parameter.COOKIE),
    WAIT_V2_TIMEOUT(ResultType.value(Type.BOOLEAN), name("pg_background_wait_v2_timeout", "1.6"),
            Parameter.PID, Parameter.COOKIE, Parameter.of(Type.INTEGER, "timeout_ms")),
    LIST(ResultType.LISTED_WITH_LABEL, name("pg_background_list", "2.0")),
    LIST_V2(ResultType.LISTED, name("pg_background_list_v2", "1.6")),
    STATS(ResultType.STATISTICS_WITH_TIME_OUTS, name("pg_background_stats", "2.0")),
    STATS_V2(ResultType.STATISTICS, name("pg_background_stats_v2", "1.8")),
    PROGRESS(ResultType.NOTHING, names("pg_background_progress", "1.8", "pg_background_report_progress", "2.0"),
            new Parameter(List.of("pct"), Type.INTEGER, null, false, true), Parameter.nullable("msg")),
    GET_PROGRESS(ResultType.PROGRESS,
            names("pg_background_get_progress_v2", "1.8", "pg_background_get_progress", "2.0"),
            Parameter.PID, Parameter.COOKIE),
    RESULT_INFO(ResultType.INFO, names("pg_background_result_info_v2", "1.9", "pg_background_result_info", "2.0"),
            Parameter.PID, Parameter.COOKIE),
    ERROR_INFO(ResultType.ERROR, names("pg_background_error_info_v2", "1.9", "pg_background_error_info", "2.0"),
            Parameter.PID, Parameter.COOKIE),
    OUTCOME(ResultType.OUTCOME, names("pg_background_outcome_v2", "1.10", "pg_background_outcome", "2.0"),
            Parameter.PID, Parameter.COOKIE),
    RUN(ResultType.RUN, names("pg_background_run_v2", "1.10", "pg_background_run", "2.0"),
            Parameter.SQL, Parameter.QUEUE_SIZE, Parameter.TIMEOUT, Parameter.LABEL),
    RUN_QUERY(ResultType.ROWS,
            names("pg_background_run_query_v2", "1.10", "pg_background_run_query", "2.0"),
            Parameter.SQL, Parameter.QUEUE_SIZE, Parameter.TIMEOUT, Parameter.LABEL, Parameter.nullable("col_def")),
    DRAIN(ResultType.OUTCOMES, names("pg_background_drain_v2", "1.10", "pg_background_drain", "2.0"),
            Parameter.HANDLES, Parameter.TIMEOUT),
    WAIT_ANY(ResultType.HANDLE, names("pg_background_wait_any_v2", "1.10", "pg_background_wait_any", "2.0"),
            Parameter.HANDLES, Parameter.TIMEOUT),
    CANCEL_BY_LABEL(ResultType.value(Type.INTEGER), names("pg_background_cancel_by_label_v2", "1.10",
            "pg_background_cancel_by_label", "2.0"),
            Parameter.of(Type.TEXT, "pattern"), Parameter.optional(Type.INTEGER, "grace_ms", "0")),
    CANCEL_ALL(ResultType.value(Type.INTEGER), names("pg_background_cancel_all_v2", "1.9",
            "pg_background_cancel_all", "2.0")),
    DETACH_ALL(ResultType.value(Type.INTEGER), names("pg_background_detach_all_v2", "1.9",
            "pg_background_detach_all", "2.0")),
    PURGE(ResultType.value(Type.INTEGER), names("pg_background_purge_v2", "1.10", "pg_background_purge", "2.0")),
    FULL_SQL(ResultType.value(Type.TEXT), names("pg_background_full_sql_v2", "1.10", "pg_background_full_sql", "2.0"),
            Parameter.PID, Parameter.COOKIE);

    private static final Map<Api, Map<String, Function>> BY_NAME = byName();
    private static final Set<String> NAMES = BY_NAME.values().stream().flatMap(names -> names.keySet().stream())
            .collect(Collectors.toUnmodifiableSet());
    private static final Map<String, Function> BY_OPERATION = Arrays.stream(values())
            .collect(Collectors.toUnmodifiableMap(Function::operation, function -> function));

    private final ResultType result;
    private final List<Name> names;
    private final List<Parameter> parameters;

    Function(ResultType result, List<Name> names, Parameter... parameters) {
        this.result = result;
        this.names = names;
        this.parameters = List.of(parameters);
    }

    /**
     * A name of a function.
     *
     * @param text in lower case
     * @param since the release of the extension that it comes from
     * @param api the version under which it means this function; null when it does under every version
     */
    public record Name(String text, String since, Api api) {

        /** Whether the name means the function under a version. */
        public boolean isIn(Api wanted) {
            return api == null || api == wanted;
        }
    }

    /**
     * A parameter of a function.
     *
     * @param names its names, the oldest first
     * @param type its type
     * @param defaultSql its default as SQL for a declaration; null when it has none
     * @param optional whether it may be left out; without a default that is another function for the server
     * @param nullable whether the function is called when it is NULL; otherwise its result is NULL, or no rows
     */
    public record Parameter(List<String> names, Type type, String defaultSql, boolean optional, boolean nullable) {

        static final Parameter SQL = of(Type.TEXT, "sql");
        static final Parameter PID = of(Type.INTEGER, "pid");
        static final Parameter COOKIE = of(Type.BIGINT, "cookie");
        /** 0 stands for the session's default. */
        static final Parameter QUEUE_SIZE = optional(Type.INTEGER, "queue_size", "0");
        static final Parameter LABEL = nullable("label");
        static final Parameter TIMEOUT = optional(Type.INTEGER, "timeout_ms", "0");
        static final Parameter HANDLES = of(Type.HANDLES, "handles");
        static final Parameter ROLE = of(Type.TEXT, "user_name", "role_name");
        static final Parameter PRINT = optional(Type.BOOLEAN, "print_commands", "false");

        static Parameter of(Type type, String... names) {
            return new Parameter(List.of(names), type, null, false, false);
        }

        static Parameter optional(Type type, String name, String defaultSql) {
            return new Parameter(List.of(name), type, defaultSql, true, false);
        }

        static Parameter overload(Type type, String name) {
            return new Parameter(List.of(name), type, null, true, false);
        }

        static Parameter nullable(String name) {
            return new Parameter(List.of(name), Type.TEXT, "NULL", true, true);
        }

        /** The same without a default. */
        Parameter demanded() {
            return new Parameter(names, type, null, false, nullable);
        }

        /** Its first name. */
        public String name() {
            return names.get(0);
        }
    }

    private static List<Name> name(String text, String since) {
        return List.of(new Name(text, since, null));
    }

    private static List<Name> only(Api api, String text, String since) {
        return List.of(new Name(text, since, api));
    }

    private static List<Name> names(String first, String firstSince, String second, String secondSince) {
        return List.of(new Name(first, firstSince, null), new Name(second, secondSince, null));
    }

    private static Map<Api, Map<String, Function>> byName() {
        Map<Api, Map<String, Function>> all = new EnumMap<>(Api.class);
        for (Api api : Api.values()) {
            Map<String, Function> names = new HashMap<>();
            for (Function function : values()) {
                function.names.stream().filter(name -> name.isIn(api))
                        .forEach(name -> names.put(name.text(), function));
            }
            all.put(api, names);
        }
        return all;
    }

    /** All names of all versions, in lower case. */
    public static Set<String> names() {
        return NAMES;
    }

    /**
     * The function that a name means under a version.
     *
     * @param name in lower case
     * @throws IllegalArgumentException if no function of the driver has the name
     */
    public static Function of(String name, Api api) {
        Function function = BY_NAME.get(api).get(name);
        if (function == null) {
            throw new IllegalArgumentException("not a function of the driver: " + name);
        }
        return function;
    }

    /** The same under version 1. */
    public static Function of(String name) {
        return of(name, Api.ONE);
    }

    /** The function for a word of {@link #operation()}, or null. */
    public static Function ofOperation(String operation) {
        return BY_OPERATION.get(operation);
    }

    /** The word by which the functions on the server ask the driver for it. */
    public String operation() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Its names, the oldest first. */
    public List<Name> sqlNames() {
        return names;
    }

    /** The oldest name. */
    public String sqlName() {
        return names.get(0).text();
    }

    /** Its result. */
    public ResultType result() {
        return result;
    }

    /** Whether a call launches a job. */
    public boolean launches() {
        return switch (this) {
            case LAUNCH, LAUNCH_HANDLE, SUBMIT, RUN, RUN_QUERY -> true;
            default -> false;
        };
    }

    /** Whether a call has to know the session that calls: its settings to launch a job, or its limit of jobs. */
    public boolean asksSession() {
        return switch (this) {
            case LAUNCH, LAUNCH_HANDLE, SUBMIT, RUN, RUN_QUERY, STATS, STATS_V2 -> true;
            default -> false;
        };
    }

    /** Whether a pid without a cookie is enough, as in version 1 of the functions. */
    public boolean takesPidAlone() {
        return this == RESULT || this == DETACH;
    }

    /** Whether the function returns {@code SETOF record}, so that a column definition list belongs to it. */
    public boolean returnsRecords() {
        return result.shape() == ResultType.Shape.ROWS || result.shape() == ResultType.Shape.RECORDS;
    }

    /** The composite type that an argument or the result is of; null when there is none. */
    public String typeName() {
        return takesHandles() ? Names.HANDLE : result.typeName();
    }

    /** The result that is a value of one of the driver's composite types. */
    public static ResultType resultOfType(String typeName) {
        return Arrays.stream(values()).map(Function::result).filter(result -> typeName.equals(result.typeName()))
                .findFirst().orElseThrow(() -> new IllegalArgumentException("not a type of the driver: " + typeName));
    }

    /** Whether it takes an array of handles. */
    public boolean takesHandles() {
        return parameters.stream().anyMatch(parameter -> parameter.type() == Type.HANDLES);
    }

    /**
     * The lists of parameters, one for each function that the server has under a name. An optional parameter without a
     * default makes another function, and so does the label of a launch, as in the extension.
     */
    public List<List<Parameter>> signatures() {
        int last = parameters.size() - 1;
        if (this == LAUNCH_HANDLE || this == SUBMIT) {
            return List.of(parameters.subList(0, last), parameters.stream().map(Parameter::demanded).toList());
        }
        boolean two = last >= 0 && parameters.get(last).optional() && parameters.get(last).defaultSql() == null;
        return two ? List.of(parameters.subList(0, last), parameters) : List.of(parameters);
    }

    /** The parameters of the function that the server chooses when the first so many arguments are given. */
    public List<Parameter> signature(int given) {
        return signatures().stream().filter(list -> list.size() >= given).findFirst().orElse(parameters);
    }

    /** Its parameters in order. */
    public List<Parameter> parameters() {
        return parameters;
    }
}
