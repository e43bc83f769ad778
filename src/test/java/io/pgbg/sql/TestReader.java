package io.pgbg.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/** A reader with some functions, for tests. */
final class TestReader {

    static final SqlReader READER = new SqlReader(Set.of("pg_background_launch", "pg_background_result",
            "pg_background_detach", "pg_background_list", "pg_background_drain", "grant_pg_background_privileges"),
            (form, call) -> true, Set.of(), Set.of());

    private static final Signatures.Parameter PID = parameter("int4up(", ")", false, null, "pid");
    private static final Signatures.Parameter COOKIE = parameter("int8up(", ")", true, null, "cookie");
    private static final Signatures.Parameter HANDLES =
            new Signatures.Parameter(List.of("handles"), null, null, false, null, false);

    private static final Map<String, List<Signatures.Parameter>> SIGNATURES = Map.of(
            "pg_background_launch", List.of(parameter("repeat(", ", 1)", false, null, "sql"),
                    parameter("int4up(", ")", true, "0", "queue_size"),
                    parameter("repeat(", ", 1)", true, "NULL::pg_catalog.text", "label")),
            "pg_background_result", List.of(PID, COOKIE),
            "pg_background_detach", List.of(PID, COOKIE),
            "pg_background_drain", List.of(HANDLES, parameter("int4up(", ")", true, "0", "timeout_ms")),
            "grant_pg_background_privileges", List.of(
                    parameter("repeat(", ", 1)", false, null, "user_name", "role_name"),
                    parameter("booleq(", ", true)", true, "false", "print_commands")),
            "pg_background_list", List.of());

    private static final Signatures ALL = SIGNATURES::get;
    private static final Signatures NONE = function -> null;
    private static final UnaryOperator<String> SETTINGS =
            name -> name.equals("pg_background.max_workers") ? "'16'" : null;

    private TestReader() {
    }

    private static Signatures.Parameter parameter(String before, String after, boolean optional, String omitted,
            String... names) {
        return new Signatures.Parameter(List.of(names), "pg_catalog." + before, after, optional, omitted, false);
    }

    /** The session's functions in a schema. */
    static CallTarget target(String schema) {
        return new CallTarget(schema, true, ALL, SETTINGS);
    }

    /** The same when nothing is known of their parameters, so that only names are written anew. */
    static CallTarget names(String schema) {
        return new CallTarget(schema, true, NONE, SETTINGS);
    }

    /** Functions that are installed in a schema. */
    static CallTarget installed(String schema) {
        return new CallTarget(schema, false, ALL, SETTINGS);
    }

    static Script read(String sql) {
        return READER.read(sql, Dialect.STATEMENT);
    }

    static ParsedStatement one(String sql) {
        return one(sql, Dialect.STATEMENT);
    }

    static ParsedStatement one(String sql, Dialect dialect) {
        Script script = READER.read(sql, dialect);
        assertThat(script.statements()).as(sql).hasSize(1);
        return script.statements().get(0);
    }
}
