package io.pgbg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URL;
import java.net.URLClassLoader;
import java.sql.DriverManager;
import java.sql.DriverPropertyInfo;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.ServiceLoader;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DriverTest {

    /** Complains of URLs that it cannot read, as some here are on purpose. Kept, or the level would be forgotten. */
    private static final Logger POSTGRES_DRIVER = Logger.getLogger("org.postgresql.Driver");

    @BeforeAll
    static void silencePostgresDriver() {
        POSTGRES_DRIVER.setLevel(Level.OFF);
    }

    @AfterAll
    static void restorePostgresDriver() {
        POSTGRES_DRIVER.setLevel(null);
    }

    private final Driver driver = new Driver();

    @ParameterizedTest
    @ValueSource(strings = {"jdbc:postgresql://db/shop", "jdbc:p6spy:pgbg://db/shop", "JDBC:PGBG://db", "jdbc:pgbg", "",
        "jdbc:other:jdbc:pgbg:"})
    void leavesOtherUrlsToOthers(String url) throws SQLException {
        assertThat(driver.acceptsURL(url)).isFalse();
        assertThat(driver.connect(url, null)).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"jdbc:pgbg:", "jdbc:pgbg://db/shop", "jdbc:pgbg:// / / /", "jdbc:pgbg:?pgbgNo=1"})
    void acceptsByPrefixAlone(String url) throws SQLException {
        assertThat(driver.acceptsURL(url)).isTrue();
    }

    @Test
    void refusesANullUrl() {
        assertThatThrownBy(() -> driver.acceptsURL(null))
                .isInstanceOfSatisfying(SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("22023"));
        assertThatThrownBy(() -> driver.connect(null, null))
                .isInstanceOfSatisfying(SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("22023"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"jdbc:pgbg://db?password=secret", "jdbc:pgbg:/db?password=secret",
        "jdbc:pgbg://db/a/b?password=secret", "jdbc:pgbg://db/x?password=secret&user=%zz"})
    void refusesWhatThePostgresDriverCannotReadWithoutShowingThePassword(String url) {
        assertThatThrownBy(() -> driver.connect(url, null))
                .isInstanceOfSatisfying(SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("08001"))
                .hasNoCause().hasMessageNotContaining("secret");
    }

    @Test
    void checksItsOwnPropertiesBeforeItConnects() {
        assertThatThrownBy(() -> driver.connect("jdbc:pgbg://nowhere.invalid/db?pgbgOnClose=never", null))
                .isInstanceOfSatisfying(SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("22023"))
                .hasMessageContaining("never");
    }

    @Test
    void isRegisteredAndCanBeTakenOutAndPutBack() throws SQLException {
        assertThat(Driver.isRegistered()).isTrue();
        assertThat(DriverManager.getDriver("jdbc:pgbg://db/shop")).isInstanceOf(Driver.class);
        assertThatThrownBy(Driver::register)
                .isInstanceOfSatisfying(SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("55000"));

        Driver.deregister();
        try {
            assertThat(Driver.isRegistered()).isFalse();
            assertThatThrownBy(() -> DriverManager.getDriver("jdbc:pgbg://db/shop")).isInstanceOf(SQLException.class);
            assertThatThrownBy(Driver::deregister)
                    .isInstanceOfSatisfying(SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("55000"));
        } finally {
            Driver.register();
        }
        assertThat(DriverManager.getDriver("jdbc:pgbg://db/shop")).isInstanceOf(Driver.class);
    }

    @Test
    void isFoundAsAService() {
        assertThat(ServiceLoader.load(java.sql.Driver.class)).hasAtLeastOneElementOfType(Driver.class);
    }

    @Test
    void saysWhatItIs() {
        assertThat(driver.getMajorVersion()).isZero();
        assertThat(driver.getMinorVersion()).isEqualTo(1);
        assertThat(driver.jdbcCompliant()).isFalse();
        assertThat(driver.getParentLogger()).isNotNull();
    }

    @Test
    void showsItsOwnPropertiesAndThoseOfThePostgresDriver() throws SQLException {
        Properties info = new Properties();
        info.setProperty("pgbgOnClose", "wait");

        DriverPropertyInfo[] shown = driver.getPropertyInfo("jdbc:pgbg://db/shop?ApplicationName=x&pgbgApi=9", info);

        List<String> names = Arrays.stream(shown).map(property -> property.name).toList();
        assertThat(names).startsWith("pgbgApi", "pgbgOnClose").contains("ApplicationName", "sslmode")
                .doesNotHaveDuplicates();
        assertThat(valueOf(shown, "pgbgApi")).isEqualTo("9");
        assertThat(valueOf(shown, "pgbgOnClose")).isEqualTo("wait");
        assertThat(valueOf(shown, "ApplicationName")).isEqualTo("x");
        assertThat(info).hasSize(1);
    }

    @Test
    void showsPropertiesWithoutAUrl() throws SQLException {
        assertThat(driver.getPropertyInfo(null, null)).hasSizeGreaterThan(50);
        assertThat(driver.getPropertyInfo("jdbc:postgresql://db/shop", new Properties())).hasSizeGreaterThan(50);
    }

    @Test
    void saysClearlyThatThePostgresDriverIsMissing() throws Exception {
        URL ours = Driver.class.getProtectionDomain().getCodeSource().getLocation();
        try (URLClassLoader alone = new URLClassLoader(new URL[] {ours}, ClassLoader.getPlatformClassLoader())) {
            java.sql.Driver lonely = (java.sql.Driver) alone.loadClass("io.pgbg.Driver").getConstructor().newInstance();
            try {
                assertThat(lonely.acceptsURL("jdbc:pgbg://db/shop")).isTrue();
                assertThatThrownBy(() -> lonely.connect("jdbc:pgbg://db/shop", null))
                        .isInstanceOfSatisfying(SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("08001"))
                        .hasMessageContaining("org.postgresql:postgresql").hasMessageContaining("class loader");
            } finally {
                lonely.getClass().getMethod("deregister").invoke(null);
            }
        }
    }

    private static String valueOf(DriverPropertyInfo[] infos, String name) {
        return Arrays.stream(infos).filter(info -> info.name.equals(name)).findFirst().orElseThrow().value;
    }
}
