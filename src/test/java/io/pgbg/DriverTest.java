package io.pgbg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgbg.testkit.ApplicationLoader;
import io.pgbg.testkit.Jvm;
import java.io.File;
import java.lang.reflect.Modifier;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.DriverPropertyInfo;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.ServiceLoader;
import java.util.logging.Level;
import java.util.logging.Logger;
import javax.sql.DataSource;
import net.bytebuddy.ByteBuddy;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DriverTest {

    private static final int CONSTANT = Modifier.PUBLIC | Modifier.STATIC | Modifier.FINAL;

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

    @TempDir
    private Path folder;

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

    @ParameterizedTest
    @CsvSource({"42.2.28, 42, 2, 28", "42.0.0, 42, 0, 0", "42.2.28.redhat-1, 42, 2, 28"})
    void saysClearlyThatThePostgresDriverIsTooOld(String version, int major, int minor, int patch) throws Exception {
        byte[] info = new ByteBuddy().subclass(Object.class).name("org.postgresql.util.DriverInfo")
                .defineField("DRIVER_VERSION", String.class, CONSTANT).value(version)
                .defineField("MAJOR_VERSION", int.class, CONSTANT).value(major)
                .defineField("MINOR_VERSION", int.class, CONSTANT).value(minor)
                .defineField("PATCH_VERSION", int.class, CONSTANT).value(patch).make().getBytes();
        assertRefused(info, "is " + version + ", which is too old: pgbg-jdbc needs 42.2.29 or newer");
    }

    /** As before 42.0. */
    @Test
    void saysClearlyThatThePostgresDriverDoesNotTellItsVersion() throws Exception {
        assertRefused(new ByteBuddy().subclass(Object.class).name("org.postgresql.util.DriverInfo").make().getBytes(),
                "is one that does not tell its version, which is too old: pgbg-jdbc needs 42.2.29 or newer");
    }

    /** With another class in the place of the one that tells the version. */
    private void assertRefused(byte[] info, String message) throws Exception {
        Path file = folder.resolve("org/postgresql/util/DriverInfo.class");
        Files.createDirectories(file.getParent());
        Files.write(file, info);
        try (ApplicationLoader application = new ApplicationLoader(folder + File.pathSeparator + Jvm.classPath())) {
            for (String name : List.of("io.pgbg.Driver", "io.pgbg.SameUrlDriver")) {
                java.sql.Driver old = application.driver(name);
                assertThatThrownBy(() -> old.connect("jdbc:pgbg://127.0.0.1:1/shop", null))
                        .isInstanceOfSatisfying(SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("08001"))
                        .hasMessageContaining(message);
                assertThatThrownBy(() -> old.getPropertyInfo("jdbc:pgbg://127.0.0.1:1/shop", null))
                        .isInstanceOf(SQLException.class).hasMessageContaining(message);
            }
            DataSource source = (DataSource) application.loadClass("io.pgbg.PgbgDataSource").getConstructor()
                    .newInstance();
            assertThatThrownBy(source::getConnection).isInstanceOf(SQLException.class).hasMessageContaining(message);
            application.stop();
        }
    }

    private static String valueOf(DriverPropertyInfo[] infos, String name) {
        return Arrays.stream(infos).filter(info -> info.name.equals(name)).findFirst().orElseThrow().value;
    }
}
