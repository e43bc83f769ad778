package io.pgbg.sql;

import java.util.HashSet;
import java.util.Set;

/**
 * Looks for the words that change settings, wherever they stand in a text: they may be the text of a job or a part of
 * PL/pgSQL, inside any quotes. What it finds too much does no harm. Used by one thread for one text.
 */
final class SettingMentionReader {

    private final Set<String> names = new HashSet<>();
    private boolean hiddenNames;

    private SettingMentionReader() {
    }

    /** What the text mentions; {@link SettingMentions#NONE}, and nothing allocated, when that is nothing. */
    static SettingMentions read(String sql) {
        int first = nextEffect(sql, 0);
        if (first < 0) {
            return SettingMentions.NONE;
        }
        SettingMentionReader reader = new SettingMentionReader();
        for (int at = first; at >= 0; at = nextEffect(sql, at + 3)) {
            reader.add(sql, at);
        }
        return reader.result();
    }

    private SettingMentions result() {
        boolean none = names.isEmpty() && !hiddenNames;
        return none ? SettingMentions.NONE : new SettingMentions(names, hiddenNames);
    }

    /** The offset of the next "set" that changes something of interest; or -1. */
    private static int nextEffect(String sql, int from) {
        int at = SetSearch.find(sql, from);
        while (at >= 0 && !hasEffect(sql, at)) {
            at = SetSearch.find(sql, at + 3);
        }
        return at;
    }

    private static boolean hasEffect(String sql, int at) {
        if (TextProbe.isWord(sql, at, "set")) {
            return settingEnd(sql, settingStart(sql, at)) >= 0;
        }
        return TextProbe.isWord(sql, at, "set_config") && ConfigCall.isAt(sql, at);
    }

    private void add(String sql, int at) {
        if (TextProbe.isWord(sql, at, "set_config")) {
            addConfigured(ConfigCall.setting(sql, at));
            return;
        }
        int start = settingStart(sql, at);
        names.add(DottedName.text(sql, start, settingEnd(sql, start)));
    }

    private void addConfigured(String setting) {
        if (setting == null) {
            hiddenNames = true;
        } else if (setting.indexOf('.') >= 0) {
            names.add(setting);
        }
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
