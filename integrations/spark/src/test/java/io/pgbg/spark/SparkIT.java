package io.pgbg.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Spark, which tells the database by the URL, and is therefore given that of pgjdbc and the class of this driver. */
@Timeout(120)
class SparkIT {

    private static final String CATALOG = "spark.sql.catalog.shop";

    private static EmbeddedPostgres server;
    private static SparkSession spark;
    private static String place;

    @BeforeAll
    static void start() throws IOException, SQLException {
        server = EmbeddedPostgres.builder().setOutputRedirector(Redirect.DISCARD)
                .setErrorRedirector(Redirect.DISCARD).start();
        place = "//localhost:" + server.getPort() + "/postgres";
        execute("CREATE TABLE orders (id int PRIMARY KEY, amount numeric(10, 2), placed timestamptz, reference uuid,"
                + " tags text[], details jsonb)");
        execute("INSERT INTO orders SELECT n, 1.20, '2024-02-29 12:00+00', '6f2b1c1e-8d0b-4d8e-9b8c-0a4d5f6a7b8c',"
                + " '{new,gift}', '{\"colour\": \"red\"}' FROM generate_series(1, 1000) AS n");
        execute("CREATE TABLE audit (said text)");
        spark = SparkSession.builder().master("local[2]").config("spark.ui.enabled", "false")
                .config("spark.driver.bindAddress", "127.0.0.1").config("spark.driver.host", "127.0.0.1")
                .config("spark.sql.session.timeZone", "UTC").getOrCreate();
    }

    @AfterAll
    static void stop() throws IOException {
        spark.stop();
        server.close();
    }

    @BeforeEach
    void forget() throws SQLException {
        execute("TRUNCATE audit");
    }

