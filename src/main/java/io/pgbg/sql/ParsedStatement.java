package io.pgbg.sql;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/** One statement of a {@link Script}, by what the driver has to do with it. */
public sealed interface ParsedStatement {

    /** The statement's text as written, without the semicolon that ends it. */
    String text();

    /** Offset of {@link #text()} in the script. */
    int start();

    /** The number of JDBC parameters in it. */
    int parameters();

    /**
     * A statement that the driver passes on.
     *
     * @param keyword its first word in upper case, empty when it has none
     */
    record Passed(String text, int start, int parameters, String keyword) implements ParsedStatement {
    }

    /**
     * A call that the driver answers itself.
     *
     * @param form how the call stands in the statement
     * @param call the call
     * @param alias the name after AS: of the column in a select list, of the table in FROM; null when there is none
     * @param columns the column definition list or the column aliases in FROM; empty when there is none
     */
    record Direct(String text, int start, int parameters, Form form, FunctionCall call, String alias,
            List<ColumnDefinition> columns) implements ParsedStatement {

        public Direct {
            columns = List.copyOf(columns);
        }

        /** The statement without the arguments that are nothing but one of these JDBC parameters. */
        public Direct without(Set<Integer> left) {
            return new Direct(text, start, parameters, form, call.without(left), alias, columns);
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
            implements ParsedStatement {
    }

    /** {@code SHOW pg_background.x}. */
    record ShowSetting(String text, int start, int parameters, String name) implements ParsedStatement {
    }

    /** {@code RESET pg_background.x}. */
    record ResetSetting(String text, int start, int parameters, String name) implements ParsedStatement {
    }

    /**
     * A statement for the server that reads settings of the driver with {@code current_setting}.
     *
     * @param keyword its first word in upper case
     * @param reads the calls, in text order, never empty
     */
    record ReadsSettings(String text, int start, int parameters, String keyword, List<SettingRead> reads)
            implements ParsedStatement {

        public ReadsSettings {
            reads = List.copyOf(reads);
        }

        /** The statement with the values of the settings, so that the server does not have to know them. */
        public String with(UnaryOperator<String> settings) {
            return new TextEdits(text, reads.stream().flatMap(read -> read.edit(settings).stream()).toList()).text();
        }
    }

    /**
     * A call {@code current_setting('pg_background.x' [, missing_ok])} whose first argument is a literal.
     *
     * @param start offset of the call in the statement's text
     * @param end offset behind the closing parenthesis
     * @param name the setting's name, in lower case
     */
    record SettingRead(int start, int end, String name) {

        /** The change that puts the setting's value in place of the call; empty when there is no such setting. */
        Optional<TextEdits.Edit> edit(UnaryOperator<String> settings) {
            return Optional.ofNullable(settings.apply(name)).map(text -> new TextEdits.Edit(start, end, text));
        }
    }

    /**
     * A statement with calls where only the server can make them, or with names of types or views: functions, types and
     * views of the same names must exist there.
     *
     * @param keyword its first word in upper case
     * @param shape a few words that name the place of the first call, to be read after "in", such as
     *     {@code a CREATE TABLE AS}
     * @param keeps whether what the statement makes may call the functions in later statements that do not show it: a
     *     view, a default, a cursor, a prepared statement
     * @param rewriting how it is written for the server
     */
    record Relayed(String text, int start, int parameters, String keyword, String shape, boolean keeps,
            Rewriting rewriting) implements ParsedStatement {

        /** All that it calls or names, in text order, never empty. */
        public List<RelayedCall> calls() {
            return rewriting.calls();
        }

        /** The names of all that it calls or names, in lower case. */
        public Set<String> names() {
            return rewriting.names();
        }

        /** The first function called, or what else is named first, in lower case. */
        public String function() {
            return calls().get(0).function();
        }

        /** The statement with all calls written so that they reach these functions and no others. */
        public Qualified in(CallTarget target) {
            return rewriting.in(target);
        }
    }

    /**
     * {@code CREATE EXTENSION pg_background}.
     *
     * @param schema the schema named, or null
     * @param version the version named, or null
     */
    record CreateExtension(String text, int start, int parameters, boolean ifNotExists, String schema, String version,
            boolean cascade) implements ParsedStatement {
    }

    /**
     * {@code DROP EXTENSION} with pg_background among the names.
     *
     * @param others the other names of the list, as written
     */
    record DropExtension(String text, int start, int parameters, boolean ifExists, List<String> others,
            boolean cascade) implements ParsedStatement {

        public DropExtension {
            others = List.copyOf(others);
        }
    }

    /**
     * {@code ALTER EXTENSION pg_background UPDATE [TO version]}.
     *
     * @param version the version named, or null
     */
    record UpdateExtension(String text, int start, int parameters, String version) implements ParsedStatement {
    }
}
