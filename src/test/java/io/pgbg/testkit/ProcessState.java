package io.pgbg.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** What jobs leave in this process. Thread-safe. */
public final class ProcessState {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Path OPEN_FILES = Path.of("/proc/self/fd");

    private ProcessState() {
    }

    /** The threads that run jobs. */
    public static List<String> jobThreads() {
        return Thread.getAllStackTraces().keySet().stream().map(Thread::getName)
                .filter(name -> name.startsWith("pgbg job ")).toList();
    }

    /** The files with rows that are open, named or not; none where the system does not tell. */
    public static List<String> rowFiles() throws IOException {
        if (!Files.isDirectory(OPEN_FILES)) {
            return List.of();
        }
        try (Stream<Path> open = Files.list(OPEN_FILES)) {
            return open.map(ProcessState::target).filter(file -> file.matches(".*/pgbg[0-9]+\\.rows( \\(deleted\\))?"))
                    .toList();
        }
    }

    private static String target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (NoSuchFileException e) {
            // closed meanwhile
            return "";
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Waits until no thread runs a job and no file with rows is open. */
    public static void awaitNothingLeft() throws Exception {
        Await.until("no thread runs a job: " + jobThreads(), PATIENCE, () -> jobThreads().isEmpty());
        Await.until("no file holds rows: " + rowFiles(), PATIENCE, () -> rowFiles().isEmpty());
    }
}
