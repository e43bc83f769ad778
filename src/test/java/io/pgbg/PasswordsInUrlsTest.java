package io.pgbg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.sql.SQLException;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A password stands in a URL that leads to no connection: no message, cause or log line of the driver's holds it. */
class PasswordsInUrlsTest {

    private static final String PASSWORD = "pass-wo.rd";

    /** What {@code java.util.logging} gets of the driver's while something is done. */
    private static List<String> logged(Runnable work) {
        Logger logger = Logger.getLogger("io.pgbg");
        List<String> lines = new CopyOnWriteArrayList<>();
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord line) {
                lines.add(line.getMessage());
            }

            @Override
            public void flush() { }

            @Override
            public void close() { }
        };
        Level level = logger.getLevel();
        logger.setLevel(Level.ALL);
        logger.addHandler(handler);
        try {
            work.run();
        } finally {
            logger.removeHandler(handler);
            logger.setLevel(level);
        }
        return lines;
    }

    private static String everything(Throwable error) {
        StringWriter all = new StringWriter();
        error.printStackTrace(new PrintWriter(all));
        return all.toString();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', value = {
        "22023 ~ //bob:PW@localhost:1/db",
        "22023 ~ //PW@localhost:1/db",
        "22023 ~ //bob:PW@localhost:1",
        "22023 ~ //bob:PW@[::1]:1/db",
        "22023 ~ //bob:P/PW@localhost:1/db",
        "22023 ~ //bob:P?PW@localhost:1/db",
        "22023 ~ //bob:P#PW@localhost:1/db",
        "22023 ~ //localhost:1,bob:PW@localhost:2/db",
        "22023 ~ postgres://bob:PW@localhost:1/db",
        "22023 ~ postgresql://bob:PW@localhost:1/db",
        "22023 ~ postgresql:postgresql://bob:PW@localhost:1/db",
        "22023 ~ jdbc:postgresql://bob:PW@localhost:1/db",
        "22023 ~ bob:PW@localhost:1/db",
        "22023 ~ @//bob:PW@localhost:1/db",
        "08001 ~ //localhost:port/db?user=bob&password=PW",
        "08001 ~ //localhost:99999/db?user=bob&password=PW",
        "08001 ~ //localhost:1/%zz?user=bob&password=PW",
        "08001 ~ //localhost:1/db?user=%zz&password=PW",
        "08001 ~ //localhost:1/db?user=bob&password=PW%zz",
        "22023 ~ //localhost:1/db?user=bob&password=PW&pgbgApi=7",
        "22023 ~ //localhost:1/db?user=bob&password=PW&pgbgApi=%zz",
        "22023 ~ //localhost:1/db?pgbgColour=red&user=bob&password=PW",
        "22023 ~ //localhost:1/db?user=bob&pgbgApi=1?password=PW",
        "22023 ~ //localhost:1/db?user=bob&pgbgApi=1;password=PW",
        "22023 ~ //localhost:1/db?user=bob&pgbgApi=1;password=%zzPW",
        "22023 ~ //localhost:1/db?pgbgApi;password:PW",
        "22023 ~ //bob:PW?x@localhost:1/db?user=bob",
        "08001 ~ //bob:PW?x=y@localhost:1/db?user=bob",
        "22023 ~ //bob:PW?x&y@localhost:1/db?user=bob",
        "08001 ~ //localhost:1/db?user=bob&password=PW",
        "08001 ~ //no.such.host.invalid/db?user=bob&password=PW",
    })
    void areNotShown(String state, String url) {
        areNotShown(state, new Driver(), "jdbc:pgbg:" + url.replace("PW", PASSWORD));
        areNotShown(state, new SameUrlDriver(), "jdbc:postgresql:" + url.replace("PW", PASSWORD));
    }

    private static void areNotShown(String state, java.sql.Driver driver, String full) {
        List<String> lines = logged(() -> {
            try {
                driver.connect(full, new Properties()).close();
                fail("It does not fail");
            } catch (SQLException e) {
                assertThat(everything(e)).doesNotContain(PASSWORD);
                assertThat(e.getSQLState()).as(everything(e)).isEqualTo(state);
            }
            PgbgDataSource source = new PgbgDataSource();
            try {
                source.setUrl(full);
                source.getConnection().close();
                fail("It does not fail");
            } catch (IllegalArgumentException | SQLException e) {
                assertThat(everything(e)).doesNotContain(PASSWORD);
            }
            try {
                driver.getPropertyInfo(full, new Properties());
            } catch (SQLException e) {
                assertThat(everything(e)).doesNotContain(PASSWORD);
            }
        });
        assertThat(lines).noneMatch(line -> line.contains(PASSWORD));
    }
}
