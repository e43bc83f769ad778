package io.pgbg.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgbg.PgbgConnection;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.ibatis.annotations.Insert;
import org.apache.ibatis.annotations.Options;
import org.apache.ibatis.annotations.Param;
import org.apache.ibatis.annotations.Result;
import org.apache.ibatis.annotations.Select;
import org.apache.ibatis.annotations.Update;
import org.apache.ibatis.cursor.Cursor;
import org.apache.ibatis.datasource.pooled.PooledDataSource;
import org.apache.ibatis.exceptions.PersistenceException;
import org.apache.ibatis.mapping.Environment;
import org.apache.ibatis.mapping.StatementType;
import org.apache.ibatis.session.Configuration;
import org.apache.ibatis.session.ExecutorType;
import org.apache.ibatis.session.SqlSession;
import org.apache.ibatis.session.SqlSessionFactory;
import org.apache.ibatis.session.SqlSessionFactoryBuilder;
import org.apache.ibatis.transaction.jdbc.JdbcTransactionFactory;
import org.apache.ibatis.type.ArrayTypeHandler;
import org.apache.ibatis.type.ObjectTypeHandler;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** MyBatis, with its own pool, which wants the class of the driver as well as the URL. */
@Timeout(120)
class MyBatisIT {

    /** A row of the table. */
    static final class Order {

        private int id;
        private UUID reference;
        private String[] tags;

        public int getId() {
            return id;
        }
    }

    /** What is asked of the table. */
    interface Orders {

        @Insert("INSERT INTO orders (reference, tags) VALUES"
                + " (#{reference,jdbcType=OTHER,typeHandler=org.apache.ibatis.type.ObjectTypeHandler},"
                + " #{tags,typeHandler=org.apache.ibatis.type.ArrayTypeHandler})")
        @Options(useGeneratedKeys = true, keyProperty = "id")
        int add(Order order);

        @Result(column = "reference", property = "reference", typeHandler = ObjectTypeHandler.class)
        @Result(column = "tags", property = "tags", typeHandler = ArrayTypeHandler.class)
        @Select("SELECT * FROM orders WHERE id = #{id}")
        Order find(int id);
    }

    /** What is asked of the driver. */
    interface Background {

        @Select("SELECT pg_background_launch(#{job})")
        @Options(flushCache = Options.FlushCachePolicy.TRUE)
        int launch(String job);

        @Select("SELECT pg_background_launch(#{job})")
        int launchUnlessCached(String job);

        @Select("SELECT * FROM pg_background_result(#{pid}) AS (n int)")
        List<Integer> result(int pid);

        @Select("SELECT * FROM pg_background_result(#{pid}) AS (n int)")
        @Options(fetchSize = 100)
        Cursor<Integer> stream(int pid);

        @Select("SELECT * FROM pg_background_submit(#{job}, label => #{label})")
        Map<String, Object> submit(@Param("job") String job, @Param("label") String label);

        @Select("SELECT label FROM pg_background_list WHERE pid = #{pid}")
        String label(Object pid);

        @Select("SELECT pg_background_detach(#{pid})")
        String detach(int pid);

        @Select("SELECT pg_background_detach(#{pid})")
        void detachWithoutResult(int pid);

        @Select("{#{pid,mode=OUT,jdbcType=INTEGER} = call pg_background_launch(#{job})}")
        @Options(statementType = StatementType.CALLABLE)
        void call(Map<String, Object> parameters);

        @Select("SELECT * FROM pg_background_result(pg_background_launch($j$" + Jobs.WITH_OPERATORS
                + "$j$)) AS (is_red boolean)")
        boolean inDollarQuotes();

        @Update("DO $$ DECLARE pid int; BEGIN pid := pg_background_launch('SELECT 1');"
                + " PERFORM pg_background_detach(pid); END $$")
        int block();
    }

    private static PooledDataSource source;
    private static SqlSessionFactory factory;

    private SqlSession session;
    private Background background;

    @BeforeAll
    static void start() {
        source = new PooledDataSource("io.pgbg.Driver", "jdbc:pgbg:" + Server.database("mybatis",
                "CREATE TABLE orders (id serial PRIMARY KEY, reference uuid, tags text[])"), Server.USER, "none");
        Configuration configuration = new Configuration(
                new Environment("test", new JdbcTransactionFactory(), source));
        configuration.addMapper(Orders.class);
        configuration.addMapper(Background.class);
        factory = new SqlSessionFactoryBuilder().build(configuration);
    }

