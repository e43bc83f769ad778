package io.pgbg;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.function.Function;
import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Grid;
import io.pgbg.testkit.NotAmongTraps;
import io.pgbg.testkit.SinceRelease;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import io.pgbg.testkit.WithConnection;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The functions as database tools and frameworks find them. */
@AlsoAmongTraps
class ShownFunctionsIT extends WithConnection {

    @AfterEach
    void dropFunctions() throws SQLException {
        database.execute("DROP SCHEMA IF EXISTS app CASCADE; DROP FUNCTION IF EXISTS pg_background_purge();"
                + "DROP FUNCTION IF EXISTS pg_background_x(); DROP FUNCTION IF EXISTS pz()");
    }

    /** What a method of the metadata gives. */
    @FunctionalInterface
    private interface Answer {

        ResultSet of(DatabaseMetaData metaData) throws SQLException;
    }

    private static Grid ask(Connection connection, Answer answer) throws SQLException {
        try (ResultSet rows = answer.of(connection.getMetaData())) {
            return Grid.of(rows);
        }
    }

    private List<String> names(String schema, String name) throws SQLException {
        return ask(connection, metaData -> metaData.getFunctions(null, schema, name)).rows().stream()
                .map(row -> row.get(1) + '.' + row.get(2)).toList();
    }

    // What is shown

    @Test
    @NotAmongTraps("pgjdbc's own query springs one")
    void allFunctionsAreShownOnce() throws SQLException {
        List<String> expected = Function.names().stream().filter(name -> name.startsWith("pg_background"))
                .map(name -> "public." + name).sorted().toList();
        assertThat(names(null, "pg\\_background%")).isEqualTo(expected);
        assertThat(names("public", null)).containsAll(expected)
                .contains("public.grant_pg_background_privileges", "public.revoke_pg_background_privileges");
        assertThat(ask(connection, metaData -> metaData.getProcedures(null, "public", "pg_background%")).rows())
                .extracting(row -> row.get(1) + '.' + row.get(2)).isEqualTo(expected);
    }

    private static List<List<String>> others(Grid functions) {
        return functions.rows().stream().filter(row -> !row.get(1).startsWith("pg_temp_")
                && !Function.names().contains(row.get(2))).toList();
    }

    @Test
    @NotAmongTraps("pgjdbc's own query springs one")
    void theServersFunctionsAreShownAsEver() throws SQLException {
        database.execute("CREATE FUNCTION pz() RETURNS int LANGUAGE sql AS 'SELECT 1';"
                + "CREATE FUNCTION pg_background_x() RETURNS int LANGUAGE sql AS 'SELECT 1'");
        try (Connection raw = database.connectRaw()) {
            List<Answer> answers = List.of(
                    metaData -> metaData.getFunctions(null, null, null),
                    metaData -> metaData.getFunctionColumns(null, null, null, null),
                    metaData -> metaData.getProcedures(null, null, null),
                    metaData -> metaData.getProcedureColumns(null, "%", "%", "%"));
            for (Answer answer : answers) {
                Grid expected = ask(raw, answer);
                Grid shown = ask(connection, answer);
                assertThat(shown.labels()).isEqualTo(expected.labels());
                assertThat(shown.types()).isEqualTo(expected.types());
                // the server may show those in the temporary schemas of other sessions
                assertThat(others(shown)).isEqualTo(others(expected)).hasSizeLessThan(shown.rows().size());
            }
        }
        assertThat(names("public", "p%z_")).isEmpty();
        List<String> all = names("public", "p%");
        assertThat(all).isSorted().contains("public.pz", "public.pg_background_x", "public.pg_background_wait");
    }

    @ParameterizedTest
    @ValueSource(strings = {"nothing", "pg_backgroundXlaunch", "pg\\_background\\_laun", "PG_BACKGROUND_LAUNCH"})
    void patternsAreHonoured(String name) throws SQLException {
        assertThat(names(null, name)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"pg_background_launch", "pg\\_background\\_launch", "pg_background%launch",
        "%\\_background_launch", "pg_background_launc_"})
    void patternsFind(String name) throws SQLException {
        assertThat(names("public", name)).containsExactly("public.pg_background_launch");
        assertThat(names("pub%", name)).containsExactly("public.pg_background_launch");
        assertThat(names("pg_catalog", name)).isEmpty();
        assertThat(names("", name)).isEmpty();
    }

