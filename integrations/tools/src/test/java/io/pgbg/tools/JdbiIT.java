package io.pgbg.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.generic.GenericType;
import org.jdbi.v3.core.mapper.reflect.ConstructorMapper;
import org.jdbi.v3.core.qualifier.QualifiedType;
import org.jdbi.v3.core.statement.StatementContext;
import org.jdbi.v3.core.statement.StatementCustomizer;
import org.jdbi.v3.core.statement.UnableToCreateStatementException;
import org.jdbi.v3.core.statement.UnableToExecuteStatementException;
import org.jdbi.v3.postgres.HStore;
import org.jdbi.v3.postgres.PostgresPlugin;
import org.jdbi.v3.sqlobject.SqlObjectPlugin;
import org.jdbi.v3.sqlobject.customizer.Bind;
import org.jdbi.v3.sqlobject.statement.SqlQuery;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Jdbi with its plug-in for PostgreSQL, which is given the URL and nothing else that concerns the driver. */
@Timeout(120)
class JdbiIT {

    private static final QualifiedType<Map<String, String>> HSTORE = QualifiedType
            .of(new GenericType<Map<String, String>>() { }).with(HStore.class);

    private static Jdbi jdbi;

    private Handle handle;

    /** A row of the table. */
    public record Order(int id, UUID reference, List<String> tags, @HStore Map<String, String> details,
            Duration delivery) {
    }

    /** Asks the driver. */
    public interface Background {

        @SqlQuery("SELECT pg_background_launch(:job)")
        int launch(@Bind("job") String job);

        @SqlQuery("SELECT * FROM pg_background_result(:pid) AS (n int)")
        List<Integer> result(@Bind("pid") int pid);
    }

    /** Keeps the warnings of a statement. */
    private static final class KeptWarnings implements StatementCustomizer {

        private final List<String> messages = new ArrayList<>();

        @Override
        public void afterExecution(PreparedStatement statement, StatementContext context) throws SQLException {
            for (var warning = statement.getWarnings(); warning != null; warning = warning.getNextWarning()) {
                messages.add(warning.getMessage());
            }
        }
    }

    @BeforeAll
    static void start() {
        jdbi = Jdbi.create("jdbc:pgbg:" + Server.database("jdbi", "CREATE EXTENSION hstore", "CREATE TABLE orders"
                + " (id serial PRIMARY KEY, reference uuid, tags text[], details hstore, delivery interval)"),
                Server.USER, "none").installPlugin(new PostgresPlugin()).installPlugin(new SqlObjectPlugin());
        jdbi.registerRowMapper(ConstructorMapper.factory(Order.class));
    }

    @BeforeEach
    void open() {
        handle = jdbi.open();
    }

    @AfterEach
    void close() {
        handle.close();
    }

    private int launch(String job) {
        return handle.select("SELECT pg_background_launch(?)", job).mapTo(Integer.class).one();
    }

    @Test
    void theReleaseIsTheOneThatIsMeant() {
        assertThat(Jdbi.class.getProtectionDomain().getCodeSource().getLocation().getPath())
                .endsWith("-" + System.getProperty("pgbg.test.jdbi") + ".jar");
    }

    @Test
    void rowsAreSavedAndReadBackWithPostgresqlsTypes() {
        UUID reference = UUID.fromString("6f2b1c1e-8d0b-4d8e-9b8c-0a4d5f6a7b8c");
        int id = handle.createUpdate("INSERT INTO orders (reference, tags, details, delivery)"
                        + " VALUES (:reference, :tags, :details, :delivery)")
                .bind("reference", reference).bindArray("tags", String.class, "new", "gift")
                .bindByType("details", Map.of("colour", "red"), HSTORE).bind("delivery", Duration.ofMinutes(90))
                .executeAndReturnGeneratedKeys("id").mapTo(Integer.class).one();

        assertThat(handle.select("SELECT * FROM orders WHERE id = ?", id).mapTo(Order.class).one()).isEqualTo(
                new Order(id, reference, List.of("new", "gift"), Map.of("colour", "red"), Duration.ofMinutes(90)));
    }

