package io.pgbg.sql;

import java.util.Set;

/**
 * What a text may change in the session that the server's {@code pg_settings} does not tell: the names of custom
 * settings ({@code SET app.tenant = ..}, {@code set_config('app.tenant', ..)}).
 *
 * @param names custom setting names in lower case; a superset is harmless, a missing one is not
 * @param hiddenNames whether a {@code set_config} takes its name from a parameter or an expression
 */
public record SettingMentions(Set<String> names, boolean hiddenNames) {

    /** Nothing is changed. */
    public static final SettingMentions NONE = new SettingMentions(Set.of(), false);

    public SettingMentions {
        names = Set.copyOf(names);
    }

    /**
     * What a text mentions, literals and comments included: the text of a {@code DO} block or of a job is a literal.
     *
     * @return {@link #NONE} itself, without allocation, for a text that changes nothing
     */
    public static SettingMentions in(String sql) {
        return SettingMentionReader.read(sql);
    }
}
