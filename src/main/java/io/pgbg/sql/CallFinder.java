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

    /** What a text with calls is. */
    private enum TextKind { STATEMENT, BODY, DYNAMIC, EXCERPT }

    private final Set<String> functions;
    private final int shortest;

    /** @param functions the functions' names in lower case */
    CallFinder(Set<String> functions) {
        this.functions = Set.copyOf(functions);
        this.shortest = functions.stream().mapToInt(String::length).min().orElse(Integer.MAX_VALUE);
    }

    /** The calls in the text of a statement, in order; literals are not looked into. */
    List<CallSite> inStatement(Fragment fragment) {
        return holdsExpressions(fragment) ? sites(fragment, TextKind.STATEMENT) : List.of();
    }

    /** The same for a statement that is put together when it runs, of which parts may be unknown. */
    List<CallSite> inDynamicStatement(Fragment fragment) {
        boolean unknown = fragment.is(0, Token.Kind.OPERATOR);
        return unknown || holdsExpressions(fragment) ? sites(fragment, TextKind.DYNAMIC) : List.of();
    }

    /** The calls in the body of a DO block, in order; literals are not looked into. */
    List<CallSite> inBody(Fragment body) {
        return sites(body, TextKind.BODY);
    }

    /** What looks like a call in a piece of a text that is known to be executed, in order. */
    List<CallSite> inExcerpt(Fragment excerpt) {
        return sites(excerpt, TextKind.EXCERPT);
    }

    /** Statements that are none of these name functions but do not call them: GRANT, COMMENT, DROP, CREATE FUNCTION. */
    static boolean holdsExpressions(Fragment fragment) {
        if (fragment.isSymbol(0, "(") || fragment.isSymbol(0, "{")) {
            return true;
        }
        String first = fragment.word(0);
        return STATEMENTS.contains(first)
                || CREATED.contains(Keywords.created(fragment))
                || first.equals("alter") && ALTERED.contains(fragment.word(1));
    }

    private List<CallSite> sites(Fragment fragment, TextKind kind) {
        List<CallSite> sites = new ArrayList<>();
        boolean skipped = false;
        for (int i = 0; i + 1 < fragment.size(); i++) {
            if (kind == TextKind.BODY) {
                skipped = skipped ? !fragment.isSymbol(i, ";") : BodyStatements.namesOnly(fragment, i);
            }
            if (!skipped && fragment.isSymbol(i + 1, "(") && fragment.isName(i) && fragment.length(i) >= shortest) {
                CallSite site = site(fragment, i, kind);
                if (site != null) {
                    sites.add(site);
                }
            }
        }
        return sites;
    }

    /** The call whose name, with a parenthesis behind it, is this token; or null. */
    private CallSite site(Fragment fragment, int i, TextKind kind) {
        int close = fragment.partner(i + 1);
        String name = fragment.name(i);
        if (name == null || !functions.contains(name) || close < 0 && kind != TextKind.DYNAMIC) {
            return null;
        }
        int first = firstToken(fragment, i);
        boolean fits = first >= 0 && (kind == TextKind.EXCERPT
                || CallPosition.allowsCall(fragment, first, kind == TextKind.BODY)
                && !isCommonTable(fragment, first, i + 1));
        return fits ? new CallSite(name, first, i + 1, close) : null;
    }

    /** The token where a possibly qualified name starts, or -1 when it is qualified in a way that is not ours. */
    static int firstToken(Fragment fragment, int name) {
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
        if (as == 0 || !fragment.isSymbol(first - 1, ",") || !fragment.isWord(as, "as")) {
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
