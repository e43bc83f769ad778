package io.pgbg.sql;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * One column of a list {@code AS t (a int, b text)}, or of a list of names alone {@code AS t (a, b)}. Immutable.
 *
 * @param name the column's name as written: folded to lower case unless quoted, unquoted otherwise
 * @param type the type as written, with its modifiers and a COLLATE clause, or null in a list of names alone
 */
public record ColumnDefinition(String name, String type) {

    /** Words that end a list of expressions, and are no part of a type. */
    private static final Set<String> CLAUSES = Set.of("as", "except", "fetch", "for", "from", "group", "having",
            "intersect", "into", "limit", "offset", "order", "select", "union", "where", "window");

    /** A block, SQL that it executes, and code in that. */
    private static final int DEEPEST_CODE = 3;

    private static final Set<String> SYMBOLS_OF_TYPES = Set.of("(", ")", "[", "]", ",", ".");

    /**
     * Reads a list of definitions from any source: what it gives can stand in SQL as types.
     *
     * @param list the list without the parentheses around it
     * @return an empty list when the text is not a list of definitions and nothing else
     */
    public static List<ColumnDefinition> list(String list, Dialect dialect) {
        List<Fragment> fragments = StatementSplitter.split("(" + list + "\n)", dialect);
        Fragment fragment = fragments.get(0);
        boolean whole = fragments.size() == 1 && fragment.isSymbol(0, "(")
                && fragment.partner(0) == fragment.size() - 1
                && IntStream.range(1, fragment.size() - 1).allMatch(i -> isOfDefinition(fragment, i));
        List<ColumnDefinition> columns = whole ? list(fragment, 0) : List.of();
        return columns.isEmpty() || columns.get(0).type() == null ? List.of() : columns;
    }

    /**
     * The lists behind calls in a text, those in its literals included, which may be code. It may be more lists than
     * those.
     */
    public static List<List<ColumnDefinition>> listsIn(String sql, Dialect dialect) {
        List<List<ColumnDefinition>> lists = new ArrayList<>();
        addLists(sql, dialect, lists, 0);
        return lists;
    }

    private static void addLists(String sql, Dialect dialect, List<List<ColumnDefinition>> lists, int depth) {
        for (Fragment fragment : StatementSplitter.split(sql, dialect)) {
            for (int i = 1; i < fragment.size(); i++) {
                int close = fragment.isSymbol(i, "(") && fragment.isName(i - 1) ? fragment.partner(i) : -1;
                if (close > i && isOfDefinitions(fragment, i, close)) {
                    List<ColumnDefinition> list = list(fragment, i);
                    if (!list.isEmpty() && list.get(0).type() != null) {
                        lists.add(list);
                    }
                }
                String code = depth < DEEPEST_CODE ? fragment.literal(i) : null;
                if (code != null && TextSearch.mentionsDriver(code)) {
                    addLists(code, dialect, lists, depth + 1);
                }
            }
        }
    }

    /** The modifiers of a type hold no further parentheses: calls in calls are given up at the second one. */
    private static boolean isOfDefinitions(Fragment fragment, int open, int close) {
        return IntStream.range(open + 1, close).allMatch(at -> isOfDefinition(fragment, at)
                && (!fragment.isSymbol(at, "(") || fragment.opener(at) == open));
    }

    private static boolean isOfDefinition(Fragment fragment, int i) {
        return fragment.isName(i) ? !CLAUSES.contains(fragment.word(i))
                : fragment.is(i, Token.Kind.NUMBER) || SYMBOLS_OF_TYPES.contains(fragment.text(i, i));
    }

    /**
     * Reads the list in a pair of parentheses.
     *
     * @param open index of the opening parenthesis, which is closed
     * @return an empty list when it is not a list of definitions alone, or of names alone
     */
    static List<ColumnDefinition> list(Fragment fragment, int open) {
        List<ColumnDefinition> columns = new ArrayList<>();
        int close = fragment.partner(open);
        int first = open + 1;
        while (first <= close) {
            int end = fragment.comma(first, close);
            String name = first < end ? fragment.name(first) : null;
            if (name == null) {
                return List.of();
            }
            String type = end - first == 1 ? null : fragment.text(first + 1, end - 1);
            if (!columns.isEmpty() && (columns.get(0).type() == null) != (type == null)) {
                return List.of();
            }
            columns.add(new ColumnDefinition(name, type));
            first = end + 1;
        }
        return columns;
    }

    /**
     * Where a column's type stands.
     *
     * @param statement a statement that ends with a list of definitions
     * @param column the column, counted from 0
     * @return the offset of the type's first character
     */
    public static int typeStart(String statement, Dialect dialect, int column) {
        Fragment fragment = StatementSplitter.split(statement, dialect).get(0);
        int close = fragment.size() - 1;
        int first = fragment.partner(close) + 1;
        for (int i = 0; i < column; i++) {
            first = fragment.comma(first, close) + 1;
        }
        return fragment.startOf(first + 1);
    }
}
