package io.pgbg.sql;

import java.util.ArrayList;
import java.util.List;

/** Reads {@code (a int, b numeric(10,2))} and {@code (a, b)} behind a table's alias. Pure functions. */
final class ColumnListParser {

    private ColumnListParser() {
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
            int end = first;
            while (end < close && !fragment.isSymbol(end, ",")) {
                end = fragment.next(end);
            }
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
}
