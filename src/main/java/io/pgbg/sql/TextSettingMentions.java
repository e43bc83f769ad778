package io.pgbg.sql;

import java.util.regex.Pattern;

/** Finds out whether a job may change a setting by which its session writes values as texts. Pure functions. */
final class TextSettingMentions {

    /** Literals and comments are searched, too: a DO block is a literal. */
    private static final Pattern MENTION = Pattern.compile("search_path|intervalstyle|extra_float_digits|lc_monetary"
            + "|timezone|bytea_output|quote_all_identifiers|\\b(?:reset|discard)\\s+all\\b"
            + "|\\bset\\s+(?:session\\s+|local\\s+)?(?:time\\s+zone|schema)\\b", Pattern.CASE_INSENSITIVE);

    private TextSettingMentions() {
    }

    /** Whether a text mentions one. That it does not change it is harmless. */
    static boolean in(String sql) {
        return MENTION.matcher(sql).find();
    }
}