    @Test
    void theyAreShownInTheCurrentSchemaOrWhereTheyAreAskedFor() throws SQLException {
        database.execute("CREATE SCHEMA app");
        Sql.run(connection, "SET search_path = app, public");
        assertThat(names(null, "pg_background_launch")).containsExactly("app.pg_background_launch");
        assertThat(names("%", "pg_background_launch")).containsExactly("app.pg_background_launch");
        assertThat(names("app", "pg_background_launch")).containsExactly("app.pg_background_launch");
        assertThat(names("public", "pg_background_launch")).containsExactly("public.pg_background_launch");
        assertThat(names("other", "pg_background_launch")).isEmpty();
        Sql.run(connection, "SET search_path = ''");
        assertThat(names(null, "pg_background_launch")).containsExactly("public.pg_background_launch");
    }

    @Test
    void anotherCatalogHasNone() throws SQLException {
        Grid here = ask(connection, metaData -> metaData.getFunctionColumns(database.name(), "public",
                "pg_background_detach", null));
        assertThat(here.rows()).hasSize(2).allMatch(row -> row.get(0).equals(database.name()));
        assertThat(ask(connection, metaData -> metaData.getFunctionColumns("other", "public", "pg_background_detach",
                null)).rows()).isEmpty();
        try (ResultSet none = connection.getMetaData().getFunctions("other", null, "pg_background_detach")) {
            assertThat(none.next()).isFalse();
        }
    }

    @Test
    @NotAmongTraps("pgjdbc's own query springs one")
    void whatTheServerHasIsNotShownTwice() throws SQLException {
        database.execute("CREATE SCHEMA app;"
                + "CREATE FUNCTION app.pg_background_purge() RETURNS int LANGUAGE sql AS 'SELECT 1'");
        assertThat(names(null, "pg_background_pu%")).containsExactly("app.pg_background_purge",
                "public.pg_background_purge_v2");
        assertThat(names("public", "pg_background_purge")).isEmpty();
    }

    @Test
    @NotAmongTraps("pgjdbc's own query springs one")
    void theFunctionsOfASessionAreNotShown() throws SQLException {
        // has the driver make them
        assertThat(Sql.rows(connection,
                "SELECT n FROM pg_background_result(pg_background_launch('SELECT 1')) AS (n int)"))
                .containsExactly("1");
        assertThat(Sql.value(connection, "SELECT count(*) > 0 FROM pg_proc AS p JOIN pg_namespace AS n"
                + " ON n.oid = p.pronamespace WHERE n.nspname LIKE 'pg_temp%'"
                + " AND proname = 'pg_background_' || 'launch'")).isEqualTo("t");
        assertThat(names("%", "pg_background_l%")).allMatch(name -> name.startsWith("public."));
    }

    @Test
    @NotAmongTraps("pgjdbc's own query springs one")
    void patternsFindInstalledFunctionsThatHaveOverloads() throws SQLException {
        try (TestDatabase other = TestDatabase.create(); Connection installing = other.connect();
                Connection raw = other.connectRaw()) {
            Sql.run(installing, "CREATE EXTENSION pg_background");
            for (String name : new String[] {null, "%", "pg_background%"}) {
                for (Answer answer : List.<Answer>of(metaData -> metaData.getFunctions(null, "public", name),
                        metaData -> metaData.getFunctionColumns(null, "public", name, null),
                        metaData -> metaData.getProcedures(null, "public", name),
                        metaData -> metaData.getProcedureColumns(null, "public", name, null))) {
                    assertThat(ask(installing, answer).rows()).isEqualTo(ask(raw, answer).rows());
                }
            }
            Grid results = ask(installing, metaData -> metaData.getFunctions(null, null, "pg_background_result"));
            assertThat(results.rows()).hasSize(2).allMatch(row -> !"answered by pgbg-jdbc".equals(row.get(3)));
        }
        database.execute("DROP ROLE IF EXISTS pgbackground_role");
    }

