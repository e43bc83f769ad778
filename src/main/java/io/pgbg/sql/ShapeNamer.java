package io.pgbg.sql;

import java.util.Locale;
import java.util.Set;

/**
 * Names the place of a call that the driver does not answer itself, in words to be read after "in". Used by one thread
 * for one statement.
 */
final class ShapeNamer {

    static final String EXPRESSION = "an expression";

    /** The clauses of a query, by their first word. */
    private static final Set<String> CLAUSES = Set.of("from", "where", "group", "having", "window", "order", "limit",
            "offset", "fetch", "for");

    private final Fragment fragment;
    private final CallSite site;
    private final String obstacle;

    private ShapeNamer(Fragment fragment, CallSite site, String obstacle) {
        this.fragment = fragment;
        this.site = site;
        this.obstacle = obstacle;
    }

    /**
     * @param site the first call of the statement
     * @param obstacle what is wrong with the call's arguments, or null
     */
    static String name(Fragment fragment, CallSite site, String obstacle) {
        return new ShapeNamer(fragment, site, obstacle).statement();
    }

    private String statement() {
        String first = fragment.word(0);
        return switch (first) {
            case "select" -> query();
            case "with" -> "a WITH query";
            case "values" -> "a VALUES list";
            case "declare" -> "a DECLARE CURSOR";
            case "call" -> site.first() == 1 ? "a CALL statement; it is a function" : "a CALL";
            case "create" -> created();
            case "alter" -> "an ALTER " + upper(fragment.word(1));
            case "" -> fragment.isSymbol(0, "{") ? "an escape with other items" : "a query in parentheses";
            default -> article(first) + " " + upper(first);
        };
    }

    private String created() {
        String created = StatementKinds.created(fragment);
        if (created.equals("materialized")) {
            return "a CREATE MATERIALIZED VIEW";
        }
        return "a CREATE " + upper(created) + (StatementKinds.createsTableAs(fragment, site.first()) ? " AS" : "");
    }

    private String query() {
        String whole = ofWholeQuery();
        if (whole != null) {
            return whole;
        }
        if (isInSubSelect()) {
            return "a sub-select";
        }
        int clause = clauseOf(site.first());
        return switch (fragment.word(clause)) {
            case "select" -> inSelectList();
            case "from" -> inFrom(clause);
            default -> "a query with " + clauseName(clause);
        };
    }

    /** The shape by the words outside of all brackets, if they tell it wherever the call stands; or null. */
    private String ofWholeQuery() {
        for (int i = 1; i < fragment.size(); i = fragment.next(i)) {
            switch (fragment.word(i)) {
                case "union":
                    return "a UNION";
                case "intersect", "except":
                    return "an " + upper(fragment.word(i));
                case "into":
                    return "a SELECT INTO";
                case "join":
                    return "a JOIN";
                default:
                    break;
            }
        }
        return null;
    }

    private boolean isInSubSelect() {
        for (int open = fragment.opener(site.first()); open >= 0; open = fragment.opener(open)) {
            String word = fragment.word(open + 1);
            if (word.equals("select") || word.equals("with") || word.equals("values")) {
                return true;
            }
        }
        return false;
    }

    /** The clause that a token stands in, by the index of the clause's first word. */
    private int clauseOf(int token) {
        int clause = 0;
        for (int i = 0; i < token; i = fragment.next(i)) {
            if (startsClause(i)) {
                clause = i;
            }
        }
        return clause;
    }

    /** The clause behind the one that starts here, or -1. */
    private int clauseBehind(int clause) {
        for (int i = fragment.next(clause); i < fragment.size(); i = fragment.next(i)) {
            if (startsClause(i)) {
                return i;
            }
        }
        return -1;
    }

    /** The GROUP of WITHIN GROUP starts none. */
    private boolean startsClause(int i) {
        String word = fragment.word(i);
        return CLAUSES.contains(word) && (!word.equals("group") || fragment.isWord(i + 1, "by"));
    }

    private String clauseName(int clause) {
        boolean by = fragment.isWord(clause + 1, "by");
        return upper(fragment.word(clause)) + (by ? " BY" : "");
    }

    private String inSelectList() {
        if (fragment.isWord(1, "distinct")) {
            return "a SELECT DISTINCT";
        }
        int clause = clauseBehind(0);
        int end = clause < 0 ? fragment.size() : clause;
        if (hasWord(1, site.first(), "case")) {
            return "a CASE expression";
        }
        if (hasComma(1, end)) {
            return "a select list with other items";
        }
        if (clause >= 0) {
            return "a query with " + clauseName(clause);
        }
        return hasWord(site.open(), site.close(), "case") ? "a CASE expression" : argumentsOr(EXPRESSION);
    }

    private String inFrom(int from) {
        int clause = clauseBehind(from);
        if (hasComma(from + 1, clause < 0 ? fragment.size() : clause)) {
            return "a FROM list with other items";
        }
        if (fragment.isWord(from + 1, "lateral")) {
            return "a LATERAL item";
        }
        if (clause >= 0) {
            return "a query with " + clauseName(clause);
        }
        if (fragment.isWord(from - 1, "rows")) {
            return "a ROWS FROM list";
        }
        if (!fragment.isSymbol(1, "*") || from != 2) {
            return "a select list other than *";
        }
        if (fragment.isWord(site.close() + 1, "with")) {
            return "a FROM item WITH ORDINALITY";
        }
        return hasWord(site.open(), site.close(), "case") ? "a CASE expression" : argumentsOr("a FROM item");
    }

    private String argumentsOr(String other) {
        return obstacle == null ? other : obstacle;
    }

    private boolean hasComma(int from, int to) {
        return fragment.comma(from, to) < to;
    }

    private boolean hasWord(int from, int to, String word) {
        for (int i = from; i < to; i++) {
            if (fragment.isWord(i, word)) {
                return true;
            }
        }
        return false;
    }

    private static String article(String word) {
        return "aeiou".indexOf(word.charAt(0)) >= 0 ? "an" : "a";
    }

    private static String upper(String word) {
        return word.toUpperCase(Locale.ROOT);
    }
}
