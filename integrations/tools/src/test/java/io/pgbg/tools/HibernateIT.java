package io.pgbg.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgbg.PgbgConnection;
import jakarta.persistence.ParameterMode;
import jakarta.persistence.StoredProcedureQuery;
import java.math.BigDecimal;
import java.net.InetAddress;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.hibernate.QueryParameterException;
import org.hibernate.Session;
import org.hibernate.SessionFactory;
import org.hibernate.Version;
import org.hibernate.cfg.Configuration;
import org.hibernate.dialect.PostgreSQLDialect;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.exception.ConstraintViolationException;
import org.hibernate.stat.Statistics;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Hibernate, which is given the URL and nothing else that concerns the driver or the database. */
@Timeout(120)
class HibernateIT {

    private static final String DATABASE = "hibernate";

    private static SessionFactory factory;

    private Session session;

    @BeforeAll
    static void start() {
        factory = new Configuration().addAnnotatedClass(HibernateOrder.class)
                .setProperty("hibernate.connection.url", "jdbc:pgbg:" + Server.database(DATABASE))
                .setProperty("hibernate.connection.username", Server.USER)
                .setProperty("hibernate.hbm2ddl.auto", "create")
                .setProperty("hibernate.generate_statistics", "true")
                .setProperty("hibernate.use_sql_comments", "true")
                .setProperty("hibernate.jdbc.batch_size", "20").buildSessionFactory();
    }

    @AfterAll
    static void stop() {
        factory.close();
    }

    @BeforeEach
    void begin() {
        session = factory.openSession();
        session.beginTransaction();
    }

    @AfterEach
    void end() {
        session.getTransaction().rollback();
        session.close();
    }

    private int launch(String job) {
        return session.createNativeQuery("SELECT pg_background_launch(:job)", Integer.class).setParameter("job", job)
                .getSingleResult();
    }

    @Test
    void theReleaseIsTheOneThatIsMeant() {
        assertThat(Version.getVersionString()).isEqualTo(System.getProperty("pgbg.test.hibernate"));
    }

    @Test
    void theDialectIsFound() {
        assertThat(((SessionFactoryImplementor) factory).getJdbcServices().getDialect())
                .isExactlyInstanceOf(PostgreSQLDialect.class);
    }

    @Test
    void theSchemaHasPostgresqlsTypes() throws SQLException {
        assertThat(Server.answer(DATABASE, "SELECT string_agg(column_name || ' ' || udt_name, ', ' ORDER BY"
                + " column_name) FROM information_schema.columns WHERE table_name = 'orders'")).isEqualTo("amount numeric,"
                + " delivery interval, details jsonb, id int8, origin inet, placed timestamptz, quantities _int4,"
                + " reference uuid, state state, tags _varchar");
    }

    @Test
    void entitiesAreSavedAndReadBack() {
        HibernateOrder saved = new HibernateOrder("1.20");
        session.persist(saved);
        session.flush();
        session.clear();

        HibernateOrder read = session.find(HibernateOrder.class, saved.id);
        assertThat(read).isNotSameAs(saved);
        assertThat(read.reference).isEqualTo(saved.reference);
        assertThat(read.amount).isEqualTo(new BigDecimal("1.20"));
        assertThat(read.placed).isEqualTo(Instant.parse("2024-02-29T12:00:00Z"));
        assertThat(read.tags).containsExactly("new", "gift");
        assertThat(read.quantities).containsExactly(1, 2, 3);
        assertThat(read.origin).isEqualTo(InetAddress.getLoopbackAddress());
        assertThat(read.state).isEqualTo(HibernateOrder.State.OPEN);
        assertThat(read.details).isEqualTo(Map.of("colour", "red"));
        assertThat(read.delivery).isEqualTo(Duration.ofMinutes(90));
    }

    @Test
    void entitiesAreInsertedInBatchesAndStreamed() {
        Statistics statistics = factory.getStatistics();
        long before = statistics.getPrepareStatementCount();
        for (int i = 0; i < 50; i++) {
            session.persist(new HibernateOrder("1.20"));
        }
        session.flush();
        session.clear();
        assertThat(statistics.getPrepareStatementCount() - before).isLessThan(10);

        try (Stream<HibernateOrder> orders = session
                .createQuery("from HibernateOrder where state = :state and amount > 1", HibernateOrder.class)
                .setParameter("state", HibernateOrder.State.OPEN).setFetchSize(10).getResultStream()) {
            assertThat(orders.map(order -> order.id).distinct().count()).isEqualTo(50);
        }
    }

