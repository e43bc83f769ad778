package io.pgbg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.beans.Introspector;
import java.beans.PropertyDescriptor;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.logging.Level;
import java.util.logging.Logger;
import javax.naming.Reference;
import javax.naming.StringRefAddr;
import javax.naming.spi.NamingManager;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class PgbgDataSourceTest {

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

    private final PgbgDataSource source = new PgbgDataSource();

    @Test
    void takesOverAUrl() {
        source.setUrl("jdbc:pgbg://db:5433/shop?ApplicationName=x&pgbgOnClose=wait&pgbgMaxWorkers=3");

        assertThat(source.getServerNames()).containsExactly("db");
        assertThat(source.getPortNumbers()).containsExactly(5433);
        assertThat(source.getDatabaseName()).isEqualTo("shop");
        assertThat(source.getApplicationName()).isEqualTo("x");
        assertThat(source.getPgbgOnClose()).isEqualTo("wait");
        assertThat(source.getPgbgMaxWorkers()).isEqualTo(3);
        assertThat(source.getPgbgIdleWorkers()).isEqualTo(4);
    }

    @ParameterizedTest
    @ValueSource(strings = {"jdbc:postgresql://db/shop", "jdbc:pgbg:postgresql://db/shop"})
    void takesOverAUrlOfThePostgresDriver(String url) {
        source.setURL(url + "?pgbgOnClose=wait");
        assertThat(source.getPgbgOnClose()).isEqualTo("wait");
        assertThat(source.getURL()).startsWith("jdbc:pgbg://db").contains("/shop");
    }

    @Test
    void givesAUrlThatSaysTheSame() {
        source.setServerNames(new String[] {"db"});
        source.setDatabaseName("shop");
        source.setPgbgApi(1);
        source.setPgbgOnClose("cancel");
        source.setPgbgIdleWorkers(1);
        source.setPgbgIdleTimeout(2);
        source.setPgbgMaxWorkers(3);
        source.setPgbgInheritSettings("all,app.tenant");

        PgbgDataSource copy = new PgbgDataSource();
        copy.setUrl(source.getUrl());

        assertThat(source.getUrl()).startsWith("jdbc:pgbg://db/shop?").contains("=all%2Capp.tenant");
        assertThat(copy.getDatabaseName()).isEqualTo("shop");
        assertThat(copy.getPgbgApi()).isEqualTo(1);
        assertThat(copy.getPgbgOnClose()).isEqualTo("cancel");
        assertThat(copy.getPgbgIdleWorkers()).isEqualTo(1);
        assertThat(copy.getPgbgIdleTimeout()).isEqualTo(2);
        assertThat(copy.getPgbgMaxWorkers()).isEqualTo(3);
        assertThat(copy.getPgbgInheritSettings()).isEqualTo("all,app.tenant");
    }

    @ParameterizedTest
    @ValueSource(strings = {"jdbc:other://db/shop?password=secret", "jdbc:pgbg://db?password=secret",
        "jdbc:pgbg://db/shop?password=secret&pgbgNo=1", "jdbc:pgbg://db/shop?password=secret&pgbgOnClose=no",
        "jdbc:postgresql://db?password=secret", "jdbc:postgresql://db/shop?password=secret&pgbgNo=1"})
    void refusesAWrongUrlWithoutShowingThePassword(String url) {
        assertThatThrownBy(() -> source.setUrl(url)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("secret");
    }

    @Test
    void knowsItsPropertiesByName() throws SQLException {
        source.setProperty("pgbgOnClose", "wait");
        source.setProperty("ApplicationName", "x");

        assertThat(source.getProperty("pgbgOnClose")).isEqualTo("wait");
        assertThat(source.getProperty("pgbgMaxWorkers")).isEqualTo("64");
        assertThat(source.getApplicationName()).isEqualTo("x");
        assertThatThrownBy(() -> source.setProperty("pgbgNo", "1"))
                .isInstanceOfSatisfying(SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("22023"));
    }

    @ParameterizedTest
    @EnumSource(PgbgProperty.class)
    void everyPropertyIsABeans(PgbgProperty property) throws Exception {
        String name = property.getName();
        PropertyDescriptor bean = Arrays.stream(Introspector.getBeanInfo(PgbgDataSource.class).getPropertyDescriptors())
                .filter(each -> each.getName().equals(name)).findFirst().orElseThrow();
        Object value = bean.getPropertyType() == int.class ? (Object) 2 : "of the test";
        bean.getWriteMethod().invoke(source, value);
        assertThat(bean.getReadMethod().invoke(source)).isEqualTo(value);
        assertThat(source.getProperty(name)).isEqualTo(value.toString());
    }

    @Test
    void checksValuesWhenItConnects() {
        source.setPgbgMaxWorkers(0);
        assertThatThrownBy(source::getConnection)
                .isInstanceOfSatisfying(SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("22023"))
                .hasMessageContaining("pgbgMaxWorkers");
    }

    @Test
    void canBeSerialised() throws Exception {
        source.setDatabaseName("shop");
        source.setPgbgOnClose("wait");
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(source);
        }

        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            PgbgDataSource copy = (PgbgDataSource) in.readObject();
            assertThat(copy.getUrl()).isEqualTo(source.getUrl());
            assertThat(copy.getPgbgOnClose()).isEqualTo("wait");
        }
    }

    @Test
    void canBeKeptInJndi() throws Exception {
        source.setDatabaseName("shop");
        source.setUser("clerk");
        source.setPgbgOnClose("wait");

        Object found = NamingManager.getObjectInstance(source.getReference(), null, null, null);

        assertThat(found).isInstanceOfSatisfying(PgbgDataSource.class, copy -> {
            assertThat(copy.getUrl()).isEqualTo(source.getUrl());
            assertThat(copy.getUser()).isEqualTo("clerk");
            assertThat(copy.getPgbgOnClose()).isEqualTo("wait");
        });
    }

    @Test
    void leavesWhatIsNotItsOwnInJndiToOthers() {
        PgbgObjectFactory factory = new PgbgObjectFactory();
        Reference other = new Reference("com.example.Other", new StringRefAddr("serverName", "db"));
        assertThat(factory.getObjectInstance(other, null, null, null)).isNull();
        assertThat(factory.getObjectInstance("text", null, null, null)).isNull();
    }
}
