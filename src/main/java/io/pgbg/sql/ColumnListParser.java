package io.pgbg.sql;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/** Reads {@code (a int, b numeric(10,2))} and {@code (a, b)} behind a table's alias. Pure functions. */
public final class ColumnListParser {

    /** Words that end a list of expressions, and are no part of a type. */
    private static final Set<String> CLAUSES = Set.of("as", "except", "fetch", "for", "from", "group", "having",
            "intersect", "into", "limit", "offset", "order", "select", "union", "where", "window");

    private static final Set<String> SYMBOLS_OF_TYPES = Set.of("(", ")", "[", "]", ",", ".");

    private ColumnListParser() {
    }

    /**
     * Reads a list without the parentheses around it, from wherever it comes: what it gives can stand in SQL as types.
     *
     * @return an empty list when it is not a list of definitions and nothing else
     */
    public static List<ColumnDefinition> parse(String list, Dialect dialect) {
        List<Fragment> fragments = StatementSplitter.split("(" + list + "\n)", dialect);
        Fragment fragment = fragments.get(0);
        boolean whole = fragments.size() == 1 && fragment.isSymbol(0, "(")
                && fragment.partner(0) == fragment.size() - 1
                && IntStream.range(1, fragment.size() - 1).allMatch(i -> isOfDefinition(fragment, i));
        List<ColumnDefinition> columns = whole ? parse(fragment, 0) : List.of();
        return columns.isEmpty() || columns.get(0).type() == null ? List.of() : columns;
    }

    private static boolean isOfDefinition(Fragment fragment, int i) {
        return fragment.isName(i) ? !CLAUSES.contains(fragment.word(i))
                : fragment.is(i, Token.Kind.NUMBER) || SYMBOLS_OF_TYPES.contains(fragment.text(i, i));
    }

    /**
     * @param open index of the opening parenthesis, which is closed
     * @return an empty list when it is not a list of definitions alone, or of names alone
     */
    static List<ColumnDefinition> parse(Fragment fragment, int open) {
        List<ColumnDefinition> columns = new ArrayList<>();
        int close = fragment.partner(open);
        int first = open + 1;
        while (first <= close) {
            int end = endOfItem(fragment, first, close);
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

    private static int endOfItem(Fragment fragment, int first, int close) {
        int end = first;
        while (end < close && !fragment.isSymbol(end, ",")) {
            end = fragment.next(end);
        }
        return end;
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
            first = endOfItem(fragment, first, close) + 1;
        }
        return fragment.startOf(first + 1);
    }
}