    @AfterAll
    static void stop() {
        source.forceCloseAll();
    }

    @BeforeEach
    void open() {
        session = factory.openSession();
        background = session.getMapper(Background.class);
    }

    @AfterEach
    void close() {
        session.close();
    }

    @Test
    void theReleaseIsTheOneThatIsMeant() {
        assertThat(Configuration.class.getProtectionDomain().getCodeSource().getLocation().getPath())
                .endsWith("-" + System.getProperty("pgbg.test.mybatis") + ".jar");
    }

    @Test
    void rowsAreSavedWithTheirKeysAndReadBack() {
        Orders orders = session.getMapper(Orders.class);
        Order order = new Order();
        order.reference = UUID.fromString("6f2b1c1e-8d0b-4d8e-9b8c-0a4d5f6a7b8c");
        order.tags = new String[] {"new", "gift"};
        assertThat(orders.add(order)).isEqualTo(1);
        assertThat(order.id).isPositive();
        session.clearCache();

        Order read = orders.find(order.id);
        assertThat(read).isNotSameAs(order);
        assertThat(read.reference).isEqualTo(order.reference);
        assertThat(read.tags).containsExactly("new", "gift");
    }

    @Test
    void batchesGiveTheKeysOfAllRows() {
        try (SqlSession batch = factory.openSession(ExecutorType.BATCH)) {
            List<Order> added = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                added.add(new Order());
                batch.getMapper(Orders.class).add(added.get(i));
            }
            batch.flushStatements();

            assertThat(added).extracting(Order::getId).doesNotHaveDuplicates().doesNotContain(0);
        }
    }

    @Test
    void aJobIsLaunchedAndRead() throws IOException {
        assertThat(background.result(background.launch(Jobs.THREE_ROWS))).containsExactly(1, 2, 3);

        int many = background.launch("SELECT n FROM generate_series(1, 1000) AS n");
        try (Cursor<Integer> rows = background.stream(many)) {
            assertThat(rows).hasSize(1000);
        }
        Map<String, Object> handle = background.submit("SELECT 1", "nightly");
        assertThat(handle).containsOnlyKeys("pid", "cookie");
        assertThat(background.label(handle.get("pid"))).isEqualTo("nightly");
    }

    @Test
    void aLaunchThatIsNotToFlushTheCacheIsAnsweredByIt() {
        int pid = background.launchUnlessCached(Jobs.THREE_ROWS);

        assertThat(background.launchUnlessCached(Jobs.THREE_ROWS)).isEqualTo(pid);
        assertThat(background.launch(Jobs.THREE_ROWS)).isNotEqualTo(pid);
        assertThat(background.launch(Jobs.THREE_ROWS)).isNotEqualTo(pid);
    }

    @Test
    void aFunctionThatGivesNothingIsCalledForAString() {
        assertThat(background.detach(background.launch("SELECT 1"))).isEmpty();

        int pid = background.launch("SELECT 1");
        assertThatThrownBy(() -> background.detachWithoutResult(pid)).isInstanceOf(PersistenceException.class)
                .hasMessageContaining("No constructor found in void");
    }

    @Test
    void aFunctionIsCalledAsAStoredOne() {
        Map<String, Object> parameters = new HashMap<>(Map.of("job", Jobs.THREE_ROWS));
        background.call(parameters);

        assertThat(background.result((Integer) parameters.get("pid"))).containsExactly(1, 2, 3);
    }

    @Test
    void theErrorOfAJobIsThrown() {
        int pid = background.launch(Jobs.FAILING);

        assertThat(Jobs.errorOf(() -> background.result(pid)).getSQLState()).isEqualTo("23514");
    }

    @Test
    void noticesAreReadFromTheStatement() throws SQLException {
        Connection connection = session.getConnection();
        assertThat(connection.isWrapperFor(PgbgConnection.class)).isTrue();
        try (PreparedStatement result = connection.prepareStatement(
                "SELECT * FROM pg_background_result(pg_background_launch(?))")) {
            result.setString(1, Jobs.WITH_NOTICE);
            result.executeQuery().close();
            assertThat(result.getWarnings().getMessage()).isEqualTo("half of it done");
        }
    }

    @Test
    void textsInDollarQuotesAreLeftAlone() {
        assertThat(background.inDollarQuotes()).isTrue();
        assertThat(background.block()).isZero();
    }
}
