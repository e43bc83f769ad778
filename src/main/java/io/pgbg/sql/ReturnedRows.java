package io.pgbg.sql;

import java.util.Set;

/** Which rows a statement returns, as far as its keywords outside of all brackets tell. Pure functions. */
final class ReturnedRows {

    /** The functions of PostgreSQL that return sets. What an application's own functions return, no text tells. */
    private static final Set<String> SET_RETURNING = Set.of("generate_series", "generate_subscripts", "unnest",
            "regexp_matches", "regexp_split_to_table", "string_to_table", "json_array_elements",
            "json_array_elements_text", "jsonb_array_elements", "jsonb_array_elements_text", "json_each",
            "json_each_text", "jsonb_each", "jsonb_each_text", "json_object_keys", "jsonb_object_keys",
            "json_populate_recordset", "jsonb_populate_recordset", "json_to_recordset", "jsonb_to_recordset",
            "jsonb_path_query", "jsonb_path_query_tz", "aclexplode", "pg_ls_dir", "pg_listening_channels",
            "pg_options_to_table", "ts_stat", "ts_parse", "ts_debug", "ts_token_type", "pg_get_keywords");

    /** Words of queries that change or lock rows, or make a table. */
    private static final Set<String> CHANGING = Set.of("insert", "update", "delete", "merge", "into", "share");

    private ReturnedRows() {
    }

    /**
     * Whether a statement may return more rows than its own text is long: a query that reads from something, or a
     * change of rows that returns them. SHOW and EXPLAIN, which return few, and CALL are not meant, nor is a SELECT
     * without FROM, which calls a function, nor an INSERT of VALUES.
     */
    static boolean mayBeMany(Fragment fragment) {
        int verb = verb(fragment);
        if (fragment.isSymbol(verb, "(")) {
            return true;
        }
        return switch (fragment.word(verb)) {
            case "select" -> !hasClause(fragment, verb, "into")
                    && (verb > 0 || readsFromSomething(fragment) || callsSetReturning(fragment));
            case "table", "fetch" -> true;
            case "values" -> verb > 0 || callsSetReturning(fragment);
            case "insert" -> hasClause(fragment, verb, "returning")
                    && (verb > 0 || !hasClause(fragment, verb, "values") || callsSetReturning(fragment));
            case "update", "delete", "merge" -> hasClause(fragment, verb, "returning");
            default -> false;
        };
    }

    /**
     * Whether a statement is a query for which a cursor can be declared that outlives the transaction: one that neither
     * changes nor locks rows.
     */
    static boolean mayBeHeld(Fragment fragment) {
        boolean query = switch (fragment.word(verb(fragment))) {
            case "select", "values", "table" -> true;
            default -> fragment.isSymbol(verb(fragment), "(");
        };
        for (int i = 0; query && i < fragment.size(); i++) {
            query = !CHANGING.contains(fragment.word(i));
        }
        return query;
    }

    /** Whether a statement is one that no standby carries out. Of others the functions in them decide. */
    static boolean writes(Fragment fragment) {
        return switch (fragment.word(verb(fragment))) {
            case "insert", "update", "delete", "merge", "create", "alter", "drop", "truncate", "grant", "revoke",
                "comment", "refresh", "reindex", "vacuum", "analyze", "cluster", "import", "lock", "notify",
                "security", "reassign" -> true;
            default -> false;
        };
    }

    /** Whether a statement is a query, or sets or shows something. The functions in it may still write. */
    static boolean onlyQueries(Fragment fragment) {
        return switch (fragment.word(0)) {
            case "show", "set", "reset" -> true;
            default -> mayBeHeld(fragment);
        };
    }

    /** Whether a statement returns no rows for sure. */
    static boolean none(Fragment fragment) {
        int verb = verb(fragment);
        return switch (fragment.word(verb)) {
            case "insert", "update", "delete", "merge" -> !hasClause(fragment, verb, "returning");
            case "create", "alter", "drop", "truncate", "analyze", "grant", "revoke", "comment", "set", "reset",
                "refresh", "reindex", "lock", "do", "notify" -> true;
            default -> false;
        };
    }

    /** The server's command tag for a statement that has returned rows, up to their number. */
    static String tag(Fragment fragment) {
        return switch (fragment.word(verb(fragment))) {
            case "insert" -> "INSERT 0 ";
            case "update" -> "UPDATE ";
            case "delete" -> "DELETE ";
            case "merge" -> "MERGE ";
            case "fetch" -> "FETCH ";
            default -> "SELECT ";
        };
    }

    /** The statement's verb: its first token, or what stands behind the common table expressions. */
    private static int verb(Fragment fragment) {
        return fragment.isWord(0, "with") ? verbBehindWith(fragment) : 0;
    }

    /** A common table expression may be named like a verb. */
    private static int verbBehindWith(Fragment fragment) {
        boolean behindQuery = false;
        for (int i = 1; i < fragment.size(); i = fragment.next(i)) {
            if (behindQuery && isVerb(fragment, i)) {
                return i;
            }
            behindQuery |= fragment.isSymbol(i, "(") && isQueryOfCommonTable(fragment, i);
            if (fragment.isSymbol(i, ",")) {
                behindQuery = false;
            }
        }
        return fragment.size();
    }

    private static boolean isQueryOfCommonTable(Fragment fragment, int open) {
        return fragment.isWord(open - 1, "as") || fragment.isWord(open - 1, "materialized");
    }

    private static boolean isVerb(Fragment fragment, int i) {
        return switch (fragment.word(i)) {
            case "select", "values", "table", "insert", "update", "delete", "merge" -> true;
            default -> fragment.isSymbol(i, "(") && !isQueryOfCommonTable(fragment, i);
        };
    }

    private static boolean readsFromSomething(Fragment fragment) {
        return hasClause(fragment, 0, "from") || hasClause(fragment, 0, "union")
                || hasClause(fragment, 0, "intersect") || hasClause(fragment, 0, "except");
    }

    private static boolean hasClause(Fragment fragment, int verb, String word) {
        for (int i = fragment.next(verb); i < fragment.size(); i = fragment.next(i)) {
            boolean label = fragment.isWord(i - 1, "as") || fragment.isSymbol(i - 1, ".");
            if (fragment.isWord(i, word) && !label) {
                return true;
            }
        }
        return false;
    }

    private static boolean callsSetReturning(Fragment fragment) {
        for (int i = 0; i < fragment.size() - 1; i++) {
            if (fragment.isSymbol(i + 1, "(") && SET_RETURNING.contains(fragment.word(i))) {
                return true;
            }
        }
        return false;
    }
}
