package io.pgbg.sql;

import java.util.ArrayList;
import java.util.List;

/**
 * Reads the SQL behind {@code EXECUTE} of PL/pgSQL where the body itself holds it: in literals, concatenated or as the
 * pattern of {@code format}. Used by one thread for one body.
 */
final class DynamicSql {

    /** No application nests parentheses deeper, and much deeper ones would end in a StackOverflowError. */
    private static final int DEEPEST = 16;

    private final Fragment body;
    private final EmbeddedText text;

    private DynamicSql(Fragment body, EmbeddedText text) {
        this.body = body;
        this.text = text;
    }

    /**
     * The texts that a body executes.
     *
     * @param text the body's text, with its place in the statement
     */
    static List<EmbeddedText> in(Fragment body, EmbeddedText text) {
        DynamicSql reader = new DynamicSql(body, text);
        List<EmbeddedText> texts = new ArrayList<>();
        for (int i = 0; i + 1 < body.size(); i++) {
            if (body.isWord(i, "execute") && !body.isSymbol(i - 1, ".")) {
                EmbeddedText.Builder parts = new EmbeddedText.Builder(text);
                reader.add(i + 1, reader.endOfExpression(i + 1), parts, 0);
                texts.add(parts.build());
            }
        }
        return texts;
    }

    /** The texts of all literals that may be parts of SQL, with or without an EXECUTE. */
    static List<EmbeddedText> anywhere(Fragment fragment, EmbeddedText text) {
        DynamicSql reader = new DynamicSql(fragment, text);
        List<EmbeddedText> texts = new ArrayList<>();
        int behind = 0;
        for (int i = 0; i < fragment.size(); i++) {
            boolean added = i < behind && reader.isJoined(i);
            if (!added && reader.isText(i)) {
                EmbeddedText.Builder parts = new EmbeddedText.Builder(text);
                behind = reader.endOfConcatenation(i);
                reader.add(i, behind, parts, 0);
                texts.add(parts.build());
            }
        }
        return texts;
    }

    private int endOfExpression(int first) {
        int at = first;
        while (at < body.size() && !endsExpression(at)) {
            at = body.next(at);
        }
        return at;
    }

    /** Where a text ends that begins with a token: before the next text that is not joined to it, at the latest. */
    private int endOfConcatenation(int first) {
        int at = body.next(first);
        while (at < body.size() && !endsExpression(at) && !body.isSymbol(at, ",") && (!isText(at) || isJoined(at))) {
            at = body.next(at);
        }
        return at;
    }

    private boolean isText(int i) {
        return body.is(i, Token.Kind.STRING) && !body.isWord(i - 1, "uescape") || isFormat(i);
    }

    private boolean isJoined(int i) {
        return body.isSymbol(body.isSymbol(i - 1, ".") ? i - 3 : i - 1, "||");
    }

    private boolean endsExpression(int i) {
        return body.isSymbol(i, ";") || body.isSymbol(i, ")") || switch (body.word(i)) {
            case "into", "using", "loop", "execute" -> true;
            default -> false;
        };
    }

    /** Adds the operands of a concatenation. */
    private void add(int from, int to, EmbeddedText.Builder parts, int depth) {
        boolean operand = true;
        for (int at = from; at < to; at = body.next(at)) {
            if (operand) {
                addOperand(at, to, parts, depth);
            }
            operand = body.isSymbol(at, "||");
        }
    }

    private void addOperand(int at, int to, EmbeddedText.Builder parts, int depth) {
        int name = body.isWord(at, "pg_catalog") && body.isSymbol(at + 1, ".") ? at + 2 : at;
        boolean call = body.isName(name) && body.isSymbol(name + 1, "(");
        boolean format = isFormat(name);
        int open = call ? name + 1 : at;
        int close = body.isSymbol(open, "(") && depth < DEEPEST ? body.partner(open) : -1;
        boolean inner = close > 0 && close < to && (format || !call) && !isQuery(open + 1);
        if (body.is(at, Token.Kind.STRING) && !body.isWord(at + 1, "uescape")) {
            parts.add(body, at);
        } else if (inner && format) {
            int from = parts.length();
            add(open + 1, body.comma(open + 1, close), parts, depth + 1);
            parts.fillIn(from);
        } else if (inner) {
            add(open + 1, close, parts, depth + 1);
        } else if (call && isQuoting(name) && endsOperand(close + 1, to)) {
            parts.addOperand();
        } else {
            parts.addUnknown();
        }
    }

    private boolean isFormat(int i) {
        return "format".equals(body.name(i)) && body.isSymbol(i + 1, "(");
    }

    /** Functions whose result is one literal or one name. */
    private boolean isQuoting(int name) {
        return switch (body.name(name)) {
            case "quote_literal", "quote_nullable", "quote_ident" -> true;
            default -> false;
        };
    }

    private boolean endsOperand(int i, int to) {
        return i > 0 && (i == to || body.isSymbol(i, "||") || body.isSymbol(i, "::"));
    }

    private boolean isQuery(int i) {
        return switch (body.word(i)) {
            case "select", "with", "values", "table" -> true;
            default -> false;
        };
    }
}
