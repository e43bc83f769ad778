package io.pgbg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgbg.testkit.ApplicationLoader;
import java.sql.DriverManager;
import java.sql.DriverPropertyInfo;
import java.sql.SQLException;
import java.util.Collections;
import java.util.Properties;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SameUrlDriverTest {

    private final SameUrlDriver driver = new SameUrlDriver();

    @ParameterizedTest
    @ValueSource(strings = {"jdbc:postgresql://db/shop", "jdbc:postgresql:shop", "jdbc:pgbg://db/shop",
        "jdbc:pgbg:postgresql://db/shop"})
    void takesTheUrlsOfBothDrivers(String url) throws SQLException {
        assertThat(driver.acceptsURL(url)).isTrue();
        assertThat(new Driver().acceptsURL(url)).isEqualTo(url.startsWith("jdbc:pgbg:"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"jdbc:postgresql", "jdbc:p6spy:postgresql://db", "JDBC:POSTGRESQL://db", "postgresql://db",
        ""})
    void leavesOtherUrlsToOthers(String url) throws SQLException {
        assertThat(driver.acceptsURL(url)).isFalse();
        assertThat(driver.connect(url, null)).isNull();
    }

    @Test
    void refusesANullUrl() {
        assertThatThrownBy(() -> driver.connect(null, null))
                .isInstanceOfSatisfying(SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("22023"));
    }

    @Test
    void checksTheDriversOwnPropertiesInTheOtherUrl() {
        assertThatThrownBy(() -> driver.connect("jdbc:postgresql://nowhere.invalid/db?pgbgOnClose=never", null))
                .isInstanceOfSatisfying(SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("22023"))
                .hasMessageContaining("never");
    }

    @Test
    void showsThePropertiesOfTheOtherUrl() throws SQLException {
        DriverPropertyInfo[] shown = driver.getPropertyInfo("jdbc:postgresql://db/shop?pgbgApi=2&sslmode=require",
                new Properties());
        assertThat(shown).anySatisfy(property -> {
            assertThat(property.name).isEqualTo("pgbgApi");
            assertThat(property.value).isEqualTo("2");
        }).anySatisfy(property -> {
            assertThat(property.name).isEqualTo("sslmode");
            assertThat(property.value).isEqualTo("require");
        });
        assertThat(driver.getPropertyInfo(null, null)).hasSameSizeAs(shown);
    }

    @Test
    void saysWhatItIs() {
        assertThat(driver.getMajorVersion()).isEqualTo(new Driver().getMajorVersion());
        assertThat(driver.getMinorVersion()).isEqualTo(new Driver().getMinorVersion());
        assertThat(driver.jdbcCompliant()).isFalse();
        assertThat(driver.getParentLogger()).isNotNull();
    }

    @Test
    void isNoService() {
        assertThat(ServiceLoader.load(java.sql.Driver.class)).hasAtLeastOneElementOfType(Driver.class)
                .doesNotHaveAnyElementsOfTypes(SameUrlDriver.class);
    }

    @Test
    void registersNothingWhenItIsLoadedAndMade() throws Exception {
        try (ApplicationLoader own = new ApplicationLoader()) {
            java.sql.Driver made = (java.sql.Driver) Class.forName("io.pgbg.SameUrlDriver", true, own).getConstructor()
                    .newInstance();
            assertThat(made.acceptsURL("jdbc:postgresql://db/shop")).isTrue();
            assertThat(own.registered()).isEmpty();
        }
    }

    /** So that a container that stops the application finds something to deregister, and what it opened is ended. */
    @Test
    void theFirstConnectionRegistersTheDriverForItsOwnUrls() throws Exception {
        try (ApplicationLoader own = new ApplicationLoader()) {
            java.sql.Driver made = own.driver("io.pgbg.SameUrlDriver");
            assertThatThrownBy(() -> made.connect("jdbc:postgresql://127.0.0.1:1/x?user=x", null))
                    .isInstanceOf(SQLException.class);
            assertThat(own.registered()).extracting(one -> one.getClass().getName()).contains("io.pgbg.Driver")
                    .doesNotContain("io.pgbg.SameUrlDriver");
            own.stop();
        }
    }

    @Test
    void leavesTheUrlsOfThePostgresDriverToItInTheDriverManager() throws Exception {
        Class.forName("io.pgbg.SameUrlDriver");
        assertThatThrownBy(() -> driver.connect("jdbc:postgresql://127.0.0.1:1/x?user=x", null))
                .isInstanceOf(SQLException.class);
        assertThat(DriverManager.getDriver("jdbc:postgresql://db/shop")).isInstanceOf(org.postgresql.Driver.class);
        assertThat(Collections.list(DriverManager.getDrivers())).noneMatch(SameUrlDriver.class::isInstance);
    }
}