    @Test
    void batchesGiveTheKeysOfAllRows() {
        var batch = handle.prepareBatch("INSERT INTO orders (reference) VALUES (:reference)");
        for (int i = 0; i < 50; i++) {
            batch.bind("reference", UUID.randomUUID()).add();
        }
        assertThat(batch.executePreparedBatch("id").mapTo(Integer.class).list()).hasSize(50).doesNotHaveDuplicates();
    }

    @Test
    void aJobIsLaunchedAndRead() {
        assertThat(handle.select("SELECT * FROM pg_background_result(:pid) AS (n int)")
                .bind("pid", launch(Jobs.THREE_ROWS)).mapTo(Integer.class).list()).containsExactly(1, 2, 3);
        assertThat(handle.select("SELECT pg_background_detach(?)", launch("SELECT 1")).mapTo(String.class).one())
                .isEmpty();
        try (Stream<Integer> rows = handle.select("SELECT * FROM pg_background_result(?) AS (n int)",
                launch("SELECT n FROM generate_series(1, 1000) AS n")).setFetchSize(100).mapTo(Integer.class)
                .stream()) {
            assertThat(rows).hasSize(1000);
        }

        Map<String, Object> job = handle.select("SELECT * FROM pg_background_submit(:job, label => :label)")
                .bind("job", "SELECT 1").bind("label", "nightly").mapToMap().one();
        assertThat(handle.select("SELECT label FROM pg_background_list WHERE pid = ?", job.get("pid"))
                .mapTo(String.class).one()).isEqualTo("nightly");
    }

    @Test
    void anInterfaceAsksTheDriver() {
        Background background = handle.attach(Background.class);

        assertThat(background.result(background.launch(Jobs.THREE_ROWS))).containsExactly(1, 2, 3);
    }

    @Test
    void aFunctionIsCalledWithQuestionMarksOnly() {
        assertThat(handle.createCall("{? = call pg_background_launch(?)}").registerOutParameter(0, Types.INTEGER)
                .bind(1, "SELECT 1").invoke().getInt(0)).isPositive();

        var mixed = handle.createCall("{? = call pg_background_launch(:job)}").registerOutParameter(0, Types.INTEGER)
                .bind("job", "SELECT 1");
        assertThatThrownBy(mixed::invoke).isInstanceOf(UnableToExecuteStatementException.class)
                .hasMessageContaining("Cannot mix named and positional parameters");
    }

    @Test
    void theErrorOfAJobIsThrown() {
        int pid = launch(Jobs.FAILING);

        assertThat(Jobs.errorOf(() -> handle.select("SELECT * FROM pg_background_result(?) AS (tag text)", pid)
                .mapTo(String.class).list()).getSQLState()).isEqualTo("23514");
    }

    @Test
    void noticesAreReadFromTheStatement() {
        KeptWarnings kept = new KeptWarnings();
        handle.select("SELECT * FROM pg_background_result(?) AS (tag text)", launch(Jobs.WITH_NOTICE))
                .addCustomizer(kept).mapTo(String.class).list();

        assertThat(kept.messages).containsExactly("half of it done");
    }

    @Test
    void aTextInDollarQuotesIsReadForParametersAndABoundOneIsNot() {
        var inDollars = handle.select("SELECT * FROM pg_background_result(pg_background_launch($j$"
                + Jobs.WITH_OPERATORS + "$j$)) AS (is_red boolean)").mapTo(Boolean.class);
        assertThatThrownBy(inDollars::list).isInstanceOf(UnableToCreateStatementException.class)
                .hasMessageContaining("Missing positional parameter");

        assertThat(handle.select("SELECT * FROM pg_background_result(pg_background_launch('"
                + Jobs.WITH_OPERATORS.replace("'", "''") + "')) AS (is_red boolean)").mapTo(Boolean.class).list())
                .as("in single quotes").containsExactly(true);
        assertThat(handle.select("SELECT * FROM pg_background_result(?) AS (is_red boolean)",
                launch(Jobs.WITH_OPERATORS)).mapTo(Boolean.class).list()).containsExactly(true);
    }

    @Test
    void blocksAreExecuted() {
        assertThat(handle.execute("DO $$ DECLARE pid int; BEGIN pid := pg_background_launch('SELECT 1');"
                + " PERFORM pg_background_detach(pid); END $$")).isZero();
    }
}
