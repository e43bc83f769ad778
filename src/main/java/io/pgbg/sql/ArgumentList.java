package io.pgbg.sql;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Splits the argument list of a call at its commas. Pure functions. */
final class ArgumentList {

    private ArgumentList() {
    }

    /**
     * An argument, by the indexes of its tokens.
     *
     * @param name its name, folded as the server folds identifiers; null for a positional one
     * @param first the first token of its expression
     * @param last the last token; before the first when there is no expression
     */
    record Item(String name, int first, int last) {

        boolean isEmpty() {
            return first > last;
        }
    }

    /** The arguments between two parentheses; one that is missing between two commas is empty. */
    static List<Item> of(Fragment fragment, int open, int close) {
        List<Item> items = new ArrayList<>();
        int first = open + 1;
        while (first < close || first == close && !items.isEmpty()) {
            int end = fragment.comma(first, close);
            boolean named = fragment.isName(first)
                    && (fragment.isSymbol(first + 1, "=>") || fragment.isSymbol(first + 1, ":="));
            items.add(new Item(named ? fragment.name(first) : null, named ? first + 2 : first, end - 1));
            first = end + 1;
        }
        return items;
    }

    /** The words in an argument that make it more than an expression, as in an aggregate's ORDER BY; or null. */
    static String clause(Fragment fragment, Item item) {
        int first = item.first();
        if (fragment.isWord(first, "distinct") || fragment.isWord(first, "all") || fragment.isWord(first, "variadic")) {
            return fragment.word(first).toUpperCase(Locale.ROOT);
        }
        if (first == item.last() && fragment.isSymbol(first, "*")) {
            return "*";
        }
        for (int i = first; i < item.last(); i = fragment.next(i)) {
            if (fragment.isWord(i, "order") && fragment.isWord(i + 1, "by")) {
                return "ORDER BY";
            }
        }
        return null;
    }
}
