package io.pgbg.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What jobs may leave in this process when they have ended: threads, and files of rows. */
public final class LeftInProcess {

    private static final Duration PATIENCE = Duration.ofSeconds(40);
    private static final Path OPEN_FILES = Path.of("/proc/self/fd");

    private LeftInProcess() {
    }

    /** Waits until no thread of the driver's does anything, and no file of rows is there any more. */
    public static void awaitNothing() throws Exception {
        Await.untilAsserted(PATIENCE, () -> {
            assertThat(jobThreads()).as("threads that run a job").isEmpty();
            assertThat(files()).as("files of rows").isEmpty();
        });
    }

    private static List<String> jobThreads() {
        return Thread.getAllStackTraces().entrySet().stream()
                .filter(thread -> thread.getKey().getName().startsWith("pgbg job"))
                .map(LeftInProcess::shown).toList();
    }

    private static String shown(Map.Entry<Thread, StackTraceElement[]> thread) {
        return thread.getKey().getName() + ' ' + Stream.of(thread.getValue()).limit(12).toList();
    }

    /** With and without a name: where the system allows it a file that is still open has none. */
    private static List<String> files() throws IOException {
        List<String> found = new ArrayList<>();
        try (Stream<Path> named = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            named.map(Path::toString).filter(LeftInProcess::isOfRows).forEach(found::add);
        }
        if (Files.isDirectory(OPEN_FILES)) {
            try (Stream<Path> open = Files.list(OPEN_FILES)) {
                open.map(LeftInProcess::target).filter(LeftInProcess::isOfRows).forEach(found::add);
            }
        }
        return found;
    }

    private static boolean isOfRows(String file) {
        return file.matches(".*/pgbg\\d+\\.rows( \\(deleted\\))?");
    }

    private static String target(Path link) {
        try {
            return Files.readSymbolicLink(link).toString();
        } catch (IOException closedMeanwhile) {
            return "";
        }
    }
}
