package io.pgbg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PgbgUrlTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "jdbc:pgbg:                                        | jdbc:postgresql:",
        "jdbc:pgbg:shop                                    | jdbc:postgresql:shop",
        "jdbc:pgbg:/                                       | jdbc:postgresql:/",
        "jdbc:pgbg://db                                    | jdbc:postgresql://db",
        "jdbc:pgbg://db/shop                               | jdbc:postgresql://db/shop",
        "jdbc:pgbg://[::1]:5433,b:1/shop                   | jdbc:postgresql://[::1]:5433,b:1/shop",
        "jdbc:pgbg://db/shop?                              | jdbc:postgresql://db/shop?",
        "jdbc:pgbg://db/shop?&&a=%20+x&&b                  | jdbc:postgresql://db/shop?&&a=%20+x&&b",
        "jdbc:pgbg://db/pgbgApi=1?options=-c%20a.b=pgbgApi | "
            + "jdbc:postgresql://db/pgbgApi=1?options=-c%20a.b=pgbgApi",
        "jdbc:pgbg://db/jdbc:pgbg:?a=jdbc:pgbg:            | jdbc:postgresql://db/jdbc:pgbg:?a=jdbc:pgbg:",
        "jdbc:pgbg://db/shop?pgbgApi=1                     | jdbc:postgresql://db/shop",
        "jdbc:pgbg://db/shop?pgbgApi=1&a=%C3%A4            | jdbc:postgresql://db/shop?a=%C3%A4",
        "jdbc:pgbg://db/shop?a=1&pgbgApi=1&&b=2            | jdbc:postgresql://db/shop?a=1&&b=2",
        "jdbc:pgbg://db/shop?a=1&pgbgApi=1&pgbgOnClose=wait | jdbc:postgresql://db/shop?a=1",
        "jdbc:pgbg:postgresql://db/shop?pgbgApi=1&a=1      | jdbc:postgresql://db/shop?a=1",
        "jdbc:pgbg:postgresql:shop                         | jdbc:postgresql:shop",
        "jdbc:pgbg:postgresql:                             | jdbc:postgresql:",
        "jdbc:pgbg:postgresql                              | jdbc:postgresql:postgresql",
        "jdbc:postgresql://db/shop?pgbgApi=1&a=1           | jdbc:postgresql://db/shop?a=1",
        "jdbc:postgresql:shop                              | jdbc:postgresql:shop",
    })
    void takesOnlyThePrefixAndItsOwnParametersOutOfTheUrl(String url, String postgresUrl) throws SQLException {
        assertThat(PgbgUrl.parse(url, null).postgresUrl()).isEqualTo(postgresUrl);
    }

    @Test
    void readsItsOwnParametersDecoded() throws SQLException {
        PgbgUrl url = PgbgUrl.parse("jdbc:pgbg://db/?pgbgInheritSettings=all%2Capp.tenant&pgbgMaxWorkers=7", null);

        assertThat(url.value(PgbgProperty.INHERIT_SETTINGS)).isEqualTo("all,app.tenant");
        assertThat(url.number(PgbgProperty.MAX_WORKERS)).isEqualTo(7);
        assertThat(url.value(PgbgProperty.ON_CLOSE)).isEqualTo("detach");
    }

    @Test
    void theLastOfTwoParametersWins() throws SQLException {
        assertThat(PgbgUrl.parse("jdbc:pgbg:?pgbgIdleWorkers=1&pgbgIdleWorkers=2", null)
                .number(PgbgProperty.IDLE_WORKERS)).isEqualTo(2);
    }

    @Test
    void theUrlWinsOverTheProperties() throws SQLException {
        Properties info = new Properties();
        info.setProperty("pgbgOnClose", "wait");
        info.setProperty("pgbgIdleWorkers", "0");

        PgbgUrl url = PgbgUrl.parse("jdbc:pgbg:?pgbgOnClose=cancel", info);

        assertThat(url.value(PgbgProperty.ON_CLOSE)).isEqualTo("cancel");
        assertThat(url.number(PgbgProperty.IDLE_WORKERS)).isZero();
    }

    @Test
    void leavesTheCallersPropertiesAlone() throws SQLException {
        Properties defaults = new Properties();
        defaults.setProperty("user", "amy");
        defaults.setProperty("pgbgMaxWorkers", "9");
        Properties info = new Properties(defaults);
        info.setProperty("password", "secret");
        info.setProperty("pgbgOnClose", "wait");
        info.put("other", 1);
        Properties before = (Properties) info.clone();

        PgbgUrl url = PgbgUrl.parse("jdbc:pgbg:shop?pgbgIdleWorkers=1", info);
        url.postgresProperties().setProperty("user", "eve");

        assertThat(info).isEqualTo(before);
        assertThat(info.getProperty("user")).isEqualTo("amy");
        assertThat(defaults).hasSize(2);
        assertThat(url.value(PgbgProperty.MAX_WORKERS)).isEqualTo("9");
        assertThat(url.value(PgbgProperty.ON_CLOSE)).isEqualTo("wait");
    }

    @Test
    void copiesPropertiesWithTheirDefaultsAsDefaults() throws SQLException {
        Properties defaults = new Properties();
        defaults.setProperty("user", "amy");
        defaults.setProperty("pgbgMaxWorkers", "9");
        Properties info = new Properties(defaults);
        info.setProperty("password", "secret");
        info.setProperty("pgbgApi", "1");
        info.put("other", 1);

        Properties copy = PgbgUrl.parse("jdbc:pgbg:shop", info).postgresProperties();

        assertThat(copy.stringPropertyNames()).containsExactlyInAnyOrder("user", "password");
        assertThat(copy.keySet()).containsExactlyInAnyOrder("password", "other");
        assertThat(copy.getProperty("user")).isEqualTo("amy");
    }

    @Test
    void takesAValueThatIsNoStringForItsText() throws SQLException {
        Properties info = new Properties();
        info.put("pgbgMaxWorkers", 5);

        assertThat(PgbgUrl.parse("jdbc:pgbg:", info).checked().number(PgbgProperty.MAX_WORKERS)).isEqualTo(5);
    }

    @ParameterizedTest
    @ValueSource(strings = {"pgbgapi=1", "PGBGAPI=1", "pgbg", "pgbg.api=1", "pgbgPassword=secret", "Pgbg=secret"})
    void refusesUnknownNamesOfItsPrefix(String parameter) {
        String name = parameter.replaceFirst("=.*", "");
        assertThatThrownBy(() -> PgbgUrl.parse("jdbc:pgbg://db/?" + parameter, null).checked())
                .isInstanceOfSatisfying(SQLException.class, e -> {
                    assertThat(e.getSQLState()).isEqualTo("22023");
                    assertThat(e.getMessage()).contains('"' + name + '"', "pgbgOnClose").doesNotContain("secret");
                });
    }

    @Test
    void refusesAnUnknownNameInTheProperties() {
        Properties info = new Properties(new Properties());
        info.setProperty("pgbgColour", "red");
        assertThatThrownBy(() -> PgbgUrl.parse("jdbc:pgbg:", info).checked())
                .isInstanceOf(SQLException.class).hasMessageContaining("pgbgColour");
    }

    @Test
    void refusesAValueThatIsNotEncoded() {
        assertThatThrownBy(() -> PgbgUrl.parse("jdbc:pgbg://db/?pgbgOnClose=%zz", null))
                .isInstanceOfSatisfying(SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("22023"))
                .hasMessageContaining("pgbgOnClose");
    }

    @ParameterizedTest
    @CsvSource({
        "jdbc:pgbg://db/shop?user=amy&password=secret, jdbc:pgbg://db/shop",
        "jdbc:pgbg:shop, jdbc:pgbg:shop",
        "jdbc:pgbg:postgresql://db/shop?user=amy&password=secret, jdbc:pgbg:postgresql://db/shop",
        "jdbc:postgresql://db/shop?user=amy&password=secret, jdbc:postgresql://db/shop",
    })
    void showsNoSecrets(String url, String text) throws SQLException {
        assertThat(PgbgUrl.parse(url, null)).hasToString(text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"jdbc:pgbg://amy:secret@db/shop", "jdbc:pgbg://amy:se/cret@db:1/shop",
        "jdbc:pgbg://secret@db/shop?user=amy", "jdbc:pgbg:postgres://amy:secret@db/shop",
        "jdbc:pgbg://amy:secret@db1,db2/shop", "jdbc:pgbg:amy:secret@db", "jdbc:postgresql://amy:secret@db/shop",
        "jdbc:pgbg:postgresql://amy:secret@db/shop", "jdbc:pgbg:jdbc:postgresql://amy:secret@db/shop",
        "jdbc:pgbg:postgresql:postgresql://amy:secret@db/shop"})
    void refusesUserInformationAndDoesNotShowIt(String url) {
        assertThatThrownBy(() -> PgbgUrl.parse(url, null))
                .isInstanceOfSatisfying(SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("22023"))
                .hasMessageContaining("user and password").hasMessageNotContainingAny("secret", "se/cret", "amy")
                .hasNoCause().hasNoSuppressedExceptions();
        assertThatThrownBy(() -> new PgbgDataSource().setUrl(url)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContainingAny("secret", "se/cret", "amy");
    }

    @ParameterizedTest
    @ValueSource(strings = {"jdbc:pgbg://db:5432/a@b", "jdbc:pgbg://db1:5432,db2/a@b", "jdbc:pgbg://[::1]:5432/a@b",
        "jdbc:pgbg://db/shop?user=amy@example&password=a@b"})
    void takesAnAtSignElsewhere(String url) throws SQLException {
        assertThat(PgbgUrl.parse(url, null).postgresUrl()).isEqualTo(url.replace("pgbg", "postgresql"));
    }
}
