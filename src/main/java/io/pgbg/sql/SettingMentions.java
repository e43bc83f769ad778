package io.pgbg.sql;

import java.util.HashSet;
import java.util.Set;

/**
 * The custom settings that a text may change in the session ({@code SET app.tenant = ..},
 * {@code set_config('app.tenant', ..)}); the server's {@code pg_settings} does not list them. Immutable.
 *
 * @param names custom setting names in lower case; a superset is harmless, a missing one is not
 * @param hiddenNames whether a {@code set_config} takes its name from a parameter or an expression
 */
public record SettingMentions(Set<String> names, boolean hiddenNames) {

    /** The text changes no custom setting. */
    public static final SettingMentions NONE = new SettingMentions(Set.of(), false);

    public SettingMentions {
        names = Set.copyOf(names);
    }

    /**
     * Reads a text, literals and comments included: the text of a {@code DO} block or of a job is a literal.
     *
     * @return {@link #NONE} itself, without allocation, for a text that changes nothing
     */
    public static SettingMentions in(String sql) {
        int at = nextEffect(sql, 0);
        if (at < 0) {
            return NONE;
        }
        Set<String> names = new HashSet<>();
        boolean hidden = false;
        while (at >= 0) {
            if (SettingName.isConfigCall(sql, at)) {
                String configured = SettingName.ofConfigCall(sql, at);
                hidden |= configured == null;
                if (configured == null || configured.indexOf('.') < 0) {
                    configured = SettingName.behindResult(sql, at);
                }
                if (configured != null && configured.indexOf('.') >= 0) {
                    names.add(configured);
                }
            } else {
                int start = settingStart(sql, at);
                names.add(SettingName.text(sql, start, assignedEnd(sql, start)));
            }
            at = nextEffect(sql, at + 3);
        }
        return names.isEmpty() && !hidden ? NONE : new SettingMentions(names, hidden);
    }

    /** The offset of the next "set" that may change a custom setting; or -1. */
    private static int nextEffect(String sql, int from) {
        int at = TextSearch.findSet(sql, from);
        while (at >= 0 && !hasEffect(sql, at)) {
            at = TextSearch.findSet(sql, at + 3);
        }
        return at;
    }

    private static boolean hasEffect(String sql, int at) {
        return TextProbe.isWord(sql, at, "set") ? assignedEnd(sql, settingStart(sql, at)) >= 0
                : SettingName.isConfigCall(sql, at);
    }

    /** Where the name of a setting starts behind SET; SESSION and LOCAL may be the name's first part. */
    private static int settingStart(String sql, int set) {
        int first = TextProbe.skipBlank(sql, set + 3);
        int behind = behindScope(sql, first);
        return behind > first && !TextProbe.is(sql, behind, '.') ? behind : first;
    }

    private static int behindScope(String sql, int at) {
        if (TextProbe.isWord(sql, at, "session")) {
            return TextProbe.skipBlank(sql, at + "session".length());
        }
        return TextProbe.isWord(sql, at, "local") ? TextProbe.skipBlank(sql, at + "local".length()) : at;
    }

    /** The end of the name with a dot that starts here, if something is assigned to it; or -1. */
    private static int assignedEnd(String sql, int start) {
        int end = SettingName.end(sql, start);
        int next = end < 0 ? sql.length() : TextProbe.skipBlank(sql, end);
        return TextProbe.is(sql, next, '=') || TextProbe.isWord(sql, next, "to") ? end : -1;
    }
}
