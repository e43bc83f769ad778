package io.pgbg.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Throws heaps of broken SQL at the readers: they take everything, keep to the text, and stay linear. */
class SqlFuzzTest {

    private static final int ROUNDS = 1_500;

    private static final String[] PIECES = {"pg_background_launch", "PG_BACKGROUND_RESULT", "pg_background_list",
            "public.", "pg_catalog.", "\"pg_background_launch\"", "\"PG_BACKGROUND_LAUNCH\"", "pg_background.x",
            "(", ")",
            "[", "]", "{", "}", ",", ";", ".", ":", "::", ":=", "=>", "..", "=", "-", "+", "*", "/", "?", "??",
            "$", "$1",
            "$$", "$a$", "'", "''", "\"", "\\", "E'", "U&'", "U&\"", "N'", "X'", "'a'", "'it''s'", "--", "/*",
            "*/", "\n",
            "\r", " ", " ", " ", "\t", "1", "1.5e3", "1..2", "0x1F", "a", "b", "ä", "\uD83D\uDE00", "\0",
            "SELECT", "FROM",
            "WHERE", "AS", "t", "WITH", "INTO", "SET", "LOCAL", "TO", "SHOW", "RESET", "DEFAULT", "ROLE", "ALL", "DO",
            "CREATE", "OR", "REPLACE", "FUNCTION", "BEGIN", "ATOMIC", "END", "CASE", "WHEN", "JOIN", "ON", "VALUES",
            "INSERT", "UPDATE", "RETURNING", "COPY", "STDIN", "CALL", "call", "fn", "set_config(", "current_setting(",
            "'pg_background.x'", "EXECUTE", "format(", "||", "DO $$", "DO '", "LOOP", "PERFORM",
            "EXTENSION", "VERSION", "pg_background", "SCHEMA", "IF", "EXISTS", "DISCARD", "a.b", "ORDER",
            "BY", "DISTINCT", "NULL", "int", "UESCAPE", "PREPARE", "quote_literal(", "%L", "%s", "%%", "VARIADIC",
            "queue_size =>", "cookie :=", ", 1", "pg_background_launch('x')"};

    private static final String[] STATEMENTS = {
            "SELECT pg_background_launch('VACUUM ANALYZE t', 65536) AS pid",
            "SELECT * FROM pg_background_result(pg_background_launch($q$SELECT 1; COMMIT$q$))"
                    + " AS t(a int, b numeric(10,2))",
            "{? = call pg_background_launch(?, queue_size => -1)}",
            "DO $$BEGIN PERFORM pg_background_detach(pg_background_launch('x')); END$$ LANGUAGE plpgsql",
            "WITH RECURSIVE a(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM a) SELECT pg_background_launch(E'\\'x') FROM a",
            "CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN a THEN 1 END; SELECT 2; END",
            "SET LOCAL pg_background.max_workers = '4'; SHOW pg_background.max_workers; RESET pg_background.max_workers",
            "SELECT set_config('app.tenant', current_setting('pg_background.max_workers'), false) /* a /* b */ c */ -- d",
            "DO E'DECLARE a int := public.pg_background_launch(\\'x\\');\\nBEGIN EXECUTE \\'SELECT \\' || x; END'",
            "DO $a$BEGIN EXECUTE 'SELECT pg_background_launch(' || quote_literal(q) || ')' USING 1; EXECUTE"
                    + " format($b$DO 'BEGIN EXECUTE E''SELECT s.pg_background_list(\\\\x20)''; END'$b$, '\uD83D\uDE00'); END$a$",
            "SELECT '\uD83D\uDE00', s.pg_background_result(1)\n, pg_background_launch(?) || '\u00e4' FROM t",
            "CREATE EXTENSION IF NOT EXISTS pg_background WITH SCHEMA s VERSION '1.8' CASCADE;"
                    + " DROP EXTENSION IF EXISTS a, pg_background CASCADE; ALTER EXTENSION pg_background UPDATE TO '2'",
            "SELECT 1, pg_background_launch(current_setting('pg_background.max_workers'), queue_size => 1 + 2),"
                    + " pg_background_drain(ARRAY[h], 1) FROM (SELECT pg_background_result(pid := ?, cookie := 3)) t",
            "DO $$BEGIN EXECUTE format('SELECT pg_background_launch(%L, %s)', q, n) || quote_ident(c) || ', 1';"
                    + " END$$",
            "INSERT INTO t (a, b) VALUES (U&'d\\0061t' UESCAPE '!', 'a'\n'b') ON CONFLICT DO NOTHING RETURNING a"};

