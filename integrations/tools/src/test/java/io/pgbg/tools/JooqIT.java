package io.pgbg.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.function;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.table;
import static org.jooq.impl.DSL.val;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jooq.CloseableDSLContext;
import org.jooq.Cursor;
import org.jooq.DSLContext;
import org.jooq.ExecuteListener;
import org.jooq.Field;
import org.jooq.JSONB;
import org.jooq.Record;
import org.jooq.SQLDialect;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jooq.tools.jdbc.JDBCUtils;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** jOOQ over a connection of the driver. */
@Timeout(120)
class JooqIT {

    private static final Table<Record> ORDERS = table(name("orders"));
    private static final Field<Integer> ID = field(name("id"), SQLDataType.INTEGER);
    private static final Field<UUID> REFERENCE = field(name("reference"), SQLDataType.UUID);
    private static final Field<String[]> TAGS = field(name("tags"), SQLDataType.CLOB.array());
    private static final Field<JSONB> DETAILS = field(name("details"), SQLDataType.JSONB);

    private static String url;

    private Connection connection;
    private DSLContext jooq;

    @BeforeAll
    static void start() {
        url = "jdbc:pgbg:" + Server.database("jooq", "CREATE TABLE orders (id serial PRIMARY KEY, reference uuid,"
                + " tags text[], details jsonb)");
    }

    @BeforeEach
    void open() throws SQLException {
        connection = DriverManager.getConnection(url, Server.USER, "none");
        jooq = DSL.using(connection);
    }

    @AfterEach
    void close() throws SQLException {
        connection.close();
    }

    private static Field<Integer> launch(String job) {
        return function("pg_background_launch", Integer.class, val(job));
    }

    @Test
    void theReleaseIsTheOneThatIsMeant() {
        assertThat(DSL.class.getProtectionDomain().getCodeSource().getLocation().getPath())
                .endsWith("-" + System.getProperty("pgbg.test.jooq") + ".jar");
    }

    @Test
    void theDialectIsFoundByTheConnection() {
        assertThat(jooq.dialect()).isEqualTo(SQLDialect.POSTGRES);
        try (CloseableDSLContext other = DSL.using(url, Server.USER, "none")) {
            assertThat(other.dialect()).isEqualTo(SQLDialect.POSTGRES);
        }
    }

    @Test
    void itIsNotFoundByTheUrlAlone() {
        assertThat(JDBCUtils.dialect(url)).isEqualTo(SQLDialect.DEFAULT);
    }

    @Test
    void rowsAreSavedWithTheirKeysAndReadBack() {
        UUID reference = UUID.fromString("6f2b1c1e-8d0b-4d8e-9b8c-0a4d5f6a7b8c");
        Integer id = jooq.insertInto(ORDERS).set(REFERENCE, reference).set(TAGS, new String[] {"new", "gift"})
                .set(DETAILS, JSONB.jsonb("{\"colour\": \"red\"}")).returningResult(ID).fetchSingle().value1();

        var read = jooq.select(REFERENCE, TAGS, DETAILS).from(ORDERS).where(ID.eq(id)).fetchSingle();
        assertThat(read.value1()).isEqualTo(reference);
        assertThat(read.value2()).containsExactly("new", "gift");
        assertThat(read.value3()).isEqualTo(JSONB.jsonb("{\"colour\": \"red\"}"));
    }

    @Test
    void aJobIsLaunchedAndReadWithPlainSqlAndWithTheDsl() {
        Object pid = jooq.fetchValue("SELECT pg_background_launch(?)", Jobs.THREE_ROWS);
        assertThat(jooq.resultQuery("SELECT * FROM pg_background_result({0}) AS (n int)", val(pid))
                .fetchInto(int.class)).containsExactly(1, 2, 3);

        Integer other = jooq.select(launch(Jobs.THREE_ROWS)).fetchSingle().value1();
        assertThat(jooq.selectFrom(table("pg_background_result({0}) AS (n int)", val(other))).fetchInto(int.class))
                .containsExactly(1, 2, 3);
        assertThat(jooq.select(function(name("pg_background_launch"), Integer.class, val("SELECT 1"))).fetchSingle()
                .value1()).as("written in quotes").isPositive();

        Record handle = jooq.fetchSingle("SELECT * FROM pg_background_submit(?, label => ?)", "SELECT 1", "nightly");
        assertThat(jooq.fetchValue("SELECT label FROM pg_background_list WHERE pid = ?", handle.get("pid")))
                .isEqualTo("nightly");
        assertThat(jooq.execute("DO $$ DECLARE pid int; BEGIN pid := pg_background_launch('SELECT 1');"
                + " PERFORM pg_background_detach(pid); END $$")).isZero();
    }

    @Test
    void rowsAreFetchedOneByOne() {
        int rows = 0;
        try (Cursor<Record> cursor = jooq.resultQuery("SELECT * FROM pg_background_result({0}) AS (n int)",
                launch("SELECT n FROM generate_series(1, 1000) AS n")).fetchSize(100).fetchLazy()) {
            while (cursor.fetchNext() != null) {
                rows++;
            }
        }
        assertThat(rows).isEqualTo(1000);
    }

    @Test
    void theErrorOfAJobIsThrown() {
        Integer pid = jooq.select(launch(Jobs.FAILING)).fetchSingle().value1();

        assertThat(Jobs.errorOf(() -> jooq.fetch("SELECT * FROM pg_background_result(?) AS (tag text)", pid))
                .getSQLState()).isEqualTo("23514");
    }

    @Test
    void noticesGoToListeners() {
        List<String> notices = new ArrayList<>();
        DSL.using(jooq.configuration().derive(ExecuteListener.onWarning(
                context -> notices.add(context.sqlWarning().getMessage()))))
                .fetch("SELECT * FROM pg_background_result(pg_background_launch(?)) AS (tag text)", Jobs.WITH_NOTICE);

        assertThat(notices).containsExactly("half of it done");
    }

    @Test
    void textsInDollarQuotesAreLeftAlone() {
        String query = "SELECT * FROM pg_background_result(pg_background_launch($j$" + Jobs.WITH_OPERATORS
                + "$j$)) AS (is_red boolean)";

        assertThat(jooq.fetchValue(query)).isEqualTo(true);
        assertThat(jooq.fetchValue(query + " WHERE 1 = ?", 1)).as("with a parameter behind it").isEqualTo(true);
    }
}
