package io.pgbg;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What docs/guarantees.md promises, and docs/tools.md says of tools, is shown by tests that there are. */
class GuaranteesTest {

    private static final Pattern TEST = Pattern.compile("`(\\w+IT)(?:\\.(\\w+))?`");

    @ParameterizedTest
    @ValueSource(strings = {"docs/guarantees.md", "docs/tools.md"})
    void namesTestsThatThereAre(String page) throws IOException {
        List<Path> sources = new ArrayList<>();
        for (String folder : List.of("src/test/java", "src/compat/java", "integrations")) {
            try (Stream<Path> files = Files.walk(Path.of(folder))) {
                files.filter(file -> file.toString().endsWith("IT.java")).forEach(sources::add);
            }
        }
        Matcher named = TEST.matcher(Files.readString(Path.of(page)));
        List<String> missing = new ArrayList<>();
        int count = 0;
        while (named.find()) {
            count++;
            String method = named.group(2) == null ? "class " + named.group(1) : " " + named.group(2) + "(";
            boolean found = false;
            for (Path source : sources) {
                found |= source.getFileName().toString().equals(named.group(1) + ".java")
                        && Files.readString(source).contains(method);
            }
            if (!found) {
                missing.add(named.group());
            }
        }
        assertThat(missing).isEmpty();
        assertThat(count).isGreaterThan(10);
    }
}