    @Test
    void aJobIsLaunchedAndReadWithNativeQueries() {
        assertThat(session.createNativeQuery("SELECT * FROM pg_background_result(:pid) AS (n int)", Integer.class)
                .setParameter("pid", launch(Jobs.THREE_ROWS)).getResultList()).containsExactly(1, 2, 3);

        assertThat(session.createNativeQuery("SELECT * FROM pg_background_result(:pid) AS (n int)", Integer.class)
                .setParameter("pid", launch(Jobs.THREE_ROWS)).setFirstResult(1).setMaxResults(1).getResultList())
                .as("with what Hibernate appends for a page").containsExactly(2);

        Object[] handle = session.createNativeQuery("SELECT * FROM pg_background_submit(:job, label => :label)",
                Object[].class).setParameter("job", "SELECT 1").setParameter("label", "nightly").getSingleResult();
        assertThat(session.createNativeQuery("SELECT label FROM pg_background_list WHERE pid = :pid", String.class)
                .setParameter("pid", handle[0]).getSingleResult()).isEqualTo("nightly");
        assertThat(session.createNativeQuery("SELECT pg_background_wait(:pid, :cookie)", Boolean.class)
                .setParameter("pid", handle[0]).setParameter("cookie", handle[1]).getSingleResult()).isTrue();
        assertThat(session.createNativeQuery("SELECT pg_background_detach(:pid)", String.class)
                .setParameter("pid", handle[0]).getSingleResult()).isEmpty();
    }

    @Test
    void functionsAreCalledInHqlAndAsStoredOnes() {
        Integer pid = session.createQuery("select function('pg_background_launch', :job)", Integer.class)
                .setParameter("job", Jobs.THREE_ROWS).getSingleResult();
        assertThat(pid).isPositive();

        StoredProcedureQuery call = session.createStoredProcedureCall("pg_background_launch")
                .markAsFunctionCall(Integer.class);
        call.registerStoredProcedureParameter(1, String.class, ParameterMode.IN).setParameter(1, Jobs.THREE_ROWS);
        assertThat((Integer) call.getSingleResult()).isPositive().isNotEqualTo(pid);
    }

    @Test
    void theErrorOfAJobIsTakenForWhatItIs() {
        int pid = launch(Jobs.FAILING);
        assertThatThrownBy(() -> session.createNativeQuery("SELECT * FROM pg_background_result(:pid) AS (tag text)",
                String.class).setParameter("pid", pid).getResultList())
                .isInstanceOfSatisfying(ConstraintViolationException.class, error -> {
                    assertThat(error.getSQLState()).isEqualTo("23514");
                    assertThat(error.getConstraintName()).isEqualTo("fair_price");
                });
    }

    @Test
    void noticesAreReadFromTheStatement() {
        int pid = launch(Jobs.WITH_NOTICE);
        String notice = session.doReturningWork(connection -> {
            assertThat(connection.isWrapperFor(PgbgConnection.class)).isTrue();
            try (PreparedStatement result = connection.prepareStatement("SELECT * FROM pg_background_result(?)")) {
                result.setInt(1, pid);
                result.executeQuery().close();
                return result.getWarnings().getMessage();
            }
        });
        assertThat(notice).isEqualTo("half of it done");
    }

    @Test
    void aTextInDollarQuotesIsReadForParametersAndABoundOneIsNot() {
        assertThatThrownBy(() -> session.createNativeQuery("SELECT * FROM pg_background_result(pg_background_launch($j$"
                + Jobs.WITH_OPERATORS + "$j$)) AS (is_red boolean)", Boolean.class).getResultList())
                .isInstanceOf(QueryParameterException.class);

        assertThat(session.createNativeQuery("SELECT * FROM pg_background_result(pg_background_launch('"
                + Jobs.WITH_OPERATORS.replace("'", "''") + "')) AS (is_red boolean)", Boolean.class).getResultList())
                .as("in single quotes").isEqualTo(List.of(true));
        assertThat(session.createNativeQuery("SELECT * FROM pg_background_result(:pid) AS (is_red boolean)",
                Boolean.class).setParameter("pid", launch(Jobs.WITH_OPERATORS)).getResultList())
                .isEqualTo(List.of(true));
    }

    @Test
    void blocksAreExecuted() {
        assertThat(session.createNativeMutationQuery("DO $$ DECLARE pid int; BEGIN"
                + " pid := pg_background_launch('SELECT 1'); PERFORM pg_background_detach(pid); END $$")
                .executeUpdate()).isZero();
    }
}
