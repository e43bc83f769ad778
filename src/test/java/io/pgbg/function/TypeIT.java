package io.pgbg.function;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.NotAmongTraps;
import io.pgbg.testkit.PostgresExtension;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The server's functions around arguments: each has one signature and gives back what it gets. */
@ExtendWith(PostgresExtension.class)
@NotAmongTraps("asks for functions of which there is but one, and traps are others")
class TypeIT {

    private final TestDatabase database;

    TypeIT(TestDatabase database) {
        this.database = database;
    }

    static List<Type> wrapped() {
        return Arrays.stream(Type.values()).filter(type -> type.before() != null).toList();
    }

    @ParameterizedTest
    @MethodSource("wrapped")
    void hasOneSignatureAndChangesNothing(Type type) throws SQLException {
        String function = type.before().substring("pg_catalog.".length(), type.before().indexOf('('));
        String value = type == Type.TEXT ? "' it''s '" : type == Type.BOOLEAN ? "false" : "-5";
        try (Connection connection = database.connectRaw()) {
            assertThat(Sql.rows(connection, "SELECT proargtypes[0]::regtype, prorettype::regtype, proisstrict,"
                    + " provolatile FROM pg_proc WHERE proname = '" + function + "'"))
                    .containsExactly(type.sqlName() + ',' + type.sqlName() + ",t,i");
            assertThat(Sql.value(connection, "SELECT " + type.before() + value + type.after() + " IS NOT DISTINCT FROM "
                    + value + "::" + type.sqlName() + " AND " + type.before() + "NULL" + type.after() + " IS NULL"))
                    .isEqualTo("t");
        }
        assertThat(type.before() + type.after()).doesNotContainPattern("['\\\\$%]");
    }
}
