package io.pgbg.containers;

import com.github.dockerjava.api.model.ExposedPort;
import com.github.dockerjava.api.model.PortBinding;
import com.github.dockerjava.api.model.Ports;
import java.time.Duration;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;

/**
 * Starts a PostgreSQL in a container and gives its URL. The test kit makes one by the name of the class; Testcontainers
 * removes the container when the JVM ends.
 */
public final class ContainerServer implements Supplier<String> {

    private static final int PORT = 5432;
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    /** The part of a version that names the release: 9.6 of 9.6.24, 18 of 18.6.0. */
    private static final Pattern RELEASE = Pattern.compile("(9\\.\\d+|\\d+).*");

    @Override
    public String get() {
        // The settings are those of the embedded server. Tests log in as many roles, none of which has a password.
        GenericContainer<?> container = new GenericContainer<>(image())
                .withEnv("POSTGRES_HOST_AUTH_METHOD", "trust")
                .withCommand("postgres", "-c", "max_connections=100", "-c", "fsync=off", "-c", "synchronous_commit=off",
                        "-c", "logging_collector=on", "-c", "log_directory=log", "-c", "log_line_prefix=%d:",
                        "-c", "log_rotation_age=0", "-c", "log_rotation_size=0")
                .withExposedPorts(PORT)
                // over TCP: the one that the image starts for a moment, to make the database, does not listen there
                .waitingFor(Wait.forSuccessfulCommand("pg_isready -h 127.0.0.1").withStartupTimeout(PATIENCE));
        if (container.getHost().equals("localhost")) {
            onlyForThisMachine(container);
        }
        container.start();
        return "jdbc:postgresql://" + container.getHost() + ":" + container.getMappedPort(PORT)
                + "/postgres?user=postgres";
    }

    /** Who may connect needs no password, so that nobody else should be able to; engines publish ports to all. */
    private static void onlyForThisMachine(GenericContainer<?> container) {
        container.withCreateContainerCmdModifier(command -> command.getHostConfig()
                .withPortBindings(new PortBinding(Ports.Binding.bindIp("127.0.0.1"), ExposedPort.tcp(PORT))));
    }

    /** The image that the build names, or else the official one of the release that it would embed. */
    private static String image() {
        String named = System.getProperty("pgbg.test.image", "").strip();
        if (!named.isEmpty()) {
            return named;
        }
        Matcher release = RELEASE.matcher(System.getProperty("pgbg.test.postgres"));
        if (!release.matches()) {
            throw new IllegalArgumentException("pgbg.test.postgres must be a version");
        }
        return "postgres:" + release.group(1);
    }
}
