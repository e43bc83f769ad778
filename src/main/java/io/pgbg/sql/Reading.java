package io.pgbg.sql;

/**
 * What the driver has to know of a text before it passes it on. Immutable.
 *
 * @param script the text's statements when the driver has to do something itself; null when it has not
 * @param mentions what the text may change in the session
 */
public record Reading(Script script, SettingMentions mentions) {

    /** A text that the driver passes on and forgets. */
    public static final Reading PLAIN = new Reading(null, SettingMentions.NONE);
}
