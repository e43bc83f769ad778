package io.pgbg.session;

import io.pgbg.SQLState;
import io.pgbg.job.Job;
import io.pgbg.wire.ServerError;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What the jobs wait for that a caller waits for: whether all of them wait for the caller itself, which the server
 * cannot see, and whether one waits for another job of the session that waits for its reader.
 *
 * <p>Used by the waiting thread.
 */
public final class Blocking {

    /**
     * A text: the server's {@code deadlock_timeout}, and for each job the pids that block it. The launcher is not
     * counted where the condition says so.
     */
    private static final String QUERY = """
            SELECT pg_catalog.concat(pg_catalog.current_setting('deadlock_timeout'), pg_catalog.string_agg(
              pg_catalog.concat(';', pg_catalog.array_to_string(CASE WHEN %1$s THEN b.pids
                ELSE pg_catalog.array_remove(b.pids, %2$d) END, ' ')), ''))
            FROM (SELECT j.pid, pg_catalog.pg_blocking_pids(j.pid) AS pids
              FROM pg_catalog.unnest('{%3$s}'::pg_catalog.int4[]) AS j(pid) OFFSET 0) AS b""";

    /**
     * Between two statements of an autocommit connection the launcher holds nothing that ends with a transaction, but
     * this very query does for a moment: then waiting for a transaction's snapshot does not count.
     */
    private static final String NOT_FOR_THE_QUERY = """
            EXISTS (SELECT FROM pg_catalog.pg_locks AS l WHERE l.pid OPERATOR(pg_catalog.=) b.pid AND NOT l.granted
              AND l.locktype OPERATOR(pg_catalog.<>) ALL ('{virtualxid, transactionid}'::pg_catalog.text[]))""";

    private static final String ALWAYS = "true";

    private static final long NEVER = Long.MAX_VALUE;

    private final int launcher;
    private final Function<Integer, Job> attached;
    /** Since when, by the wait's clock, all jobs were seen to wait for the launcher. */
    private long since = NEVER;

    /**
     * @param launcher pid of the backend that waits
     * @param attached the session's jobs on the launcher's server by the pids of their processes; null for none
     */
    public Blocking(int launcher, Function<Integer, Job> attached) {
        this.launcher = launcher;
        this.attached = attached;
    }

    /**
     * The query whose answer {@link #check} understands.
     *
     * @param jobs those that have not ended, on the launcher's server
     * @param queryBlocks whether the launcher itself asks, outside a transaction
     */
    public String query(Collection<Job> jobs, boolean queryBlocks) {
        return String.format(Locale.ROOT, QUERY, queryBlocks ? NOT_FOR_THE_QUERY : ALWAYS, launcher,
                jobs.stream().map(job -> Integer.toString(job.process())).collect(Collectors.joining(",")));
    }

    /**
     * Looks at an answer. As the server does it, the caller gives a lock's own time-out the time of
     * {@code deadlock_timeout} to end the wait for it.
     *
     * @param jobs those that were asked for
     * @param others whether the caller waits for jobs on other servers, too, which nothing of the launcher's holds up
     * @param waitedNanos how long the caller has waited
     * @return after how many nanoseconds to look again, at the latest
     * @throws SQLException 40P01 when all jobs have waited for the launcher for so long
     */
    public long check(String answer, List<Job> jobs, boolean others, long waitedNanos) throws SQLException {
        String[] parts = answer.split(";", -1);
        List<List<Integer>> blockers = Arrays.stream(parts).skip(1).map(Blocking::pids).toList();
        blockers.stream().flatMap(List::stream).map(attached).filter(job -> job != null && !jobs.contains(job))
                .forEach(Job::hurry);
        boolean blocked = !others && !jobs.isEmpty() && blockers.stream().allMatch(pids -> pids.contains(launcher))
                && jobs.stream().noneMatch(Job::isOver);
        if (!blocked) {
            since = NEVER;
            return NEVER;
        }
        since = Math.min(since, waitedNanos);
        long left = since + TimeUnit.MILLISECONDS.toNanos(Setting.Unit.MILLISECONDS.parse(parts[0])) - waitedNanos;
        if (left <= 0) {
            throw deadlock(jobs.get(0).process());
        }
        return left;
    }

    private static List<Integer> pids(String text) {
        return text.isEmpty() ? List.of() : Arrays.stream(text.split(" ")).map(Integer::valueOf).toList();
    }

    /** The error that ends a wait for ever. */
    private SQLException deadlock(int worker) {
        return ServerError.error(SQLState.DEADLOCK_DETECTED, "deadlock detected")
                .detail("Process %d waits for the result of background worker %d, which is blocked by process %1$d.",
                        launcher, worker)
                .hint("Commit or roll back before waiting for a job that needs what the transaction holds.")
                .toException();
    }
}
