package io.pgbg.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.jooq.Configuration;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.codegen.GenerationTool;
import org.jooq.impl.DSL;
import org.jooq.meta.jaxb.Database;
import org.jooq.meta.jaxb.Generator;
import org.jooq.meta.jaxb.Jdbc;
import org.jooq.meta.jaxb.Logging;
import org.jooq.meta.jaxb.OnError;
import org.jooq.meta.jaxb.Target;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** jOOQ's code generator, as its plug-in for Maven calls it. */
@Timeout(120)
class JooqGeneratorIT {

    private static final List<String> TABLES_AND_TYPES = List.of("shop/DefaultCatalog.java", "shop/Keys.java",
            "shop/Public.java", "shop/Tables.java", "shop/enums/State.java", "shop/tables/Orders.java",
            "shop/tables/records/OrdersRecord.java");

    private static String place;

    @TempDir
    private Path folder;

    @BeforeAll
    static void start() throws Exception {
        place = Server.database("generator", "CREATE TYPE state AS ENUM ('open', 'paid')", "CREATE TABLE orders"
                + " (id serial PRIMARY KEY, state state, tags text[])");
        try (Connection connection = DriverManager.getConnection("jdbc:pgbg:" + place, Server.USER, "none");
                var statement = connection.createStatement()) {
            statement.execute("CREATE SCHEMA installed");
            statement.execute("CREATE EXTENSION pg_background SCHEMA installed");
        }
    }

    private static Database everything() {
        return new Database().withInputSchema("public");
    }

    private void generate(String driver, String url, Database database) throws Exception {
        GenerationTool.generate(new org.jooq.meta.jaxb.Configuration().withLogging(Logging.WARN)
                .withOnError(OnError.FAIL)
                .withJdbc(new Jdbc().withDriver(driver).withUrl(url).withUser(Server.USER).withPassword("none"))
                .withGenerator(new Generator().withDatabase(database)
                        .withTarget(new Target().withPackageName("shop").withDirectory(folder.toString()))));
    }

    private List<String> files() throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(Files::isRegularFile).map(file -> folder.relativize(file).toString()).sorted().toList();
        }
    }

    /** Compiles what was generated. */
    private URLClassLoader classes() throws IOException {
        String[] arguments = Stream.concat(Stream.of("-proc:none", "-nowarn", "-cp", classPath(), "-d",
                folder.toString()), files().stream().map(file -> folder.resolve(file).toString()))
                .toArray(String[]::new);
        assertThat(ToolProvider.getSystemJavaCompiler().run(null, null, null, arguments)).isZero();
        return new URLClassLoader(new URL[] {folder.toUri().toURL()});
    }

    private static String classPath() {
        return System.getProperty("surefire.real.class.path", System.getProperty("java.class.path"));
    }

    @Test
    void theUrlStaysAndTheClassIsNamed() throws Exception {
        generate("io.pgbg.SameUrlDriver", "jdbc:postgresql:" + place, everything());

        assertThat(files()).containsExactlyElementsOf(TABLES_AND_TYPES);
    }

    @Test
    void theUrlIsChangedAndTheClassIsNamed() throws Exception {
        generate("io.pgbg.Driver", "jdbc:pgbg:" + place, everything());

        assertThat(files()).containsExactlyElementsOf(TABLES_AND_TYPES);
    }

    @Test
    void withoutTheClassTheUrlSaysNothing() {
        assertThatThrownBy(() -> generate(null, "jdbc:pgbg:" + place, everything()))
                .rootCause().isInstanceOf(NoSuchMethodException.class).hasMessage("java.sql.Driver.<init>()");
    }

    @Test
    void theClassTheUrlAndTheDatabaseAreNamed() throws Exception {
        generate("io.pgbg.Driver", "jdbc:pgbg:" + place,
                everything().withName("org.jooq.meta.postgres.PostgresDatabase"));

        assertThat(files()).containsExactlyElementsOf(TABLES_AND_TYPES);
    }

    @Test
    void installedFunctionsBecomeRoutines() throws Exception {
        generate("io.pgbg.Driver", "jdbc:pgbg:" + place, everything().withInputSchema("installed"));
        assertThat(files()).contains("shop/Routines.java", "shop/tables/PgBackgroundList.java",
                "shop/udt/PgBackgroundHandle.java");

        try (URLClassLoader classes = classes(); Connection connection = DriverManager.getConnection(
                "jdbc:pgbg:" + place, Server.USER, "none")) {
            DSLContext jooq = DSL.using(connection);
            Class<?> routines = classes.loadClass("shop.Routines");
            Object pid = routines.getMethod("pgBackgroundLaunch", Configuration.class, String.class, Integer.class)
                    .invoke(null, jooq.configuration(), Jobs.THREE_ROWS, 0);
            assertThat(jooq.resultQuery("SELECT * FROM pg_background_result({0}) AS (n int)", DSL.val(pid))
                    .fetchInto(int.class)).containsExactly(1, 2, 3);

            Record handle = (Record) routines.getMethod("pgBackgroundSubmit2", Configuration.class, String.class,
                    Integer.class, String.class).invoke(null, jooq.configuration(), "SELECT 1", 0, "nightly");
            assertThat(jooq.fetchValue("SELECT label FROM installed.pg_background_list WHERE pid = ? AND cookie = ?",
                    handle.get("pid"), handle.get("cookie"))).isEqualTo("nightly");
        }
    }
}
