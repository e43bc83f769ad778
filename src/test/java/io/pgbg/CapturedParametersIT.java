package io.pgbg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.PostgresExtension;
import io.pgbg.testkit.ServerState;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import java.sql.Connection;
import java.sql.Date;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Time;
import java.sql.Timestamp;
import java.util.Calendar;
import java.util.List;
import java.util.TimeZone;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.postgresql.util.PGobject;

/** A parameter has the value that it had when it was set, whatever the application does with the object afterwards. */
@ExtendWith(PostgresExtension.class)
@AlsoAmongTraps
class CapturedParametersIT {

    /** In the same text as an INSERT, so that the driver has to remember the parameters. */
    private static final String CALL = "; SELECT pg_background_detach_all()";

    private final TestDatabase database;

    CapturedParametersIT(TestDatabase database) {
        this.database = database;
    }

    @BeforeEach
    void makeTable() throws SQLException {
        try (Connection connection = database.connect()) {
            Sql.run(connection, "CREATE TABLE IF NOT EXISTS kept (id serial, b bytea, t timestamptz, d date, c time,"
                    + " o jsonb); TRUNCATE kept RESTART IDENTITY");
        }
    }

    @FunctionalInterface
    private interface Entry {

        void set(PreparedStatement statement) throws SQLException;
    }

    private List<String> batch(String column, Entry first, Entry second) throws SQLException {
        try (Connection connection = database.connect()) {
            Sql.run(connection, "SET TimeZone TO 'UTC'; SET bytea_output TO hex");
            try (PreparedStatement statement = connection.prepareStatement(
                    "INSERT INTO kept (" + column + ") VALUES (?)" + CALL)) {
                first.set(statement);
                statement.addBatch();
                second.set(statement);
                statement.addBatch();
                statement.executeBatch();
            }
            return Sql.rows(connection, "SELECT " + column + "::text FROM kept ORDER BY id");
        }
    }

    @Test
    void bytes() throws Exception {
        byte[] bytes = {1};
        assertThat(batch("b", statement -> statement.setBytes(1, bytes), statement -> {
            bytes[0] = 2;
            statement.setBytes(1, bytes);
        })).containsExactly("\\x01", "\\x02");
    }

    @Test
    void bytesGivenAsAnObject() throws Exception {
        byte[] bytes = {1};
        assertThat(batch("b", statement -> statement.setObject(1, bytes), statement -> {
            bytes[0] = 2;
            statement.setObject(1, bytes);
        })).containsExactly("\\x01", "\\x02");
    }

    @Test
    void times() throws Exception {
        Timestamp timestamp = new Timestamp(0);
        Date date = new Date(0);
        Time time = new Time(0);
        Calendar utc = Calendar.getInstance(TimeZone.getTimeZone("UTC"));
        assertThat(batch("t", statement -> statement.setTimestamp(1, timestamp), statement -> {
            timestamp.setTime(86_400_000);
            statement.setTimestamp(1, timestamp);
        })).containsExactly("1970-01-01 00:00:00+00", "1970-01-02 00:00:00+00");
        assertThat(batch("d", statement -> statement.setDate(1, date, utc), statement -> {
            date.setTime(86_400_000);
            statement.setDate(1, date, utc);
        })).contains("1970-01-01", "1970-01-02");
        assertThat(batch("c", statement -> statement.setTime(1, time, utc), statement -> {
            time.setTime(3_600_000);
            statement.setTime(1, time, utc);
        })).contains("00:00:00", "01:00:00");
    }

    @Test
    void theZoneOfACalendar() throws Exception {
        Calendar zone = Calendar.getInstance(TimeZone.getTimeZone("UTC"));
        assertThat(batch("c", statement -> statement.setTime(1, new Time(0), zone), statement -> {
            zone.setTimeZone(TimeZone.getTimeZone("GMT+02:00"));
            statement.setTime(1, new Time(0), zone);
        })).containsExactly("00:00:00", "02:00:00");
    }

    @Test
    void objectsOfPgjdbc() throws Exception {
        PGobject json = new PGobject();
        json.setType("jsonb");
        json.setValue("1");
        assertThat(batch("o", statement -> statement.setObject(1, json), statement -> {
            json.setValue("2");
            statement.setObject(1, json);
        })).containsExactly("1", "2");
    }

    /** Of an application that fails when its value is read a second time. */
    public static final class Failing extends PGobject {

        private static final long serialVersionUID = 1;
        private static final AtomicInteger READS = new AtomicInteger();

        @Override
        public String getValue() {
            if (READS.incrementAndGet() > 1) {
                throw new IllegalStateException("no more");
            }
            return "1";
        }
    }

    @Test
    void whatAValueThrowsInABatchLeavesNoTransactionOpen() throws Exception {
        try (Connection connection = database.connect(); Connection raw = database.connectRaw();
                PreparedStatement statement = connection.prepareStatement("INSERT INTO kept (o) VALUES (?)" + CALL)) {
            PGobject failing = new Failing();
            failing.setType("jsonb");
            statement.setObject(1, failing);
            statement.addBatch();

            assertThatThrownBy(statement::executeBatch).isInstanceOf(IllegalStateException.class);

            assertThat(new ServerState(raw).idleTransactions()).isZero();
            Sql.run(connection, "INSERT INTO kept (o) VALUES ('2')");
            assertThat(Sql.rows(raw, "SELECT o::text FROM kept")).containsExactly("2");
        }
    }
}
