package io.pgbg.sql;

import java.util.Locale;
import java.util.Set;

/** What the first words of a statement tell. Pure functions. */
final class Keywords {

    private static final Set<String> CREATE_MODIFIERS = Set.of("or", "replace", "temp", "temporary", "global", "local",
            "unlogged", "unique", "recursive", "constraint", "foreign");

    private static final int MOST_MODIFIERS = 6;

    private static final Set<String> RESERVED = Set.of("all", "analyse", "analyze", "and", "any", "array", "as", "asc",
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

    /** Words that are no alias of a column without AS, beside the reserved ones. */
    private static final Set<String> NEEDS_AS = Set.of("day", "filter", "hour", "minute", "month", "over", "precision",
            "second", "varying", "within", "without", "year");

    private Keywords() {
    }

    /** The first word of the statement in upper case, brackets and a parameter before it left out; else empty. */
    static String first(Fragment fragment) {
        for (int i = 0; i < fragment.size(); i++) {
            if (fragment.is(i, Token.Kind.WORD)) {
                return fragment.word(i).toUpperCase(Locale.ROOT);
            }
            boolean skipped = fragment.is(i, Token.Kind.PUNCTUATION) || fragment.is(i, Token.Kind.JDBC_PARAMETER)
                    || fragment.is(i, Token.Kind.OPERATOR);
            if (!skipped) {
                break;
            }
        }
        return "";
    }

    /** What a CREATE statement creates, in lower case: {@code table}, {@code function}; empty when it is no CREATE. */
    static String created(Fragment fragment) {
        if (!fragment.isWord(0, "create")) {
            return "";
        }
        int i = 1;
        while (i <= MOST_MODIFIERS && CREATE_MODIFIERS.contains(fragment.word(i))) {
            i++;
        }
        return fragment.word(i);
    }

    /** Whether the statement defines a function or a procedure, whose body is not run now. */
    static boolean definesRoutine(Fragment fragment) {
        String created = created(fragment);
        return created.equals("function") || created.equals("procedure");
    }

    /** Whether a CREATE TABLE is one of AS, told by what stands outside of brackets before a token. */
    static boolean createsTableAs(Fragment fragment, int before) {
        if (!created(fragment).equals("table")) {
            return false;
        }
        for (int i = 0; i < before; i = fragment.next(i)) {
            if (fragment.isWord(i, "as")) {
                return true;
            }
        }
        return false;
    }

    /** Whether the token can be the name of a table item in FROM, with or without AS. */
    static boolean isTableAlias(Fragment fragment, int i) {
        return isObjectName(fragment, i);
    }

    /** Whether the token can be the name of a schema, an extension and the like. */
    static boolean isObjectName(Fragment fragment, int i) {
        return fragment.isName(i) && fragment.name(i) != null && !RESERVED.contains(fragment.word(i));
    }

    /** Whether the token can be the name of a column without AS. */
    static boolean isBareColumnAlias(Fragment fragment, int i) {
        return isTableAlias(fragment, i) && !NEEDS_AS.contains(fragment.word(i));
    }
}
