package io.pgbg.sql;

import java.util.ArrayList;
import java.util.List;

/**
 * A call of one of the driver's functions in a statement that the server runs, or the name of a type or a view there.
 * It may stand in a literal; all offsets are in the statement's text. Immutable.
 *
 * @param function the name, in lower case
 * @param schema the schema that is written, as the server knows it, or null
 * @param start offset of the first character: of the schema, or of the name when no schema is written
 * @param schemaEnd offset behind the schema; the start when none is written
 * @param apart whether a schema written at the start would run into the characters before it
 * @param patterns in how many patterns of {@code format}, one in the other, it stands
 * @param found whether the server finds it without a schema
 * @param arguments in the order of the text; null when it is no call, or when they cannot be told apart
 */
public record RelayedCall(String function, String schema, int start, int schemaEnd, boolean apart, int patterns,
        boolean found, List<Argument> arguments) {

    public RelayedCall {
        arguments = arguments == null ? null : List.copyOf(arguments);
    }

    /**
     * Where an argument of a call stands.
     *
     * @param name its name; null for a positional one
     * @param nameStart where the name starts in the statement's text; -1 where it may not be changed
     * @param nameEnd offset behind the name
     * @param start offset of its expression in the statement's text
     * @param end offset behind it
     * @param single whether it certainly is one expression: it has no part that only the server will know and that may
     *     hold a comma
     */
    public record Argument(String name, int nameStart, int nameEnd, int start, int end, boolean single) {
    }

    /**
     * Reads a call or a name.
     *
     * @param statement the text around the fragment
     * @return null when the name is built of pieces that leave no place for a schema
     */
    static RelayedCall of(Fragment fragment, CallSite site, EmbeddedText statement) {
        int first = fragment.start() + fragment.startOf(site.first());
        boolean qualified = site.first() < site.open() - 1;
        int last = fragment.start() + fragment.endOf(site.first()) - 1;
        if (qualified && !statement.isUnbroken(first, last)) {
            return null;
        }
        int start = statement.start(first);
        boolean call = site.close() >= 0 || fragment.isSymbol(site.open(), "(");
        return new RelayedCall(site.function(), qualified ? fragment.name(site.first()) : null, start,
                qualified ? statement.end(last) : start, statement.runsOn(first), statement.patterns(first),
                !call && !qualified, arguments(fragment, site, statement));
    }

    /** The arguments; null when the parentheses hold something else than a list of expressions. */
    private static List<Argument> arguments(Fragment fragment, CallSite site, EmbeddedText statement) {
        if (site.close() < 0) {
            return null;
        }
        List<Argument> arguments = new ArrayList<>();
        for (ArgumentList.Item item : ArgumentList.of(fragment, site.open(), site.close())) {
            if (item.isEmpty() || ArgumentList.clause(fragment, item) != null) {
                return null;
            }
            int start = statement.start(fragment.start() + fragment.startOf(item.first()));
            int end = statement.end(fragment.start() + fragment.endOf(item.last()) - 1);
            boolean single = start >= 0 && end >= start && isKnown(fragment, item, statement);
            int nameToken = item.first() - 2;
            int nameStart = item.name() == null ? -1 : statement.start(fragment.start() + fragment.startOf(nameToken));
            int nameEnd = item.name() == null ? -1 : statement.end(fragment.start() + fragment.endOf(nameToken) - 1);
            arguments.add(new Argument(item.name(), nameStart, nameEnd, start, end, single));
        }
        return arguments;
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