    private static void execute(String sql) throws SQLException {
        try (Connection connection = server.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String answer(String sql) throws SQLException {
        try (Connection connection = server.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement(); ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }

    private static Map<String, String> sameUrl() {
        return Map.of("url", "jdbc:postgresql:" + place, "user", "postgres", "driver", "io.pgbg.SameUrlDriver");
    }

    private static Map<String, String> changedUrl() {
        return Map.of("url", "jdbc:pgbg:" + place, "user", "postgres");
    }

    private static DataFrameReader read(Map<String, String> options) {
        return spark.read().format("jdbc").options(options);
    }

    private static void write(Dataset<Row> rows, String table, Map<String, String> options) {
        rows.write().format("jdbc").options(options).option("dbtable", table).mode(SaveMode.Overwrite).save();
    }

    private static String types(String table) throws SQLException {
        return answer("SELECT string_agg(column_name || ' ' || udt_name, ', ' ORDER BY column_name)"
                + " FROM information_schema.columns WHERE table_name = '" + table + "'");
    }

    @Test
    void theReleaseIsTheOneThatIsMeant() {
        assertThat(spark.version()).isEqualTo(System.getProperty("pgbg.test.spark"));
    }

    @Test
    void tablesAreReadWithTheirTypes() {
        Dataset<Row> orders = read(sameUrl()).option("dbtable", "orders").load();

        assertThat(orders.schema().simpleString()).isEqualTo("struct<id:int,amount:decimal(10,2),placed:timestamp,"
                + "reference:string,tags:array<string>,details:string>");
        Row order = orders.where("id = 7").first();
        assertThat(order.getDecimal(1)).isEqualTo(new BigDecimal("1.20"));
        assertThat(order.getTimestamp(2).toInstant()).isEqualTo("2024-02-29T12:00:00Z");
        assertThat(order.getString(3)).isEqualTo("6f2b1c1e-8d0b-4d8e-9b8c-0a4d5f6a7b8c");
        assertThat(order.<String>getList(4)).containsExactly("new", "gift");
        assertThat(order.getString(5)).isEqualTo("{\"colour\": \"red\"}");
    }

    @Test
    void tablesAreReadInPartitions() {
        Dataset<Row> orders = read(sameUrl()).option("dbtable", "orders").option("partitionColumn", "id")
                .option("lowerBound", 1).option("upperBound", 1000).option("numPartitions", 4).option("fetchsize", 100)
                .load();

        assertThat(orders.toJavaRDD().getNumPartitions()).isEqualTo(4);
        assertThat(orders.selectExpr("sum(id)").first().getLong(0)).isEqualTo(500_500);
    }

    @Test
    void tablesAreWrittenWithTheirTypes() throws SQLException {
        write(spark.sql("SELECT id AS n, true AS flag, array('a', 'b') AS tags, 'text' AS word FROM range(100)"),
                "written", sameUrl());

        assertThat(types("written")).isEqualTo("flag bool, n int8, tags _text, word text");
        assertThat(answer("SELECT concat_ws(' ', count(*), count(*) FILTER (WHERE flag), max(tags[2])) FROM written"))
                .isEqualTo("100 100 b");
    }

    @Test
    void sqlAndCatalogsReachTables() {
        spark.sql("CREATE OR REPLACE TEMPORARY VIEW seen USING jdbc OPTIONS (url 'jdbc:postgresql:" + place
                + "', dbtable 'orders', user 'postgres', driver 'io.pgbg.SameUrlDriver')");
        assertThat(spark.sql("SELECT count(*) FROM seen WHERE id <= 10").first().getLong(0)).isEqualTo(10);

        spark.conf().set(CATALOG, "org.apache.spark.sql.execution.datasources.v2.jdbc.JDBCTableCatalog");
        sameUrl().forEach((key, value) -> spark.conf().set(CATALOG + '.' + key, value));
        assertThat(spark.sql("SHOW TABLES IN shop.public LIKE 'o*'").collectAsList())
                .extracting(row -> row.getString(1)).containsExactly("orders");
        assertThat(spark.sql("SELECT max(id) FROM shop.public.orders").first().getInt(0)).isEqualTo(1000);
    }

    /** Spark has no dialect for it, and goes by what JDBC says of the types. */
    @Test
    void withTheUrlOfTheDriverTypesOfPostgresqlAreUnknown() throws SQLException {
        for (String column : List.of("reference", "tags", "details")) {
            DataFrameReader reader = read(changedUrl()).option("query", "SELECT " + column + " FROM orders");
            assertThatThrownBy(reader::load).hasMessageContaining("UNRECOGNIZED_SQL_TYPE");
        }
        assertThat(read(changedUrl()).option("query", "SELECT id, amount, placed, tags::text FROM orders").load()
                .where("id = 7").first().getString(3)).isEqualTo("{new,gift}");

        write(spark.sql("SELECT id AS n, 'text' AS word FROM range(100)"), "plain", changedUrl());
        assertThat(types("plain")).isEqualTo("n int8, word text");
        Dataset<Row> flags = spark.sql("SELECT true AS flag");
        assertThatThrownBy(() -> write(flags, "flags", changedUrl()))
                .hasStackTraceContaining("column \"flag\" is of type bit but expression is of type boolean");
        Dataset<Row> bytes = spark.sql("SELECT X'01' AS bytes");
        assertThatThrownBy(() -> write(bytes, "bytes", changedUrl()))
                .hasStackTraceContaining("\"blob\" does not exist");
    }

    /** Spark asks for the columns in a way in which the server makes no call, so that loading launches nothing. */
    @Test
    void aJobIsReadAndEachActionLaunchesItAnew() throws SQLException {
        Dataset<Row> rows = read(sameUrl()).option("query", "SELECT * FROM pg_background_result(pg_background_launch("
                + "$$INSERT INTO audit VALUES ('done') RETURNING said$$)) AS (said text)").load();
        assertThat(answer("SELECT count(*) FROM audit")).isEqualTo("0");

        assertThat(rows.collectAsList()).extracting(row -> row.getString(0)).containsExactly("done");
        assertThat(answer("SELECT count(*) FROM audit")).isEqualTo("1");
        assertThat(rows.collectAsList()).hasSize(1);
        assertThat(answer("SELECT count(*) FROM audit")).isEqualTo("2");
    }

    @Test
    void aJobRunsBeforeTheTableIsRead() throws SQLException {
        assertThat(read(sameUrl()).option("sessionInitStatement", "SELECT * FROM pg_background_run("
                + "$$INSERT INTO audit VALUES ('before')$$)").option("dbtable", "audit").load().collectAsList())
                .extracting(row -> row.getString(0)).containsExactly("before");
    }

    @Test
    void theErrorOfAJobIsThrown() {
        Dataset<Row> rows = read(sameUrl()).option("query", "SELECT * FROM pg_background_result("
                + "pg_background_launch('SELECT 1 / 0')) AS (n int)").load();

        assertThatThrownBy(rows::collectAsList).hasRootCauseInstanceOf(SQLException.class).rootCause()
                .satisfies(error -> assertThat(((SQLException) error).getSQLState()).isEqualTo("22012"));
    }
}
