package io.pgbg.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.PgbgConnection;
import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import jakarta.persistence.Persistence;
import jakarta.persistence.Query;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import org.eclipse.persistence.Version;
import org.eclipse.persistence.platform.database.PostgreSQLPlatform;
import org.eclipse.persistence.sessions.server.ServerSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.postgresql.PGConnection;

/** EclipseLink, which is given the URL and nothing else that concerns the driver or the database. */
@Timeout(120)
class EclipseLinkIT {

    private static final String DATABASE = "eclipselink";

    private static EntityManagerFactory factory;

    private EntityManager manager;

    @BeforeAll
    static void start() {
        // The second table is made here because EclipseLink 5.0.0 writes BIGINT SERIAL for such a key.
        String place = Server.database(DATABASE, "CREATE TABLE notes (id bigserial PRIMARY KEY, text text)");
        factory = Persistence.createEntityManagerFactory("eclipselink",
                Map.of("jakarta.persistence.jdbc.url", "jdbc:pgbg:" + place));
    }

    @AfterAll
    static void stop() {
        factory.close();
    }

    @BeforeEach
    void begin() {
        manager = factory.createEntityManager();
        manager.getTransaction().begin();
    }

    @AfterEach
    void end() {
        manager.getTransaction().rollback();
        manager.close();
    }

    private Query query(String sql, Object... parameters) {
        Query query = manager.createNativeQuery(sql);
        for (int i = 0; i < parameters.length; i++) {
            query.setParameter(i + 1, parameters[i]);
        }
        return query;
    }

    private static List<?> rows(Query query) {
        return query.getResultList();
    }

    @Test
    void theReleaseIsTheOneThatIsMeant() {
        assertThat(Version.getVersion()).isEqualTo(System.getProperty("pgbg.test.eclipselink"));
    }

    @Test
    void thePlatformIsFound() {
        // It is looked for with the first connection.
        assertThat(query("SELECT 1").getSingleResult()).isEqualTo(1);

        assertThat(factory.unwrap(ServerSession.class).getPlatform()).isExactlyInstanceOf(PostgreSQLPlatform.class);
    }

    @Test
    void theSchemaHasPostgresqlsTypes() throws SQLException {
        assertThat(Server.answer(DATABASE, "SELECT string_agg(column_name || ' ' || udt_name, ', ' ORDER BY"
                + " column_name) FROM information_schema.columns WHERE table_name = 'orders'"))
                .isEqualTo("amount numeric, id int8, picture bytea, placed timestamp, reference uuid, state varchar");
    }

    @Test
    void entitiesAreInsertedInBatchesAndReadBack() {
        for (int i = 0; i < 50; i++) {
            manager.persist(new EclipseLinkOrder("1.20"));
        }
        manager.flush();
        manager.clear();

        List<EclipseLinkOrder> orders = manager
                .createQuery("SELECT o FROM EclipseLinkOrder o WHERE o.state = :state", EclipseLinkOrder.class)
                .setParameter("state", EclipseLinkOrder.State.OPEN).getResultList();
        assertThat(orders).hasSize(50).extracting(order -> order.id).doesNotHaveDuplicates();
        EclipseLinkOrder read = orders.get(0);
        assertThat(read.reference).isEqualTo(new EclipseLinkOrder("0").reference);
        assertThat(read.amount).isEqualTo(new BigDecimal("1.20"));
        assertThat(read.placed).isEqualTo(LocalDateTime.parse("2024-02-29T12:00:00"));
        assertThat(read.picture).containsExactly(1, 2, 3);
    }

    @Test
    void keysOfTheDatabaseAreRead() {
        EclipseLinkNote first = new EclipseLinkNote("one");
        EclipseLinkNote second = new EclipseLinkNote("two");
        manager.persist(first);
        manager.persist(second);
        manager.flush();

        assertThat(first.id).isPositive();
        assertThat(second.id).isPositive().isNotEqualTo(first.id);
    }

    @Test
    void aJobIsLaunchedAndReadWithNativeQueries() {
        Object pid = query("SELECT pg_background_launch(?)", Jobs.THREE_ROWS).getSingleResult();
        assertThat(rows(query("SELECT * FROM pg_background_result(?) AS (n int)", pid))).isEqualTo(List.of(1, 2, 3));

        Object[] handle = (Object[]) query("SELECT * FROM pg_background_submit(?1, label => ?2)", "SELECT 1", "nightly")
                .getSingleResult();
        assertThat(query("SELECT label FROM pg_background_list WHERE pid = ?", handle[0]).getSingleResult())
                .isEqualTo("nightly");
        assertThat(query("SELECT pg_background_wait(?, ?)", handle).getSingleResult()).isEqualTo(true);
        assertThat(query("SELECT pg_background_detach(?)", handle[0]).getSingleResult()).hasToString("");
    }

    @Test
    void theErrorOfAJobIsThrown() {
        SQLException error = Jobs.errorOf(() -> query("SELECT * FROM pg_background_result(pg_background_launch(?))"
                + " AS (tag text)", Jobs.FAILING).getResultList());

        assertThat(error.getSQLState()).isEqualTo("23514");
        assertThat(error.getMessage()).contains("fair_price");
    }

    @Test
    void anErrorInATransactionCostsTheConnectionAndItsJobs() throws SQLException {
        int before = serverProcess();
        Jobs.errorOf(() -> query("SELECT 1 / 0").getSingleResult());
        manager.getTransaction().rollback();
        manager.getTransaction().begin();

        assertThat(serverProcess()).isNotEqualTo(before);
    }

    private int serverProcess() throws SQLException {
        return manager.unwrap(Connection.class).unwrap(PGConnection.class).getBackendPID();
    }

    @Test
    void noticesAreReadFromTheStatement() throws SQLException {
        Connection connection = manager.unwrap(Connection.class);
        assertThat(connection.isWrapperFor(PgbgConnection.class)).isTrue();
        try (PreparedStatement result = connection.prepareStatement(
                "SELECT * FROM pg_background_result(pg_background_launch(?))")) {
            result.setString(1, Jobs.WITH_NOTICE);
            result.executeQuery().close();
            assertThat(result.getWarnings().getMessage()).isEqualTo("half of it done");
        }
    }

    @Test
    void aTextInDollarQuotesIsReadForParametersAndABoundOneIsNot() {
        String dollars = "SELECT * FROM pg_background_result(pg_background_launch($j$" + Jobs.WITH_OPERATORS
                + "$j$)) AS (is_red boolean)";
        assertThat(Jobs.errorOf(() -> query(dollars).getResultList()).getMessage())
                .contains("column index is out of range");

        assertThat(rows(query("SELECT * FROM pg_background_result(pg_background_launch('"
                + Jobs.WITH_OPERATORS.replace("'", "''") + "')) AS (is_red boolean)")))
                .as("in single quotes").isEqualTo(List.of(true));
        assertThat(rows(manager.createNativeQuery("SELECT * FROM pg_background_result(pg_background_launch(#job))"
                + " AS (is_red boolean)").setParameter("job", Jobs.WITH_OPERATORS)))
                .isEqualTo(List.of(true));
    }

    @Test
    void blocksAreExecuted() {
        assertThat(query("DO $$ DECLARE pid int; BEGIN pid := pg_background_launch('SELECT 1');"
                + " PERFORM pg_background_detach(pid); END $$").executeUpdate()).isZero();
    }
}
