package io.pgbg.testkit;

import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Starts Java processes for tests that need one of their own. */
public final class Jvm {

    private Jvm() {
    }

    /** The class path that a program needs to use the driver: the tests, the driver, and what it depends on. */
    public static String classPath() {
        return Stream.of(Jvm.class, io.pgbg.Driver.class, org.postgresql.Driver.class, org.slf4j.Logger.class,
                        org.slf4j.simple.SimpleLogger.class)
                .map(Jvm::locationOf).map(Path::toString).distinct().collect(Collectors.joining(File.pathSeparator));
    }

    /** Where a class comes from: a folder or a jar. */
    public static Path locationOf(Class<?> type) {
        try {
            return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Starts the main method of a test class in a process of its own. */
    public static Process start(List<String> jvmOptions, Class<?> main, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(jvmOptions);
        command.addAll(List.of("-cp", classPath(), main.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).inheritIO().start();
    }
}
