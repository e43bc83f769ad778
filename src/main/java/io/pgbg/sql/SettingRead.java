package io.pgbg.sql;

import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * A call {@code current_setting('pg_background.x' [, missing_ok])} whose first argument is a literal.
 *
 * @param start offset of the call in the statement's text
 * @param end offset behind the closing parenthesis
 * @param name the setting's name, in lower case
 */
public record SettingRead(int start, int end, String name) {

    /** The change that puts the setting's value in place of the call; empty when there is no such setting. */
    Optional<TextEdits.Edit> edit(UnaryOperator<String> settings) {
        return Optional.ofNullable(settings.apply(name)).map(text -> new TextEdits.Edit(start, end, text));
    }
}
