package io.pgbg.sql;

import java.util.Set;

/** The words that PostgreSQL does not take as names unless they stand in quotes. Pure functions. */
final class ReservedWords {

    private static final Set<String> ALL = Set.of("all", "analyse", "analyze", "and", "any", "array", "as", "asc",
            "asymmetric", "authorization", "binary", "both", "case", "cast", "check", "collate", "collation", "column",
            "concurrently", "constraint", "create", "cross", "current_catalog", "current_date", "current_role",
            "current_schema", "current_time", "current_timestamp", "current_user", "default", "deferrable", "desc",
            "distinct", "do", "else", "end", "except", "false", "fetch", "for", "foreign", "freeze", "from", "full",
            "grant", "group", "having", "ilike", "in", "initially", "inner", "intersect", "into", "is", "isnull",
            "join", "lateral", "leading", "left", "like", "limit", "localtime", "localtimestamp", "natural", "not",
            "notnull", "null", "offset", "on", "only", "or", "order", "outer", "overlaps", "placing", "primary",
            "references", "returning", "right", "select", "session_user", "similar", "some", "symmetric", "system_user",
            "table", "tablesample", "then", "to", "trailing", "true", "union", "unique", "user", "using", "variadic",
            "verbose", "when", "where", "window", "with");

    /** Words that name a column only behind AS, beside the reserved ones. */
    private static final Set<String> NEED_AS = Set.of("day", "filter", "hour", "minute", "month", "over", "precision",
            "second", "varying", "within", "without", "year");

    private ReservedWords() {
    }

    /** Whether a token can be the name of a schema, an extension, a table item in FROM and the like. */
    static boolean allowName(Fragment fragment, int i) {
        return fragment.isName(i) && fragment.name(i) != null && !ALL.contains(fragment.word(i));
    }

    /** Whether a token can be the name of a column without AS before it. */
    static boolean allowBareAlias(Fragment fragment, int i) {
        return allowName(fragment, i) && !NEED_AS.contains(fragment.word(i));
    }
}
