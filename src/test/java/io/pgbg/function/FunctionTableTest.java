package io.pgbg.function;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The tables of docs/functions.md show the functions and views as they are. */
class FunctionTableTest {

    private static final Path PAGE = Path.of(System.getProperty("basedir", "."), "docs", "functions.md");

    @Test
    void everyFunctionIsInTheTable() throws IOException {
        List<String> rows = Arrays.stream(Function.values())
                .map(function -> row(names(function), code(parameters(function)), result(function.result()))).toList();
        assertThat(table("| names, with the release they come from | arguments | result |")).isEqualTo(rows);
    }

    @Test
    void theColumnsOfEveryRowAreInTheTable() throws IOException {
        Map<List<ResultType.Column>, List<String>> functions = new LinkedHashMap<>();
        for (Function function : Function.values()) {
            switch (function.result().shape()) {
                case HANDLE, RECORD, TABLE, RECORDS -> functions
                        .computeIfAbsent(function.result().columns(), columns -> new ArrayList<>())
                        .add(code(function.sqlNames().get(function.sqlNames().size() - 1).text()));
                case VOID, VALUE, ROWS -> {
                    // no columns, or one, or the job's
                }
            }
        }
        List<String> rows = functions.entrySet().stream().map(entry -> row(
                entry.getValue().stream().distinct().collect(Collectors.joining(", ")), code(columns(entry.getKey()))))
                .toList();
        assertThat(table("| result of | columns |")).isEqualTo(rows);
    }

    @Test
    void everyViewIsInTheTable() throws IOException {
        assertThat(table("| view | columns |")).isEqualTo(List.of(
                row(code(Names.LIST), "those of " + code(Function.LIST.sqlName())),
                row(code(Names.ACTIVITY), code(String.join(", ", columnsOfActivity())))));
        assertThat(Files.readString(PAGE)).contains(Names.all());
    }

    /** The lines of the table with this head. */
    private static List<String> table(String head) throws IOException {
        List<String> lines = Files.readAllLines(PAGE);
        int start = lines.indexOf(head);
        assertThat(start).as("the place of the table with the head %s", head).isNotNegative();
        return lines.stream().skip(start + 2L).takeWhile(line -> line.startsWith("|")).toList();
    }

    private static String row(String... cells) {
        return "| " + String.join(" | ", cells) + " |";
    }

    private static String code(String text) {
        return text.isEmpty() ? "" : '`' + text + '`';
    }

    private static String names(Function function) {
        return function.sqlNames().stream().map(name -> code(name.text()) + ' ' + name.since()
                + (name.api() == null ? "" : " (under " + code("pgbgApi=" + (name.api() == Api.ONE ? 1 : 2)) + ')'))
                .collect(Collectors.joining(", "));
    }

    private static String parameters(Function function) {
        StringBuilder text = new StringBuilder();
        for (Function.Parameter parameter : function.parameters()) {
            boolean overload = parameter.optional() && parameter.defaultSql() == null;
            text.append(overload ? " [" : "").append(text.isEmpty() ? "" : ", ")
                    .append(String.join("/", parameter.names())).append(' ').append(parameter.type().sqlName())
                    .append(overload ? "]" : "").append(standard(parameter.defaultSql()));
        }
        return text.toString();
    }

    /** The default; one that is an expression is that of the setting, as long as nobody sets it. */
    private static String standard(String sql) {
        if (sql == null) {
            return "";
        }
        return " DEFAULT " + (sql.contains("pg_background.default_queue_size") ? "65536" : sql);
    }

    private static String result(ResultType result) {
        return switch (result.shape()) {
            case VOID -> code(Type.VOID.sqlName());
            case VALUE -> code(result.columns().get(0).type().sqlName());
            case HANDLE -> code(Names.HANDLE);
            case RECORD -> result.typeName() == null ? "a row" : code(result.typeName());
            case TABLE -> "rows";
            case RECORDS -> "rows, " + code("SETOF record");
            case ROWS -> "the job's rows, " + code("SETOF record");
        };
    }

    private static String columns(List<ResultType.Column> columns) {
        return columns.stream().map(column -> column.name() + ' ' + column.type().sqlName())
                .collect(Collectors.joining(", "));
    }

    private static List<String> columnsOfActivity() throws IOException {
        try (InputStream file = FunctionTableTest.class.getResourceAsStream("/io/pgbg/relay/views.sql")) {
            String text = new String(file.readAllBytes(), StandardCharsets.UTF_8);
            String list = text.substring(text.indexOf("VIEW @schema@." + Names.ACTIVITY)).split("SELECT|FROM")[1];
            return Arrays.stream(list.split(",")).map(column -> column.strip().replaceFirst(".*[. ]", "")).toList();
        }
    }
}