    @Test
    @NotAmongTraps("pgjdbc's own query springs one")
    void installedFunctionsAreTheServers() throws SQLException {
        try (TestDatabase other = TestDatabase.create(); Connection installing = other.connect()) {
            Sql.run(installing, "CREATE SCHEMA ext");
            Sql.run(installing, "CREATE EXTENSION pg_background WITH SCHEMA ext");
            Grid shown = ask(installing, metaData -> metaData.getFunctions(null, null, "pg_background_launch"));
            assertThat(shown.rows()).hasSize(1);
            assertThat(shown.rows().get(0).get(1)).isEqualTo("ext");
        }
        database.execute("DROP ROLE IF EXISTS pgbackground_role");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', value = {
        "1 ~ pg_background_launch ~ returnValue:5:4:int4:0 sql:1:12:text:1 queue_size:1:4:int4:2",
        "1 ~ pg_background_detach ~ returnValue:5:1111:void:0 pid:1:4:int4:1",
        "1 ~ pg_background_result ~ returnValue:5:1111:record:0 pid:1:4:int4:1",
        "1 ~ pg_background_wait ~ returnValue:5:-7:bool:0 pid:1:4:int4:1 cookie:1:-5:int8:2 timeout_ms:1:4:int4:3",
        "1 ~ pg_background_launch_v2 ~ sql:1:12:text:1 queue_size:1:4:int4:2 label:1:12:text:3 pid:3:4:int4:0 "
                + "cookie:3:-5:int8:0",
        "1 ~ pg_background_drain ~ handles:1:2003:_pg_background_handle:1 timeout_ms:1:4:int4:2 pid:3:4:int4:0 "
                + "cookie:3:-5:int8:0 state:3:12:text:0 consumed:3:-7:bool:0 completed:3:-7:bool:0 "
                + "has_error:3:-7:bool:0 row_count:3:-5:int8:0 command_tag:3:12:text:0 sqlstate:3:12:text:0 "
                + "error_message:3:12:text:0 label:3:12:text:0 launched_at:3:93:timestamptz:0",
        "2 ~ pg_background_launch ~ sql:1:12:text:1 queue_size:1:4:int4:2 label:1:12:text:3 pid:3:4:int4:0 "
                + "cookie:3:-5:int8:0",
        "2 ~ pg_background_detach ~ returnValue:5:1111:void:0 pid:1:4:int4:1 cookie:1:-5:int8:2",
    })
    void columnsAreThoseOfTheVersion(String api, String function, String columns) throws SQLException {
        try (Connection other = database.connect("pgbgApi=" + api)) {
            Grid procedure = ask(other, metaData -> metaData.getProcedureColumns(null, null, function, null));
            assertThat(procedure.rows()).extracting(row -> String.join(":", row.get(3), row.get(4), row.get(5),
                    row.get(6), row.get(17))).containsExactly(columns.split(" "));
            Grid shown = ask(other, metaData -> metaData.getFunctionColumns(null, null, function, null));
            // the same, but for the numbers of the kinds
            assertThat(shown.rows()).extracting(row -> String.join(":", row.get(3), kindOfProcedure(row.get(4)),
                    row.get(5), row.get(6), row.get(14))).containsExactly(columns.split(" "));
            assertThat(ask(other, metaData -> metaData.getFunctionColumns(null, null, function, "pi_")).rows())
                    .allMatch(row -> row.get(3).equals("pid"));
        }
    }

    private static String kindOfProcedure(String kind) {
        return Integer.toString(switch (Integer.parseInt(kind)) {
            case DatabaseMetaData.functionReturn -> DatabaseMetaData.procedureColumnReturn;
            case DatabaseMetaData.functionColumnResult -> DatabaseMetaData.procedureColumnResult;
            case DatabaseMetaData.functionColumnIn -> DatabaseMetaData.procedureColumnIn;
            default -> throw new AssertionError("no such kind: " + kind);
        });
    }

    @Test
    @SinceRelease(value = 10, because = "literals are of type text")
    void columnsAreWhatPgjdbcShowsOfTheSameFunctionsOnTheServer() throws SQLException {
        database.execute("""
                CREATE SCHEMA app;
                CREATE TYPE app.handle AS (pid int, cookie int8);
                CREATE FUNCTION app.pg_background_x(sql text, queue_size int DEFAULT 0, label text DEFAULT NULL)
                  RETURNS app.handle LANGUAGE sql AS 'SELECT 1, 2::int8';
                CREATE FUNCTION app.x_wait(pid int, cookie int8) RETURNS void LANGUAGE sql AS '';
                """);
        for (List<String> same : List.of(List.of("pg_background_launch_v2", "pg_background_x"),
                List.of("pg_background_wait_v2", "x_wait"))) {
            List<List<String>> ours = ask(connection, metaData -> metaData.getFunctionColumns(null, "public",
                    same.get(0), null)).rows();
            List<List<String>> servers = ask(connection, metaData -> metaData.getFunctionColumns(null, "app",
                    same.get(1), null)).rows();
            assertThat(ours).extracting(row -> row.subList(3, 16)).isEqualTo(
                    servers.stream().map(row -> row.subList(3, 16)).toList());
            assertThat(ours.get(0).get(0)).isEqualTo(servers.get(0).get(0));
        }
    }

    @Test
    void aResultSetOfTheMetadataIsLikeAnyOther() throws SQLException {
        try (ResultSet rows = connection.getMetaData().getFunctions(null, null, "pg_background_launch")) {
            Statement statement = rows.getStatement();
            assertThat(statement.getConnection()).isSameAs(connection);
            assertThat(rows.getType()).isEqualTo(ResultSet.TYPE_SCROLL_INSENSITIVE);
            assertThat(rows.last()).isTrue();
            assertThat(rows.first()).isTrue();
            assertThat(rows.getShort("FUNCTION_TYPE")).isEqualTo((short) DatabaseMetaData.functionNoTable);
            rows.close();
            assertThat(statement.isClosed()).isTrue();
        }
    }

    // What frameworks do with it

    /**
     * A call as Spring's SimpleJdbcCall makes it of the metadata.
     *
     * @param function whether it was told that there is a value
     * @param in the arguments by name
     * @return the values that come out, by name
     */
    private static Map<String, Object> simpleCall(Connection connection, String name, boolean function,
            Map<String, Object> in) throws SQLException {
        DatabaseMetaData metaData = connection.getMetaData();
        String schema = connection.getSchema();
        String escape = metaData.getSearchStringEscape();
        String pattern = name.replace("_", escape + "_");
        try (ResultSet procedures = metaData.getProcedures(null, schema, pattern)) {
            assertThat(procedures.next()).isTrue();
            assertThat(procedures.next()).as("there is a choice").isFalse();
        }
        List<String> names = new ArrayList<>();
        List<Integer> kinds = new ArrayList<>();
        List<Integer> types = new ArrayList<>();
        try (ResultSet columns = metaData.getProcedureColumns(null, schema, pattern, null)) {
            while (columns.next()) {
                boolean value = "returnValue".equals(columns.getString("COLUMN_NAME"));
                if (!value || function) {
                    names.add(columns.getString("COLUMN_NAME"));
                    kinds.add(columns.getInt("COLUMN_TYPE"));
                    types.add(columns.getInt("DATA_TYPE"));
                }
            }
        }
        String marks = String.join(", ", Collections.nCopies(names.size() - (function ? 1 : 0), "?"));
        Map<String, Object> out = new LinkedHashMap<>();
        try (CallableStatement call = connection.prepareCall("{" + (function ? "? = " : "") + "call " + schema + '.'
                + name + '(' + marks + ")}")) {
            for (int i = 0; i < names.size(); i++) {
                if (kinds.get(i) != DatabaseMetaData.procedureColumnIn) {
                    call.registerOutParameter(i + 1, types.get(i));
                }
            }
            for (int i = 0; i < names.size(); i++) {
                if (kinds.get(i) == DatabaseMetaData.procedureColumnIn) {
                    call.setObject(i + 1, in.get(names.get(i)), types.get(i));
                }
            }
            call.execute();
            for (int i = 0; i < names.size(); i++) {
                if (kinds.get(i) != DatabaseMetaData.procedureColumnIn) {
                    out.put(names.get(i), call.getObject(i + 1));
                }
            }
        }
        return out;
    }

    @Test
    void aFrameworkCallsWhatItFinds() throws SQLException {
        Map<String, Object> launched = simpleCall(connection, "pg_background_launch", true,
                Map.of("sql", "SELECT 7", "queue_size", 65536));
        Object pid = launched.get("returnValue");
        assertThat(pid).isInstanceOf(Integer.class);
        assertThat(Sql.result(connection, (Integer) pid)).containsExactly("7");
        int other = Sql.launch(connection, "SELECT 8");
        assertThat(simpleCall(connection, "pg_background_detach", false, Map.of("pid", other))).isEmpty();
        assertThat(Sql.stateOf(connection, "SELECT pg_background_detach(" + other + ")")).isEqualTo("42704");
        assertThat(simpleCall(connection, "pg_background_purge", true, Map.of())).containsEntry("returnValue", 0);
    }

    @Test
    void aFrameworkCallsInTheSchemaOfTheSession() throws SQLException {
        database.execute("CREATE SCHEMA app");
        connection.setSchema("app");
        assertThat(simpleCall(connection, "pg_background_cancel_all", true, Map.of())).containsEntry("returnValue", 0);
    }

    @ParameterizedTest
    @CsvSource({"1, pg_background_launch_v2", "1, pg_background_submit", "2, pg_background_launch"})
    void aFrameworkGetsTheParts(String api, String function) throws SQLException {
        try (Connection other = database.connect("pgbgApi=" + api)) {
            Map<String, Object> in = new LinkedHashMap<>();
            in.put("sql", "SELECT 7");
            in.put("queue_size", 0);
            in.put("label", null);
            Map<String, Object> handle = simpleCall(other, function, false, in);
            assertThat(handle.get("pid")).isInstanceOf(Integer.class);
            assertThat(handle.get("cookie")).isInstanceOf(Long.class);
            Map<String, Object> arguments = new LinkedHashMap<>(handle);
            arguments.put("timeout_ms", 10_000);
            assertThat(simpleCall(other, "pg_background_wait", true, arguments)).containsEntry("returnValue", true);
            Map<String, Object> outcome = simpleCall(other, "pg_background_outcome", false, handle);
            assertThat(outcome).containsEntry("state", "stopped").containsEntry("completed", true)
                    .containsEntry("sqlstate", null);
        }
    }
}
