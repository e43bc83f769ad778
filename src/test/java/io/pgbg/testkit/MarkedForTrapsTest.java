package io.pgbg.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Whoever writes a class of integration tests decides whether it is run once more among traps. */
class MarkedForTrapsTest {

    @TestFactory
    Stream<DynamicTest> everyIntegrationTestSaysWhetherItRunsAmongTraps() throws Exception {
        Path classes = Path.of(URI.create(MarkedForTrapsTest.class.getResource("/").toString()));
        return Files.walk(classes).map(file -> classes.relativize(file).toString())
                .filter(name -> name.endsWith("IT.class"))
                .map(name -> name.substring(0, name.length() - ".class".length()).replaceAll("[/\\\\]", "."))
                .map(name -> DynamicTest.dynamicTest(name, () -> {
                    Class<?> test = Class.forName(name);
                    assertThat(test.isAnnotationPresent(AlsoAmongTraps.class))
                            .as("either @AlsoAmongTraps or @NotAmongTraps with a reason")
                            .isNotEqualTo(test.isAnnotationPresent(NotAmongTraps.class));
                }));
    }
}
