package io.pgbg.sql;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Finds the calls of the driver's functions in a statement. Immutable and thread-safe. */
final class CallFinder {

    private static final Set<String> SCHEMAS_OF_OTHERS = Set.of("pg_catalog", "information_schema");

    /** The kinds of texts that calls stand in: in some of them more or less of the surrounding SQL is known. */
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
        return StatementKinds.holdsExpressions(fragment) ? sites(fragment, TextKind.STATEMENT) : List.of();
    }

    /** The same for a statement that is built when it runs; parts of it may be unknown. */
    List<CallSite> inDynamicStatement(Fragment fragment) {
        boolean unknown = fragment.is(0, Token.Kind.OPERATOR);
        return unknown || StatementKinds.holdsExpressions(fragment) ? sites(fragment, TextKind.DYNAMIC) : List.of();
    }

    /** The calls in the body of a DO block, in order; literals are not looked into. */
    List<CallSite> inBody(Fragment body) {
        return sites(body, TextKind.BODY);
    }

    /** Whatever looks like a call in a piece of SQL that the server has executed, in order. */
    List<CallSite> inExcerpt(Fragment excerpt) {
        return sites(excerpt, TextKind.EXCERPT);
    }

    private List<CallSite> sites(Fragment fragment, TextKind kind) {
        List<CallSite> sites = new ArrayList<>();
        boolean skipped = false;
        for (int i = 0; i + 1 < fragment.size(); i++) {
            if (kind == TextKind.BODY) {
                skipped = skipped ? !fragment.isSymbol(i, ";") : StatementKinds.onlyNames(fragment, i);
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

    /** The call whose name is this token, which a parenthesis follows; or null. */
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

    /** The token where a possibly qualified name starts, or -1 when its schema is not one of the driver's. */
    static int firstToken(Fragment fragment, int name) {
        if (!fragment.isSymbol(name - 1, ".")) {
            return name;
        }
        int schema = name - 2;
        boolean ours = fragment.isName(schema) && !fragment.isSymbol(schema - 1, ".")
                && !SCHEMAS_OF_OTHERS.contains(String.valueOf(fragment.name(schema)));
        return ours ? schema : -1;
    }

    /** Whether it is {@code WITH .., name (columns) AS (query)}: a query follows AS, not a list of columns. */
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
