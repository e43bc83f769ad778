package io.pgbg.sql;

import java.util.ArrayList;
import java.util.List;

/** Recognises the statements about the settings {@code pg_background.x}. Pure functions. */
final class SettingParser {

    private static final String PREFIX = "pg_background.";

    private SettingParser() {
    }

    /** SET, SHOW or RESET of one of the driver's settings, or null. */
    static ParsedStatement parse(Fragment fragment) {
        if (fragment.isWord(0, "set")) {
            return set(fragment);
        }
        boolean show = fragment.isWord(0, "show");
        String name = show || fragment.isWord(0, "reset") ? nameAlone(fragment) : null;
        if (name == null) {
            return null;
        }
        return show ? new ParsedStatement.ShowSetting(fragment.text(), fragment.start(), fragment.parameters(), name)
                : new ParsedStatement.ResetSetting(fragment.text(), fragment.start(), fragment.parameters(), name);
    }

    /** The calls of {@code current_setting} with the literal name of one of the driver's settings. */
    static List<ParsedStatement.SettingRead> reads(Fragment fragment) {
        List<ParsedStatement.SettingRead> reads = new ArrayList<>();
        if (StatementKinds.definesRoutine(fragment)) {
            return reads;
        }
        for (int i = 0; i + 3 < fragment.size(); i++) {
            int open = i + 1;
            int close = fragment.partner(open);
            if (fragment.isSymbol(open, "(") && close > open && isCurrentSetting(fragment, i)
                    && (fragment.isSymbol(i + 3, ")") || fragment.isSymbol(i + 3, ","))) {
                String name = own(fragment.literal(i + 2));
                // a parameter in it must not get lost
                if (name != null && fragment.parameters(open, close) == 0) {
                    int first = fragment.isSymbol(i - 1, ".") ? i - 2 : i;
                    reads.add(new ParsedStatement.SettingRead(fragment.startOf(first), fragment.endOf(close), name));
                }
            }
        }
        return reads;
    }

    private static boolean isCurrentSetting(Fragment fragment, int i) {
        if (!"current_setting".equals(fragment.name(i))) {
            return false;
        }
        return !fragment.isSymbol(i - 1, ".")
                || "pg_catalog".equals(fragment.name(i - 2)) && !fragment.isSymbol(i - 3, ".");
    }

    private static ParsedStatement set(Fragment fragment) {
        boolean local = fragment.isWord(1, "local");
        int first = local || fragment.isWord(1, "session") ? 2 : 1;
        int operator = behindName(fragment, first);
        String name = name(fragment, first, operator);
        int value = operator + 1;
        if (name == null || value >= fragment.size()
                || !fragment.isSymbol(operator, "=") && !fragment.isWord(operator, "to")) {
            return null;
        }
        boolean reset = fragment.isWord(value, "default") && value == fragment.size() - 1;
        String text = reset ? null : values(fragment, value);
        return text == null && !reset ? null
                : new ParsedStatement.SetSetting(fragment.text(), fragment.start(), fragment.parameters(), local, name,
                        text);
    }

    private static String nameAlone(Fragment fragment) {
        int end = behindName(fragment, 1);
        return end == fragment.size() ? name(fragment, 1, end) : null;
    }

    /** The index behind a name with dots. */
    private static int behindName(Fragment fragment, int first) {
        int at = first;
        while (fragment.isName(at) && fragment.isSymbol(at + 1, ".")) {
            at += 2;
        }
        return fragment.isName(at) ? at + 1 : at;
    }

    private static String name(Fragment fragment, int first, int end) {
        StringBuilder name = new StringBuilder();
        for (int i = first; i < end; i++) {
            name.append(fragment.isSymbol(i, ".") ? "." : fragment.name(i));
        }
        return own(name.toString());
    }

    /** The name in lower case if it is a setting of the driver, else null. Even in quotes the case does not matter. */
    private static String own(String name) {
        if (name == null || name.length() <= PREFIX.length()) {
            return null;
        }
        String lower = Characters.lowerCase(name);
        return lower.startsWith(PREFIX) ? lower : null;
    }

    /** The values to the end of the statement, as the server joins them; or null when they are not values. */
    private static String values(Fragment fragment, int first) {
        StringBuilder joined = new StringBuilder();
        int at = first;
        while (true) {
            boolean signed = fragment.isSymbol(at, "-") || fragment.isSymbol(at, "+");
            int last = signed ? at + 1 : at;
            String value = fragment.is(last, Token.Kind.NUMBER) ? fragment.text(last, last)
                    : signed ? null : fragment.isName(last) ? fragment.name(last) : fragment.literal(last);
            if (value == null) {
                return null;
            }
            joined.append(fragment.isSymbol(at, "-") ? "-" : "").append(value);
            if (last + 1 == fragment.size()) {
                return joined.toString();
            }
            if (!fragment.isSymbol(last + 1, ",")) {
                return null;
            }
            joined.append(", ");
            at = last + 2;
        }
    }
}
