package io.pgbg.sql;

import java.util.List;

/**
 * Recognises the statements that are one call and nothing else, which the driver answers itself. Used by one thread for
 * one statement.
 */
final class DirectParser {

    private final Fragment fragment;
    private final CallSite site;
    private final FunctionCall call;

    private DirectParser(Fragment fragment, CallSite site, FunctionCall call) {
        this.fragment = fragment;
        this.site = site;
        this.call = call;
    }

    /**
     * Recognises a statement.
     *
     * @param site the outermost call of the statement
     * @param arguments reads the call, if the shape fits
     * @return null when the statement has any other shape
     */
    static ParsedStatement.Direct parse(Fragment fragment, CallSite site, ArgumentReader arguments) {
        ParsedStatement.Form form = form(fragment, site);
        if (form == null) {
            return null;
        }
        FunctionCall call = arguments.read(site);
        return call == null ? null : new DirectParser(fragment, site, call).behindCall(form);
    }

    /** How the call stands in the statement, by what stands before it and by its last token; or null. */
    private static ParsedStatement.Form form(Fragment fragment, CallSite site) {
        int first = site.first();
        boolean braced = fragment.isSymbol(0, "{") && fragment.partner(0) == site.close() + 1
                && fragment.size() == site.close() + 2 && fragment.isWord(first - 1, "call");
        if (braced && first == 2) {
            return ParsedStatement.Form.ESCAPE_CALL;
        }
        if (braced && first == 4 && fragment.is(1, Token.Kind.JDBC_PARAMETER) && fragment.isSymbol(2, "=")) {
            return ParsedStatement.Form.ESCAPE_FUNCTION;
        }
        if (!fragment.isWord(0, "select")) {
            return null;
        }
        if (first == 1) {
            return ParsedStatement.Form.SELECT_LIST;
        }
        boolean all = first == 3 && fragment.isSymbol(1, "*") && fragment.isWord(2, "from");
        return all ? ParsedStatement.Form.FROM : null;
    }

    private ParsedStatement.Direct behindCall(ParsedStatement.Form form) {
        int next = site.close() + 1;
        return switch (form) {
            case ESCAPE_CALL, ESCAPE_FUNCTION -> direct(form, null, List.of());
            case SELECT_LIST -> behindSelected(next);
            case FROM -> behindTable(next);
        };
    }

    /** {@code [[AS] name]} to the end of the statement. */
    private ParsedStatement.Direct behindSelected(int next) {
        if (next == fragment.size()) {
            return direct(ParsedStatement.Form.SELECT_LIST, null, List.of());
        }
        boolean as = fragment.isWord(next, "as");
        int alias = as ? next + 1 : next;
        boolean fits = alias == fragment.size() - 1
                && (as ? fragment.name(alias) != null : ReservedWords.allowBareAlias(fragment, alias));
        return fits ? direct(ParsedStatement.Form.SELECT_LIST, fragment.name(alias), List.of()) : null;
    }

    /** {@code [[AS] name] [(columns)]} to the end of the statement; columns without a name need AS. */
    private ParsedStatement.Direct behindTable(int start) {
        boolean as = fragment.isWord(start, "as");
        int next = as ? start + 1 : start;
        String alias = null;
        if (ReservedWords.allowName(fragment, next)) {
            alias = fragment.name(next);
            next++;
        }
        if (next == fragment.size()) {
            return as && alias == null ? null : direct(ParsedStatement.Form.FROM, alias, List.of());
        }
        boolean list = fragment.isSymbol(next, "(") && fragment.partner(next) == fragment.size() - 1;
        List<ColumnDefinition> columns = list ? ColumnDefinition.list(fragment, next) : List.of();
        boolean typed = !columns.isEmpty() && columns.get(0).type() != null;
        boolean fits = !columns.isEmpty() && (alias != null || as && typed);
        return fits ? direct(ParsedStatement.Form.FROM, alias, columns) : null;
    }

    private ParsedStatement.Direct direct(ParsedStatement.Form form, String alias, List<ColumnDefinition> columns) {
        return new ParsedStatement.Direct(fragment.text(), fragment.start(), fragment.parameters(), form, call, alias,
                columns);
    }
}
