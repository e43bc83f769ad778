package io.pgbg.sql;

import java.util.ArrayList;
import java.util.List;

/**
 * Reads the arguments of a call, and of the calls nested in it, as far as the driver can take them apart. Used by one
 * thread for one statement.
 */
final class ArgumentReader {

    /** No application nests deeper, and much deeper nesting would end in a StackOverflowError. */
    private static final int DEEPEST = 32;

    private final Fragment fragment;
    private final List<CallSite> sites;
    private String obstacle;

    ArgumentReader(Fragment fragment, List<CallSite> sites) {
        this.fragment = fragment;
        this.sites = sites;
    }

    /**
     * Reads the call at a site.
     *
     * @return null when the driver cannot evaluate its arguments by themselves; {@link #obstacle()} then says why
     */
    FunctionCall read(CallSite site) {
        obstacle = null;
        return read(site, 0);
    }

    /** Why the last call could not be read, in words to be read after "in". */
    String obstacle() {
        return obstacle;
    }

    private FunctionCall read(CallSite site, int depth) {
        List<FunctionCall.Argument> arguments = new ArrayList<>();
        for (ArgumentList.Item item : ArgumentList.of(fragment, site.open(), site.close())) {
            FunctionCall.Argument argument = depth == DEEPEST ? refuse("a nesting too deep") : argument(item, depth);
            if (argument == null) {
                return null;
            }
            arguments.add(argument);
        }
        return new FunctionCall(site.function(), arguments, fragment.startOf(site.first()),
                fragment.endOf(site.close()));
    }

    private FunctionCall.Argument argument(ArgumentList.Item item, int depth) {
        if (item.isEmpty()) {
            return refuse("an incomplete argument list");
        }
        String clause = ArgumentList.clause(fragment, item);
        if (clause != null) {
            return refuse("an argument list with " + clause);
        }
        CallSite nested = nestedCall(item.first(), item.last());
        if (nested != null) {
            FunctionCall call = read(nested, depth + 1);
            return call == null ? null
                    : make(item.name(), item.first(), item.last(), FunctionCall.Form.CALL, null, call);
        }
        return plain(item.name(), item.first(), item.last());
    }

    /** The call that is the whole argument, with or without parentheses around it; or null. */
    private CallSite nestedCall(int first, int last) {
        int from = first;
        int to = last;
        while (fragment.isSymbol(from, "(") && fragment.partner(from) == to) {
            from++;
            to--;
        }
        int index = firstSiteFrom(from);
        CallSite site = index < sites.size() ? sites.get(index) : null;
        return site != null && site.first() == from && site.close() == to ? site : null;
    }

    private FunctionCall.Argument plain(String name, int first, int last) {
        if (first == last) {
            String literal = fragment.literal(first);
            if (literal != null) {
                return make(name, first, last, FunctionCall.Form.STRING, literal, null);
            }
            if (fragment.isWord(first, "null")) {
                return make(name, first, last, FunctionCall.Form.NULL, null, null);
            }
            if (fragment.is(first, Token.Kind.JDBC_PARAMETER)) {
                return make(name, first, last, FunctionCall.Form.PARAMETER, null, null);
            }
        }
        if (isInteger(first, last)) {
            String sign = first == last ? "" : fragment.text(first, first);
            return make(name, first, last, FunctionCall.Form.INTEGER, sign + fragment.text(last, last), null);
        }
        return expression(name, first, last);
    }

    private boolean isInteger(int first, int last) {
        boolean signed = last == first + 1 && (fragment.isSymbol(first, "+") || fragment.isSymbol(first, "-"));
        return (first == last || signed) && fragment.is(last, Token.Kind.NUMBER)
                && Characters.areDigits(fragment.text(last, last));
    }

    private FunctionCall.Argument expression(String name, int first, int last) {
        int index = firstSiteFrom(first);
        if (index < sites.size() && sites.get(index).first() <= last) {
            return refuse(ShapeNamer.EXPRESSION);
        }
        return make(name, first, last, FunctionCall.Form.EXPRESSION, null, null);
    }

    /** The index of the first site that starts at or behind a token: a binary search, because they are in order. */
    private int firstSiteFrom(int token) {
        int low = 0;
        int high = sites.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (sites.get(middle).first() < token) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private FunctionCall.Argument make(String name, int first, int last, FunctionCall.Form form, String value,
            FunctionCall call) {
        return new FunctionCall.Argument(name, fragment.text(first, last), fragment.startOf(first), form, value, call,
                fragment.parameters(first, last));
    }

    private FunctionCall.Argument refuse(String reason) {
        if (obstacle == null) {
            obstacle = reason;
        }
        return null;
    }
}
