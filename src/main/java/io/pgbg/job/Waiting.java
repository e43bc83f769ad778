package io.pgbg.job;

import io.pgbg.wire.SqlFunction;
import io.pgbg.worker.Wait;
import java.sql.SQLException;
import java.util.Collection;

/**
 * How the caller of a function waits: what may end the wait, and what is watched meanwhile.
 *
 * <p>Used by the thread that waits.
 */
@FunctionalInterface
public interface Waiting {

    /**
     * Runs a step that waits.
     *
     * @param jobs the jobs it waits for; empty while there is no job yet
     * @throws SQLException what the step throws, or what ends the wait: 57014, 08006, 40P01
     */
    <T> T during(Collection<Job> jobs, SqlFunction<Wait, T> step) throws SQLException;
}
