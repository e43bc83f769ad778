package io.pgbg.sql;

import java.util.HashSet;
import java.util.Set;

/**
 * Looks for the words that change settings or the role, wherever they stand in a text: they may be the text of a job or
 * a part of PL/pgSQL, inside any quotes. What it finds too much does no harm. Used by one thread for one text.
 */
final class SettingMentionReader {

    private static final WordSearch DISCARD = new WordSearch("discard");

    private final Set<String> names = new HashSet<>();
    private boolean hiddenNames;
    private boolean role;

    private SettingMentionReader() {
    }

    /** What the text mentions; {@link SettingMentions#NONE}, and nothing allocated, when that is nothing. */
    static SettingMentions read(String sql) {
        int first = nextEffect(sql, 0);
        boolean discards = discardsAll(sql);
        if (first < 0 && !discards) {
            return SettingMentions.NONE;
        }
        SettingMentionReader reader = new SettingMentionReader();
        reader.role = discards;
        for (int at = first; at >= 0; at = nextEffect(sql, at + 3)) {
            reader.add(sql, at);
        }
        return reader.result();
    }

    private SettingMentions result() {
        boolean none = names.isEmpty() && !hiddenNames && !role;
        return none ? SettingMentions.NONE : new SettingMentions(names, hiddenNames, role);
    }

    /** The offset of the next "set", the end of RESET included, that changes something of interest; or -1. */
    private static int nextEffect(String sql, int from) {
        int at = SetSearch.find(sql, from);
        while (at >= 0 && !hasEffect(sql, at)) {
            at = SetSearch.find(sql, at + 3);
        }
        return at;
    }

    private static boolean hasEffect(String sql, int at) {
        if (TextProbe.isWord(sql, at, "set")) {
            return changesRole(sql, at) || settingEnd(sql, settingStart(sql, at)) >= 0;
        }
        if (TextProbe.isWord(sql, at, "set_config")) {
            return ConfigCall.isAt(sql, at);
        }
        return resetsRole(sql, at);
    }

    private void add(String sql, int at) {
        if (TextProbe.isWord(sql, at, "set_config")) {
            addConfigured(ConfigCall.setting(sql, at));
            return;
        }
        int start = settingStart(sql, at);
        int end = settingEnd(sql, start);
        if (end >= 0 && TextProbe.isWord(sql, at, "set")) {
            names.add(DottedName.text(sql, start, end));
        } else {
            role = true;
        }
    }

    private void addConfigured(String setting) {
        if (setting == null) {
            hiddenNames = true;
            role = true;
        } else if (setting.equals("role") || setting.equals("session_authorization")) {
            role = true;
        } else if (setting.indexOf('.') >= 0) {
            names.add(setting);
        }
    }

    /** {@code SET [SESSION | LOCAL] ROLE}, with a name or as a setting, and SESSION AUTHORIZATION. */
    private static boolean changesRole(String sql, int set) {
        int first = TextProbe.skipBlank(sql, set + 3);
        return namesRole(sql, first) || namesRole(sql, behindScope(sql, first));
    }

    private static boolean resetsRole(String sql, int set) {
        if (!TextProbe.isWord(sql, set - 2, "reset")) {
            return false;
        }
        int what = TextProbe.skipBlank(sql, set + 3);
        return TextProbe.isWord(sql, what, "all") || namesRole(sql, what);
    }

    private static boolean namesRole(String sql, int at) {
        int word = TextProbe.is(sql, at, '"') ? at + 1 : at;
        if (TextProbe.isWord(sql, word, "role")) {
            return !TextProbe.is(sql, TextProbe.skipBlank(sql, word + "role".length()), '.');
        }
        return TextProbe.isWord(sql, word, "session_authorization") || TextProbe.isWord(sql, at, "session")
                && TextProbe.isWord(sql, TextProbe.skipBlank(sql, at + "session".length()), "authorization");
    }

    private static boolean discardsAll(String sql) {
        int at = DISCARD.find(sql, 0);
        while (at >= 0) {
            int end = at + "discard".length();
            if (TextProbe.isWord(sql, at, "discard") && TextProbe.isWord(sql, TextProbe.skipBlank(sql, end), "all")) {
                return true;
            }
            at = DISCARD.find(sql, end);
        }
        return false;
    }

    /** Where the name of a setting starts behind SET; SESSION and LOCAL may be the name's first part. */
    private static int settingStart(String sql, int set) {
        int first = TextProbe.skipBlank(sql, set + 3);
        int behind = behindScope(sql, first);
        return behind > first && !TextProbe.is(sql, behind, '.') ? behind : first;
    }

    /** The end of the name with a dot that starts here, if something is assigned to it; or -1. */
    private static int settingEnd(String sql, int start) {
        int end = DottedName.end(sql, start);
        int next = end < 0 ? sql.length() : TextProbe.skipBlank(sql, end);
        return TextProbe.is(sql, next, '=') || TextProbe.isWord(sql, next, "to") ? end : -1;
    }

    private static int behindScope(String sql, int at) {
        if (TextProbe.isWord(sql, at, "session")) {
            return TextProbe.skipBlank(sql, at + "session".length());
        }
        return TextProbe.isWord(sql, at, "local") ? TextProbe.skipBlank(sql, at + "local".length()) : at;
    }
}
