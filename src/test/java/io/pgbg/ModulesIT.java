package io.pgbg;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.InModules;
import io.pgbg.testkit.Jvm;
import io.pgbg.testkit.NotAmongTraps;
import io.pgbg.testkit.PostgresExtension;
import io.pgbg.testkit.TestDatabase;
import java.io.File;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The driver as a module: on the module path of a JDK, and in a run-time image that holds no more than it needs. */
@ExtendWith(PostgresExtension.class)
@NotAmongTraps("it is about loading classes")
@Timeout(120)
class ModulesIT {

    private static final Path DRIVER = Jvm.locationOf(Driver.class);

    private final TestDatabase database;

    ModulesIT(TestDatabase database) {
        this.database = database;
    }

    private void assertWorks(Path java) throws Exception {
        String modules = Stream.of(Driver.class, org.postgresql.Driver.class, org.slf4j.Logger.class)
                .map(Jvm::locationOf).map(Path::toString).collect(Collectors.joining(File.pathSeparator));
        Process process = new ProcessBuilder(java.resolve("bin").resolve("java").toString(), "-p", modules,
                "--add-modules", "io.pgbg.jdbc", "-cp", Jvm.locationOf(InModules.class).toString(),
                InModules.class.getName(), database.jdbcUrl()).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(output).contains("module io.pgbg.jdbc", "direct 42", "relayed 42", "submitted t", "beans ")
                .doesNotContain("beans 0").doesNotContain("Exception");
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
    }

    @Test
    void worksOnTheModulePath() throws Exception {
        assertWorks(Path.of(System.getProperty("java.home")));
    }

    @Test
    void worksInAnImageOfWhatItRequires(@TempDir Path folder) throws Exception {
        Path image = folder.resolve("image");
        List<String> required = new ArrayList<>(description().requires().stream().map(ModuleDescriptor.Requires::name)
                .filter(name -> name.startsWith("java.") || name.startsWith("jdk.")).toList());
        // pgjdbc, which tells nothing of what it needs, says so in its documentation
        required.add("java.logging");
        int linked = ToolProvider.findFirst("jlink").orElseThrow().run(System.out, System.err, "--add-modules",
                String.join(",", required), "--output", image.toString());
        assertThat(linked).isZero();
        assertWorks(image);
    }

    @Test
    void showsOnePackage() {
        assertThat(description().exports()).filteredOn(exported -> !exported.isQualified())
                .extracting(ModuleDescriptor.Exports::source).containsExactly("io.pgbg");
        assertThat(description().isOpen()).isFalse();
    }

    private static ModuleDescriptor description() {
        return ModuleFinder.of(DRIVER).find("io.pgbg.jdbc").map(ModuleReference::descriptor).orElseThrow();
    }
}
