package io.pgbg.testcontainers;

import org.testcontainers.containers.PostgreSQLContainer;
import org.testcontainers.utility.DockerImageName;

/**
 * A PostgreSQL in a container, as Testcontainers has it, whose URL is the driver's. Who takes the URL, the user and the
 * password from it, or the class of the driver too, gets connections with the pg_background functions. So does
 * Testcontainers itself: they may be called in init scripts.
 *
 * <p>Parameters of the driver are given as all others: {@code withUrlParam("pgbgMaxWorkers", "4")}. Nothing is
 * installed in the container, and any image will do that Testcontainers takes for a PostgreSQL.
 *
 * <p>Extends the older one of two classes of that name, because Testcontainers 1 has no other. May be used by several
 * threads as far as that one may.
 */
@SuppressWarnings("deprecation")
public class PgbgContainer extends PostgreSQLContainer<PgbgContainer> {

    private static final String PREFIX_OF_POSTGRESQL = "jdbc:postgresql:";

    /**
     * Makes one that is not started yet.
     *
     * @param image the name of the image, such as {@code postgres:18}
     */
    public PgbgContainer(String image) {
        super(image);
    }

    /**
     * Makes one that is not started yet.
     *
     * @param image the image; one of another name must be declared to be compatible with {@code postgres}
     */
    public PgbgContainer(DockerImageName image) {
        super(image);
    }

    @Override
    public String getDriverClassName() {
        return "io.pgbg.Driver";
    }

    @Override
    public String getJdbcUrl() {
        return "jdbc:pgbg:" + super.getJdbcUrl().substring(PREFIX_OF_POSTGRESQL.length());
    }
}
