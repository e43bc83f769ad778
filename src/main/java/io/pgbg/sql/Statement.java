package io.pgbg.sql;

import java.util.List;

/** One statement of a {@link Script}, by what the driver has to do with it. */
public sealed interface Statement {

    /** The statement's text as written, without the semicolon that ends it. */
    String text();

    /** Offset of {@link #text()} in the script. */
    int start();

    /** The number of JDBC parameters in it. */
    int parameters();

    /**
     * A statement that is none of the driver's business.
     *
     * @param keyword its first word in upper case, empty when it has none
     */
    record Passed(String text, int start, int parameters, String keyword) implements Statement {
    }

    /**
     * A call that the driver answers itself.
     *
     * @param form how the call stands in the statement
     * @param call the call
     * @param alias the name after AS: of the column in a select list, of the table in FROM; null when there is none
     * @param columns the column definition list or the column aliases in FROM; empty when there is none
     */
    record Direct(String text, int start, int parameters, Form form, Call call, String alias,
            List<ColumnDefinition> columns) implements Statement {

        public Direct {
            columns = List.copyOf(columns);
        }
    }

    /** How a direct call stands in its statement. */
    enum Form {
        /** {@code SELECT f(..) [[AS] a]}. */
        SELECT_LIST,
        /** {@code SELECT * FROM f(..) [[AS] t] [(columns)]}. */
        FROM,
        /** {@code {call f(..)}}. */
        ESCAPE_CALL,
        /** {@code {? = call f(..)}}: the first parameter is the result, not an argument. */
        ESCAPE_FUNCTION
    }

    /**
     * {@code SET [SESSION | LOCAL] pg_background.x {= | TO} value}.
     *
     * @param local whether it is SET LOCAL
     * @param name the setting's name in lower case, {@code pg_background.} included
     * @param value the value without quotes, or null for DEFAULT
     */
    record SetSetting(String text, int start, int parameters, boolean local, String name, String value)
            implements Statement {
    }

    /** {@code SHOW pg_background.x}. */
    record ShowSetting(String text, int start, int parameters, String name) implements Statement {
    }

    /** {@code RESET pg_background.x}. */
    record ResetSetting(String text, int start, int parameters, String name) implements Statement {
    }

    /**
     * A statement for the server that reads settings of the driver with {@code current_setting}.
     *
     * @param keyword its first word in upper case
     * @param reads the calls, in text order, never empty
     */
    record ReadsSettings(String text, int start, int parameters, String keyword, List<SettingRead> reads)
            implements Statement {

        public ReadsSettings {
            reads = List.copyOf(reads);
        }
    }

    /**
     * A statement with a call in a place where the driver cannot answer it.
     *
     * @param function the function called, in lower case
     * @param shape a few words that name the place, to be read after "in", such as {@code a CREATE TABLE AS statement}
     */
    record Refused(String text, int start, int parameters, String function, String shape) implements Statement {
    }
}
