package io.pgbg.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.NotAmongTraps;
import io.pgbg.testkit.PostgresExtension;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Calls with OUT parameters, compared with what pgjdbc makes of ordinary functions of the same names and results. */
@ExtendWith(PostgresExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@NotAmongTraps("compares with functions of the same names")
class OutParametersIT {

    /** Uses a statement and notes what it sees: no values that differ from call to call. */
    @FunctionalInterface
    private interface Use {
        void of(CallableStatement call, List<String> seen) throws SQLException;
    }

    private static final Map<String, Use> USES = new LinkedHashMap<>();

    private final TestDatabase database;
    private TestDatabase ordinary;
    private Connection raw;
    private Connection ours;

    OutParametersIT(TestDatabase database) {
        this.database = database;
    }

    @BeforeAll
    void createFunctions() throws SQLException {
        ordinary = TestDatabase.create();
        ordinary.execute("""
                CREATE FUNCTION pg_background_launch_v2(sql text, queue_size int DEFAULT 0, label text DEFAULT NULL,
                  OUT pid int, OUT cookie bigint) LANGUAGE sql AS 'SELECT 1, 2::bigint';
                CREATE FUNCTION pg_background_launch(sql text, queue_size int DEFAULT 0) RETURNS int
                  LANGUAGE sql AS 'SELECT 1';
                CREATE FUNCTION pg_background_get_progress_v2(pid int, cookie bigint, OUT progress_pct int,
                  OUT progress_msg text) LANGUAGE sql AS 'SELECT NULL::int, NULL::text';
                CREATE FUNCTION pg_background_full_sql(pid int, cookie bigint) RETURNS text STRICT
                  LANGUAGE sql AS 'SELECT NULL::text';
                """);
        raw = ordinary.connectRaw();
        ours = database.connect();
    }

    @AfterAll
    void close() throws SQLException {
        raw.close();
        ours.close();
        ordinary.close();
    }

    static {
        use("{call pg_background_launch_v2(?, ?, ?)}", (call, seen) -> {
            call.setString(1, "SELECT 1");
            call.registerOutParameter(2, Types.INTEGER);
            call.registerOutParameter(3, Types.BIGINT);
            execute(call, seen);
            note(seen, "pid", () -> call.getInt(2) > 0);
            note(seen, "cookie", () -> call.getLong(3) != 0);
            note(seen, "was null", call::wasNull);
            note(seen, "object", () -> call.getObject(2).getClass());
            note(seen, "object", () -> call.getObject(3).getClass());
            note(seen, "none", () -> call.getObject(1));
            note(seen, "no string", () -> call.getString(1));
        });
        use("{call pg_background_launch_v2(?, ?, ?) }", (call, seen) -> {
            // registered before the others are set, and again and again
            for (int i = 0; i < 7; i++) {
                call.registerOutParameter(1, Types.INTEGER);
                call.registerOutParameter(3, Types.BIGINT);
                call.setString(2, "SELECT 1");
                execute(call, seen);
                note(seen, "pid", () -> call.getInt(1) > 0);
                note(seen, "cookie", () -> call.getLong(3) != 0);
            }
            call.clearParameters();
            execute(call, seen);
            call.setString(2, "SELECT 1");
            execute(call, seen);
            call.setString(1, "SELECT 1");
            call.setInt(2, 65_536);
            call.setString(3, "label");
            execute(call, seen);
        });
        use("{call pg_background_launch_v2(?, ?)}", (call, seen) -> {
            call.setString(1, "SELECT 1");
            call.registerOutParameter(1, Types.INTEGER);
            call.registerOutParameter(2, Types.BIGINT);
            execute(call, seen);
            note(seen, "pid", () -> call.getInt(1) > 0);
            note(seen, "cookie", () -> call.getLong(2) != 0);
        });
        use("{call pg_background_launch_v2(? || ' 1', ?, ?)}", (call, seen) -> {
            call.setString(1, "SELECT");
            call.registerOutParameter(2, Types.INTEGER);
            call.registerOutParameter(3, Types.BIGINT);
            execute(call, seen);
            note(seen, "pid", () -> call.getInt(2) > 0);
        });
        use("{call pg_background_launch_v2(?, ?, ?)}  ", (call, seen) -> {
            call.setString(1, "SELECT 1");
            call.registerOutParameter(2, Types.VARCHAR);
            call.registerOutParameter(3, Types.BIGINT);
            execute(call, seen);
            call.registerOutParameter(2, Types.INTEGER);
            call.registerOutParameter(3, Types.BIGINT);
            execute(call, seen);
            note(seen, "pid", () -> call.getInt(2) > 0);
        });
        use("{call  pg_background_launch_v2(?, ?, ?)}", (call, seen) -> {
            call.setString(1, "SELECT 1");
            call.setInt(2, 0);
            call.registerOutParameter(3, Types.INTEGER);
            execute(call, seen);
            note(seen, "before it has worked", () -> call.getInt(3));
        });
        use("{call  pg_background_launch_v2(?, ?)}", (call, seen) -> {
            call.setString(1, "SELECT 1");
            call.setInt(2, 0);
            note(seen, "no output", () -> call.getInt(2));
            note(seen, "rows", call::execute);
            note(seen, "columns", () -> call.getResultSet().getMetaData().getColumnCount());
            note(seen, "no output", () -> call.getInt(2));
        });
        use("{call pg_background_launch(?, ?)}", (call, seen) -> {
            call.setString(1, "SELECT 1");
            call.registerOutParameter(2, Types.INTEGER);
            execute(call, seen);
            note(seen, "pid", () -> call.getInt(2) > 0);
        });
        use("{call pg_background_launch(?, ?, ?)}", (call, seen) -> {
            call.setString(1, "SELECT 1");
            call.setInt(2, 0);
            call.registerOutParameter(3, Types.INTEGER);
            execute(call, seen);
            note(seen, "pid", () -> call.getInt(3) > 0);
        });
        use("{call pg_background_get_progress_v2(?, ?, ?, ?)}", (call, seen) -> {
            call.setInt(1, 1);
            call.setLong(2, 1);
            call.registerOutParameter(3, Types.INTEGER);
            call.registerOutParameter(4, Types.VARCHAR);
            execute(call, seen);
            note(seen, "percent", () -> call.getInt(3));
            note(seen, "was null", call::wasNull);
            note(seen, "message", () -> call.getString(4));
        });
        use("{call pg_background_full_sql(?, ?, ?)}", (call, seen) -> {
            call.setNull(1, Types.INTEGER);
            call.setLong(2, 1);
            call.registerOutParameter(3, Types.VARCHAR);
            execute(call, seen);
            note(seen, "text", () -> call.getString(3));
            note(seen, "was null", call::wasNull);
        });
    }

    private static void use(String sql, Use use) {
        USES.put(sql, use);
    }

    private static void execute(CallableStatement call, List<String> seen) {
        try {
            seen.add("execute: " + call.execute() + ' ' + call.getResultSet() + ' ' + call.getUpdateCount());
        } catch (SQLException e) {
            seen.add("execute: " + e.getSQLState());
        }
    }

    /** Gives something to be noted. */
    @FunctionalInterface
    private interface Look {
        Object at() throws SQLException;
    }

    private static void note(List<String> seen, String what, Look look) {
        try {
            seen.add(what + ": " + look.at());
        } catch (SQLException e) {
            seen.add(what + ": " + e.getSQLState());
        }
    }

    static Iterable<String> texts() {
        return USES.keySet();
    }

    private static List<String> seen(Connection connection, String sql) throws SQLException {
        List<String> seen = new ArrayList<>();
        try (CallableStatement call = connection.prepareCall(sql)) {
            USES.get(sql).of(call, seen);
        }
        return seen;
    }

    @ParameterizedTest
    @MethodSource("texts")
    void areThoseOfAnOrdinaryFunction(String sql) throws SQLException {
        assertThat(seen(ours, sql)).isEqualTo(seen(raw, sql));
        Sql.run(ours, "SELECT pg_background_detach_all()");
    }

    @Test
    void noFunctionOnTheServerIsNeeded() throws SQLException {
        String sql = "{call pg_background_launch_v2(?, ?, ?)}";
        try (Connection direct = database.connect("pgbgRelay=off")) {
            assertThat(seen(direct, sql)).isEqualTo(seen(raw, sql));
        }
    }

    @Test
    void theJobIsTheOneThatWasAskedFor() throws SQLException {
        try (CallableStatement call = ours.prepareCall("{call pg_background_launch_v2(?, ?, ?)}")) {
            call.registerOutParameter(1, Types.INTEGER);
            call.registerOutParameter(2, Types.BIGINT);
            call.setString(3, "SELECT 7");
            call.execute();
            assertThat(Sql.value(ours, "SELECT * FROM pg_background_result_v2(" + call.getInt(1) + ", "
                    + call.getLong(2) + ")")).isEqualTo("7");
        }
    }
}
