package io.pgbg.sql;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Finds the calls of the driver's functions in a statement. Immutable and thread-safe. */
final class CallFinder {

    private static final Set<String> STATEMENTS = Set.of("select", "with", "values", "table", "insert", "update",
            "delete", "merge", "explain", "prepare", "execute", "declare", "copy", "call");

    private static final Set<String> CREATED = Set.of("table", "view", "materialized", "index", "rule", "policy",
            "trigger", "statistics", "domain", "schema");

    private static final Set<String> ALTERED = Set.of("table", "foreign", "view", "domain", "policy");

    private static final Set<String> SCHEMAS_OF_OTHERS = Set.of("pg_catalog", "information_schema");

    private static final String PLPGSQL = "plpgsql";

    private final Set<String> functions;
    private final int shortest;

    /** @param functions the functions' names in lower case */
    CallFinder(Set<String> functions) {
        this.functions = Set.copyOf(functions);
        this.shortest = functions.stream().mapToInt(String::length).min().orElse(Integer.MAX_VALUE);
    }

    /** The calls in the text of a statement, in order; literals are not looked into. */
    List<CallSite> inStatement(Fragment fragment) {
        return holdsExpressions(fragment) ? sites(fragment, false) : List.of();
    }

    /** The first function called in the body of a {@code DO [LANGUAGE plpgsql] body} statement, or null. */
    String inBlock(Fragment fragment) {
        for (int i = 1; i < fragment.size(); i++) {
            boolean language = fragment.isWord(i - 1, "language");
            String literal = fragment.literal(i);
            if (language && !PLPGSQL.equalsIgnoreCase(literal == null ? fragment.name(i) : literal)) {
                return null;
            }
            if (!language && literal != null) {
                List<CallSite> sites = inBody(literal, fragment.dialect());
                if (!sites.isEmpty() && isPlpgsqlFrom(fragment, i + 1)) {
                    return sites.get(0).function();
                }
            }
        }
        return null;
    }

    /** Whether no other language is named behind the body. */
    private static boolean isPlpgsqlFrom(Fragment fragment, int i) {
        String language = fragment.literal(i + 1) == null ? fragment.name(i + 1) : fragment.literal(i + 1);
        return !fragment.isWord(i, "language") || PLPGSQL.equalsIgnoreCase(language);
    }

    private List<CallSite> inBody(String body, Dialect dialect) {
        // A question mark in a body is no JDBC parameter, as in every literal.
        Dialect ofBody = Dialect.of(dialect.standardConformingStrings(), false);
        List<Token> tokens = Lexer.tokens(body, ofBody);
        return sites(new Fragment(body, ofBody, tokens, 0, body.length()), true);
    }

    /** Statements that are none of these name functions but do not call them: GRANT, COMMENT, DROP, CREATE FUNCTION. */
    private static boolean holdsExpressions(Fragment fragment) {
        if (fragment.isSymbol(0, "(") || fragment.isSymbol(0, "{")) {
            return true;
        }
        String first = fragment.word(0);
        return STATEMENTS.contains(first)
                || CREATED.contains(Keywords.created(fragment))
                || first.equals("alter") && ALTERED.contains(fragment.word(1));
    }

    private List<CallSite> sites(Fragment fragment, boolean body) {
        List<CallSite> sites = new ArrayList<>();
        for (int i = 0; i + 1 < fragment.size(); i++) {
            if (fragment.isSymbol(i + 1, "(") && fragment.partner(i + 1) > i && fragment.isName(i)
                    && fragment.length(i) >= shortest) {
                String name = fragment.name(i);
                int first = firstToken(fragment, i);
                if (name != null && functions.contains(name) && first >= 0
                        && CallPosition.allowsCall(fragment, first, body) && !isCommonTable(fragment, first, i + 1)) {
                    sites.add(new CallSite(name, first, i + 1, fragment.partner(i + 1)));
                }
            }
        }
        return sites;
    }

    /** The token where a possibly qualified name starts, or -1 when it is qualified in a way that is not ours. */
    private static int firstToken(Fragment fragment, int name) {
        if (!fragment.isSymbol(name - 1, ".")) {
            return name;
        }
        int schema = name - 2;
        boolean ours = fragment.isName(schema) && !fragment.isSymbol(schema - 1, ".")
                && !SCHEMAS_OF_OTHERS.contains(String.valueOf(fragment.name(schema)));
        return ours ? schema : -1;
    }

    /** {@code WITH .., name (columns) AS (query)}, where what follows AS is a query and no list of columns. */
    private static boolean isCommonTable(Fragment fragment, int first, int open) {
        int as = fragment.partner(open) + 1;
        if (!fragment.isSymbol(first - 1, ",") || !fragment.isWord(as, "as")) {
            return false;
        }
        int query = as + 1;
        while (fragment.isWord(query, "not") || fragment.isWord(query, "materialized")) {
            query++;
        }
        return fragment.isSymbol(query, "(") && switch (fragment.word(query + 1)) {
            case "select", "with", "values", "table", "insert", "update", "delete", "merge" -> true;
            default -> fragment.isSymbol(query + 1, "(");
        };
    }
}
