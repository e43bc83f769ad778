package io.pgbg.all;

import static org.assertj.core.api.Assertions.assertThat;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import sqlline.SqlLine;

/** The one jar beside a tool, in a JVM of its own: nothing else is on the class path. */
@Timeout(120)
class OneJarIT {

    private static final Path JAR = Path.of(System.getProperty("pgbg.all.jar"));

    private static EmbeddedPostgres server;

    @TempDir
    private Path folder;

    @BeforeAll
    static void start() throws IOException {
        server = EmbeddedPostgres.builder().setOutputRedirector(ProcessBuilder.Redirect.DISCARD)
                .setErrorRedirector(ProcessBuilder.Redirect.DISCARD).start();
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
    }

    private record Run(int exit, String output, String errors) {
    }

    private Run sqlline(List<String> options, String... input) throws Exception {
        Path errors = folder.resolve("errors");
        Path script = folder.resolve("script.sql");
        Files.write(script, List.of(input));
        String tool = Path.of(SqlLine.class.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(options);
        command.addAll(List.of("-cp", JAR + File.pathSeparator + tool, "sqlline.SqlLine", "-u",
                server.getJdbcUrl("postgres", "postgres").replace("jdbc:postgresql:", "jdbc:pgbg:"), "-n", "postgres",
                "-p", "none", "--outputformat=csv", "--run=" + script));
        Process process = new ProcessBuilder(command).redirectError(errors.toFile())
                .redirectInput(new File("/dev/null")).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return new Run(process.exitValue(), output, Files.readString(errors));
    }

    @Test
    void sqllineNeedsNothingElse() throws Exception {
        Run run = sqlline(List.of(),
                "SELECT * FROM pg_background_result(pg_background_launch('SELECT 6 * 7 AS answer'));",
                "SELECT upper(v) AS raised FROM pg_background_result(pg_background_launch("
                        + "$j$SELECT 'from a job'::text$j$)) AS r(v text);",
                "SELECT * FROM pg_background_result(pg_background_launch("
                        + "$j$DO $$ BEGIN RAISE NOTICE 'half of it done'; END $$$j$)) AS (tag text);");

        assertThat(run.output()).contains("answer", "42", "raised", "FROM A JOB");
        assertThat(run.output() + run.errors()).as("notices").contains("half of it done");
        assertThat(run.errors()).doesNotContain("SLF4J").doesNotContain("Exception");
        assertThat(run.exit()).isZero();
    }

    @Test
    void itLogsWhereThePostgresqlDriverLogs() throws Exception {
        Path configuration = folder.resolve("logging.properties");
        Files.writeString(configuration, "handlers=java.util.logging.ConsoleHandler\n"
                + "java.util.logging.ConsoleHandler.level=ALL\nio.pgbg.level=ALL\norg.postgresql.level=FINE\n");
        Run run = sqlline(List.of("-Djava.util.logging.config.file=" + configuration),
                "SELECT * FROM pg_background_result(pg_background_launch('SELECT 1'));");

        assertThat(run.errors()).contains("io.pgbg.").contains("org.postgresql.").doesNotContain("SLF4J(");
    }

    @Test
    void holdsWhatItShould() throws IOException {
        try (JarFile jar = new JarFile(JAR.toFile())) {
            assertThat(jar.getManifest().getMainAttributes().getValue("Multi-Release")).isEqualTo("true");
            Set<String> tops = jar.stream().filter(entry -> entry.getName().endsWith(".class"))
                    .map(entry -> entry.getName().replaceFirst("META-INF/versions/\\d+/", ""))
                    .map(name -> name.split("/")[0] + "/" + name.split("/")[1]).collect(Collectors.toSet());
            assertThat(tops).containsExactlyInAnyOrder("io/pgbg", "org/postgresql");
            String drivers = text(jar, "META-INF/services/java.sql.Driver");
            assertThat(drivers).contains("io.pgbg.Driver", "org.postgresql.Driver");
            assertThat(text(jar, "META-INF/services/io.pgbg.shaded.slf4j.spi.SLF4JServiceProvider"))
                    .contains("io.pgbg.shaded.slf4j.jul.JULServiceProvider");
            assertThat(text(jar, "META-INF/LICENSE")).contains("PostgreSQL Global Development Group");
        }
    }

    private static String text(JarFile jar, String entry) throws IOException {
        return new String(jar.getInputStream(jar.getEntry(entry)).readAllBytes(), StandardCharsets.UTF_8);
    }
}
