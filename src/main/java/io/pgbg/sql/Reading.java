package io.pgbg.sql;

/**
 * What the driver has to know of a text before it passes it on. Immutable.
 *
 * @param script the text's statements when the driver itself has something to do; otherwise null
 * @param mentions the settings that the text may change in the session
 */
public record Reading(Script script, SettingMentions mentions) {

    /** The reading of a text that the driver passes on and forgets. */
    public static final Reading PLAIN = new Reading(null, SettingMentions.NONE);
}