    private static final Dialect[] DIALECTS = {Dialect.STATEMENT, Dialect.PREPARED, Dialect.of(false, false),
            Dialect.of(false, true)};

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);

    private void repeat(Supplier<String> texts, Consumer<String> check) {
        for (int i = 0; i < ROUNDS; i++) {
            String sql = texts.get();
            try {
                check.accept(sql);
            } catch (RuntimeException | Error e) {
                throw new AssertionError("Seed " + seed + ", text <" + sql + ">", e);
            }
        }
    }

    private String soup() {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(40); i > 0; i--) {
            text.append(PIECES[random.nextInt(PIECES.length)]).append(random.nextInt(3) == 0 ? "" : " ");
        }
        return text.toString();
    }

    private String mutation() {
        StringBuilder text = new StringBuilder(STATEMENTS[random.nextInt(STATEMENTS.length)]);
        for (int i = random.nextInt(6); i > 0 && text.length() > 0; i--) {
            int at = random.nextInt(text.length());
            switch (random.nextInt(4)) {
                case 0 -> text.deleteCharAt(at);
                case 1 -> text.insert(at, PIECES[random.nextInt(PIECES.length)]);
                case 2 -> text.setLength(at);
                default -> text.append(';').append(STATEMENTS[random.nextInt(STATEMENTS.length)]);
            }
        }
        return text.toString();
    }

    @Test
    void takesTokenSoup() {
        repeat(this::soup, SqlFuzzTest::checkAll);
    }

    @Test
    void takesMutatedStatements() {
        repeat(this::mutation, SqlFuzzTest::checkAll);
    }

    private static void checkAll(String sql) {
        for (Dialect dialect : DIALECTS) {
            checkTokens(sql, dialect);
            Script script = TestReader.READER.read(sql, dialect);
            checkScript(script, sql);
            for (ParsedStatement statement : script.statements()) {
                if (statement instanceof ParsedStatement.Relayed relayed) {
                    checkQualified(relayed, dialect);
                }
            }
            JobText job = JobText.read(sql, dialect);
            assertThat(sql).startsWith(job.head() + job.last());
        }
        SettingMentions.in(sql);
    }

    private static void checkTokens(String sql, Dialect dialect) {
        int end = 0;
        for (Token token : Lexer.tokens(sql, dialect)) {
            assertThat(token.start()).isGreaterThanOrEqualTo(end);
            assertThat(token.end()).isGreaterThan(token.start()).isLessThanOrEqualTo(sql.length());
            end = token.end();
        }
    }

    private static void checkScript(Script script, String sql) {
        int end = 0;
        for (ParsedStatement statement : script.statements()) {
            assertThat(statement.start()).isGreaterThanOrEqualTo(end);
            assertThat(sql.startsWith(statement.text(), statement.start())).isTrue();
            assertThat(statement.text()).isNotBlank();
            end = statement.start() + statement.text().length();
            if (statement instanceof ParsedStatement.Direct direct) {
                checkCall(direct.call(), direct.text());
            }
        }
    }

    /** What is qualified has the same calls and nothing left to qualify; its characters lead back to their places. */
    private static void checkQualified(ParsedStatement.Relayed relayed, Dialect dialect) {
        checkPositions(relayed, TestReader.names("pg_temp"), dialect);
        checkPositions(relayed, TestReader.target("pg_temp"), dialect);
        checkPositions(relayed, TestReader.installed("s"), dialect);
        Qualified qualified = relayed.in(TestReader.names("pg_temp"));
        if (!TextSearch.mentionsDriver(qualified.text())) {
            // Escapes in a literal hide the name, which another statement of the script had shown.
            return;
        }
        ParsedStatement.Relayed again = (ParsedStatement.Relayed) TestReader.one(qualified.text(), dialect);
        assertThat(again.calls()).extracting(RelayedCall::function)
                .containsExactlyElementsOf(relayed.calls().stream().map(RelayedCall::function).toList());
        assertThat(again.calls()).allMatch(call -> call.schemaEnd() > call.start());
        assertThat(again.in(TestReader.names("pg_temp")).text()).isEqualTo(qualified.text());
        assertThat(again.in(TestReader.names("s")).text()).isEqualTo(relayed.in(TestReader.names("s")).text());
        assertThat(again.shape()).isEqualTo(relayed.shape());
        checkWritten(relayed, dialect);
    }

    /** The arguments that are written around the caller's keep all calls, and are taken away again. */
    private static void checkWritten(ParsedStatement.Relayed relayed, Dialect dialect) {
        Qualified written = relayed.in(TestReader.target("pg_temp"));
        ParsedStatement.Relayed again = (ParsedStatement.Relayed) TestReader.one(written.text(), dialect);
        assertThat(again.calls()).extracting(RelayedCall::function)
                .containsExactlyElementsOf(relayed.calls().stream().map(RelayedCall::function).toList());
        assertThat(again.parameters()).isEqualTo(relayed.parameters());
    }

    /** What the server quotes of a statement that it could read has the caller's words. */
    @Test
    void takesAwayWhatWasWritten() {
        for (String sql : STATEMENTS) {
            for (ParsedStatement statement : TestReader.READER.read(sql, Dialect.STATEMENT).statements()) {
                if (statement instanceof ParsedStatement.Relayed relayed) {
                    Qualified written = relayed.in(TestReader.target("pg_temp"));
                    String names = relayed.in(TestReader.names("pg_temp")).text();
                    assertThat(written.restored(written.text()).text()).isEqualTo(written.restored(names).text());
                }
            }
        }
    }

    /** Every change is where it belongs, and nothing else is changed. */
    private static void checkPositions(ParsedStatement.Relayed relayed, CallTarget target, Dialect dialect) {
        Qualified qualified = relayed.in(target);
        StringBuilder expected = new StringBuilder();
        List<Integer> origins = new ArrayList<>();
        int end = 0;
        for (TextEdits.Edit edit : sorted(relayed.rewriting().edits(target))) {
            assertThat(edit.start()).isGreaterThanOrEqualTo(end);
            assertThat(edit.end()).isGreaterThanOrEqualTo(edit.start());
            IntStream.range(end, edit.start()).forEach(origins::add);
            origins.addAll(Collections.nCopies(edit.text().length(), edit.start()));
            expected.append(relayed.text(), end, edit.start()).append(edit.text());
            end = edit.end();
        }
        IntStream.rangeClosed(end, relayed.text().length()).forEach(origins::add);
        String text = qualified.text();
        assertThat(text).isEqualTo(expected.append(relayed.text().substring(end)).toString());
        assertThat(origins).hasSize(text.length() + 1);
        int position = 1;
        for (int at = 0; at < text.length() && qualified.sent().text().equals(text);
                at = text.offsetByCodePoints(at, 1)) {
            int original = relayed.text().codePointCount(0, origins.get(at)) + 1;
            assertThat(qualified.original(position)).isEqualTo(original);
            position++;
        }
    }

    private static List<TextEdits.Edit> sorted(List<TextEdits.Edit> edits) {
        return edits.stream().sorted(Comparator.comparingInt(TextEdits.Edit::start)).toList();
    }

    private static void checkCall(FunctionCall call, String text) {
        assertThat(text.substring(call.start(), call.end())).containsIgnoringCase(call.function()).endsWith(")");
        for (FunctionCall.Argument argument : call.arguments()) {
            assertThat(text.startsWith(argument.text(), argument.start())).isTrue();
            assertThat(argument.text()).isNotBlank();
            assertThat(argument.call() != null).isEqualTo(argument.form() == FunctionCall.Form.CALL);
            if (argument.call() != null) {
                checkCall(argument.call(), text);
            }
        }
    }

    @Test
    void neverSeesCallsInLiteralsAndComments() {
        repeat(() -> {
            StringBuilder text = new StringBuilder("SELECT a");
            for (int i = 1 + random.nextInt(6); i > 0; i--) {
                text.append(", ").append(hidden());
            }
            return text.append(" FROM t").toString();
        }, sql -> assertThat(TestReader.read(sql).statements()).containsExactly(
                new ParsedStatement.Passed(sql, 0, 0, "SELECT")));
    }

    private String hidden() {
        String call = "pg_background_launch('x')";
        String doubled = call.replace("'", "''");
        String noise = List.of("", ";", "\"", "--", "/*", "$$", "?", "\n").get(random.nextInt(8));
        return switch (random.nextInt(8)) {
            case 0 -> "'" + noise + doubled + "'";
            case 1 -> "E'\\'" + noise + doubled + "\\\\'";
            case 2 -> "$a$" + noise + call + "$a$";
            case 3 -> "/* " + noise.replace("/*", "") + call + " /* " + call + " */ " + call + " */ 1";
            case 4 -> "1 -- " + noise.replace("\n", "") + call + "\n";
            case 5 -> "\"PG_BACKGROUND_LAUNCH\"(1)";
            case 6 -> "\"" + noise.replace("\"", "") + call + "\"";
            default -> "'a' -- " + noise.replace("\n", "") + "\n '" + noise + doubled + "'";
        };
    }

    @ParameterizedTest
    @ValueSource(strings = {"pg_background_launch(", "(", ")", "[(", "'", "''", "'a'\n", "E'\\", "\"", "$a$",
            "$a", "$a$b$c$",
            "/*", "/* */", "--", "--\n", "-", "+-", "?", "? ", "??", "a.", "1.", "1e", ";", "SELECT ", "CASE END ",
            "pg_background_launch(a) AS (", ", pg_background_launch(1)", "SELECT pg_background_launch('x');",
            "CREATE FUNCTION BEGIN ATOMIC ", "CREATE OR REPLACE ", "INTO a, pg_background_launch(1) ", "SET ",
            "SET a.",
            "SET /*", "SET --", "SET \"", "SET a.b=1;", "set_config(", "set_config('", "set_config($a",
            "set_config(('",
            "DISCARD /*", "RESET ", "SET LOCAL ", "set_config(''", "U&'\\", "WITH a AS (SELECT 1), ", "}{", "N'",
            "a ",
            "current_setting('pg_background.x') ", "pg_background.", "DO 'pg_background_launch(1)' ", "=>", "\u00e4",
            "EXECUTE ", "EXECUTE (", "EXECUTE format(", "EXECUTE 'pg_background_launch(1)' ", "'SELECT pg_background_launch(1)' || ",
            "public.pg_background_launch(1), ", "DO $$ EXECUTE $a$", "EXECUTE 'DO ''BEGIN ", "a, ", "; GRANT ",
            "DROP EXTENSION a, ", "SCHEMA a ", "a(", "'b', ", "x = 'b' AND ", "format('b') = ", "U&'b' UESCAPE '!' ",
            "$$ "})
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void staysLinear(String piece) {
        for (String start : new String[] {"", "SELECT pg_background_launch(", "DO $x$ SELECT INTO ",
            "DO $x$BEGIN EXECUTE format('SELECT pg_background_launch(' || ",
            "DROP EXTENSION pg_background, ", "SELECT 1, pg_background_launch(1), ",
            "SET pg_background.x = ",
                "WITH ", "CREATE INDEX pg_background ON ", "SELECT * FROM pg_background_launch(1) AS t("}) {
            String sql = start + piece.repeat(60_000 / piece.length());
            checkTime(start + piece, sql);
            checkTime(start + piece + "$x$", sql + "$x$");
        }
    }

    private static void checkTime(String name, String sql) {
        long start = processorTime();
        for (ParsedStatement statement : TestReader.read(sql).statements()) {
            if (statement instanceof ParsedStatement.Relayed relayed) {
                Qualified qualified = relayed.in(TestReader.target("pg_temp"));
                qualified.original(sql.length());
                qualified.restored(qualified.text());
            }
        }
        ColumnDefinition.listsIn(sql, Dialect.STATEMENT);
        JobText.read(sql, Dialect.PREPARED);
        SettingMentions.in(sql);
        // Some 10 ms are needed; what is quadratic takes seconds.
        assertThat(Duration.ofNanos(processorTime() - start)).as(name).isLessThan(Duration.ofMillis(800));
    }

    /** It takes megabytes to tell: a character is quickly found. */
    @Test
    void looksForSettingsInTimeLinearInTheText() {
        String sql = "UPDATE t SET \"a\" = 1;\n".repeat(200_000);
        long start = processorTime();
        assertThat(SettingMentions.in(sql)).isSameAs(SettingMentions.NONE);
        // Some 50 ms are needed.
        assertThat(Duration.ofNanos(processorTime() - start)).isLessThan(Duration.ofMillis(1_500));
    }

    /** Each call might be a column definition list, with all that is in it. */
    @Test
    void looksForListsInTimeLinearInTheDepthOfCalls() {
        String sql = "SELECT " + "a(".repeat(20_000) + "b numeric(5, 2)" + ")".repeat(20_000);
        long start = processorTime();
        assertThat(ColumnDefinition.listsIn(sql, Dialect.STATEMENT))
                .contains(List.of(new ColumnDefinition("b", "numeric(5, 2)")));
        // Some 20 ms are needed.
        assertThat(Duration.ofNanos(processorTime() - start)).isLessThan(Duration.ofMillis(1_500));
    }

    private static long processorTime() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }
}
