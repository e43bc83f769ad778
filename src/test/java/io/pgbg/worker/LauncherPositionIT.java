package io.pgbg.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.PostgresExtension;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import io.pgbg.wire.Rows;
import io.pgbg.wire.Wire;
import java.sql.Connection;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What servers are asked for a job that runs on another one. */
@ExtendWith(PostgresExtension.class)
@AlsoAmongTraps
class LauncherPositionIT {

    private final TestDatabase database;

    LauncherPositionIT(TestDatabase database) {
        this.database = database;
    }

    private static LauncherPosition now(Wire wire) throws SQLException {
        return LauncherPosition.read(wire.run("SELECT " + LauncherPosition.sql(wire.serverVersion()), notice -> { })
                .rows().text(0, 0));
    }

    @Test
    void isReadFromTheServer() throws SQLException {
        try (Connection raw = database.connectRaw()) {
            Wire wire = new Wire(raw);
            LauncherPosition position = now(wire);
            assertThat(position.standby()).isFalse();
            assertThat(position.written()).matches("[0-9A-F]+/[0-9A-F]+");
            assertThat(position.readOnlyByDefault()).isEqualTo("off");
            Sql.run(raw, "SET default_transaction_read_only = on");
            assertThat(now(wire).readOnlyByDefault()).isEqualTo("on");
        }
    }

    @Test
    void theLogCanBeMadeToBeWritten() throws SQLException {
        try (Connection raw = database.connectRaw(); Connection open = database.connectRaw()) {
            Wire wire = new Wire(raw);
            Sql.run(raw, "SET synchronous_commit = off");
            open.setAutoCommit(false);
            Sql.run(open, "CREATE TABLE unwritten (n int)");
            LauncherPosition position = now(wire);
            LauncherPosition flushed = position.flush(wire);
            assertThat(flushed.complete()).isTrue();
            assertThat(Sql.value(raw, "SELECT ('" + flushed.written() + "'::pg_catalog.pg_lsn OPERATOR(pg_catalog.>) '"
                    + position.written() + "'::pg_catalog.pg_lsn)::pg_catalog.text")).isEqualTo("true");
            assertThat(Sql.value(raw, "SHOW synchronous_commit")).isEqualTo("off");
            open.rollback();
        }
    }

    @Test
    void theCheckTellsAPrimary() throws SQLException {
        try (Connection raw = database.connectRaw()) {
            Wire wire = new Wire(raw);
            Rows row = wire.run(now(wire).check(wire.serverVersion()), notice -> { }).rows();
            assertThat(row.text(0, 0)).isEqualTo("f");
            assertThat(Long.parseLong(row.text(0, 2))).isPositive();
        }
    }
}
