package io.pgbg.sql;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Finds where a statement names a type or a view of the driver's. The text alone does not always tell whether the name
 * means something else, such as a column: an unqualified name is therefore never changed, and a qualified one only
 * where nothing but a type or a table can stand.
 *
 * <p>Immutable and thread-safe.
 */
final class ObjectFinder {

    /** How far back the clause of an item in a list is looked for; the limit keeps the time linear. */
    private static final int LONGEST_LIST = 64;

    /** What stands before the name of a table or view: a table may have the name of a type. */
    private static final Set<String> BEFORE_RELATION = Set.of("into", "update", "table", "only", "join", "exists",
            "view");

    private final Set<String> names;
    private final Set<String> views;

    /**
     * A finder for these names.
     *
     * @param types the names of the types, in lower case
     * @param views the names of the views, which are types as well
     */
    ObjectFinder(Set<String> types, Set<String> views) {
        this.names = Set.copyOf(union(types, views));
        this.views = Set.copyOf(views);
    }

    private static Set<String> union(Set<String> some, Set<String> others) {
        Set<String> all = new HashSet<>(some);
        all.addAll(others);
        return all;
    }

    /** The places, in order; literals are not looked into. */
    List<CallSite> in(Fragment fragment) {
        List<CallSite> sites = new ArrayList<>();
        for (int i = 1; i < fragment.size(); i++) {
            String name = fragment.isName(i) ? fragment.name(i) : null;
            if (name != null && names.contains(name) && !fragment.isSymbol(i + 1, "(")
                    && !fragment.isSymbol(i + 1, ".")) {
                int first = CallFinder.firstToken(fragment, i);
                if (first > 0 && (isType(fragment, first) || views.contains(name) && isTable(fragment, first))) {
                    sites.add(new CallSite(name, first, i + 1, -1));
                }
            }
        }
        return sites;
    }

    /** Behind {@code ::}, AS in a CAST, or the name of the column, variable or parameter that has the type. */
    private static boolean isType(Fragment fragment, int first) {
        int before = first - 1;
        if (fragment.isSymbol(before, "::")) {
            return true;
        }
        if (fragment.isWord(before, "as")) {
            int open = fragment.opener(first);
            return open > 0 ? fragment.isWord(open - 1, "cast") : StatementKinds.created(fragment).equals("domain");
        }
        if (fragment.isSymbol(before, "(") || fragment.isSymbol(before, ",")) {
            return StatementKinds.definesRoutine(fragment) && fragment.opener(first) >= 0;
        }
        return fragment.isName(before) && !CallPosition.isBeforeExpression(fragment.word(before))
                && !BEFORE_RELATION.contains(fragment.word(before));
    }

    /** Behind FROM, JOIN and the like, or in a list behind FROM. */
    private static boolean isTable(Fragment fragment, int first) {
        int before = first - 1;
        while (fragment.isSymbol(before, "(")) {
            before--;
        }
        if (isTableKeyword(fragment, before)) {
            return true;
        }
        if (!fragment.isSymbol(before, ",")) {
            return false;
        }
        int level = fragment.opener(first);
        for (int i = before; i > 0 && before - i < LONGEST_LIST; i--) {
            if (fragment.opener(i) == level && isClause(fragment, i)) {
                return isTableKeyword(fragment, i);
            }
        }
        return false;
    }

    private static boolean isTableKeyword(Fragment fragment, int i) {
        return switch (fragment.word(i)) {
            case "from", "join", "only", "table", "using" -> true;
            default -> false;
        };
    }

    private static boolean isClause(Fragment fragment, int i) {
        return switch (fragment.word(i)) {
            case "select", "from", "where", "group", "order", "having", "returning", "set", "values", "using" -> true;
            default -> false;
        };
    }
}
