package io.pgbg.sql;

import java.util.ArrayList;
import java.util.List;

/**
 * Where the arguments of a call stand in a statement. Immutable.
 *
 * @param spans in the order of the text
 */
record CallArguments(List<Span> spans) {

    CallArguments {
        spans = List.copyOf(spans);
    }

    /**
     * One argument.
     *
     * @param name its name; null for a positional one
     * @param start offset of its expression in the statement's text
     * @param end offset behind it
     * @param single whether it certainly is one expression: it has no part that only the server will know
     */
    record Span(String name, int start, int end, boolean single) {
    }

    /**
     * @param statement the text around the fragment
     * @return null when the parentheses hold something else than a list of expressions
     */
    static CallArguments of(Fragment fragment, CallSite site, EmbeddedText statement) {
        if (site.close() < 0) {
            return null;
        }
        List<Span> spans = new ArrayList<>();
        for (ArgumentList.Item item : ArgumentList.of(fragment, site.open(), site.close())) {
            if (item.isEmpty() || ArgumentList.clause(fragment, item) != null) {
                return null;
            }
            int start = statement.start(fragment.start() + fragment.startOf(item.first()));
            int end = statement.end(fragment.start() + fragment.endOf(item.last()) - 1);
            boolean single = start >= 0 && end >= start && isKnown(fragment, item, statement);
            spans.add(new Span(item.name(), start, end, single));
        }
        return new CallArguments(spans);
    }

    /** Whether nothing in an argument can turn out to be a comma between arguments; what is in quotes cannot. */
    private static boolean isKnown(Fragment fragment, ArgumentList.Item item, EmbeddedText statement) {
        if (statement.isKnown()) {
            return true;
        }
        for (int i = item.first(); i <= item.last(); i++) {
            boolean quoted = fragment.is(i, Token.Kind.STRING) || fragment.is(i, Token.Kind.QUOTED_NAME);
            for (int at = fragment.startOf(i); !quoted && at < fragment.endOf(i); at++) {
                if (statement.isUnknown(fragment.start() + at)) {
                    return false;
                }
            }
        }
        return true;
    }
}
