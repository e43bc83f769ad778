package io.pgbg.job;

import io.pgbg.JobInfo;
import io.pgbg.sql.JobText;
import java.nio.charset.StandardCharsets;

/**
 * What is to be run.
 *
 * @param sql the job's SQL
 * @param text what its statements are
 * @param queueSize how far the reader may lag behind, in bytes of the extension's queue
 * @param timeoutMillis how long the job may run altogether; 0 for as long as it takes
 * @param role the role in whose name it is launched
 * @param userId that role's oid, unsigned; 0 if it is not known
 * @param label what the launcher calls it, or null
 * @param submitted whether its rows are thrown away, and only its outcome is kept
 * @param quiet whether the server is to keep its notices to itself: what it sends to a client that has died ends
 *     the job
 * @param withoutCookie whether its launcher gets a pid alone
 */
public record JobRequest(String sql, JobText text, int queueSize, long timeoutMillis, String role, long userId,
        String label, boolean submitted, boolean quiet, boolean withoutCookie) {

    /** No more than this many bytes of a job's SQL are shown. */
    private static final int SHOWN_BYTES = 65_536;

    /** The same, its rows thrown away, for a caller that waits and listens. */
    JobRequest asRun() {
        return new JobRequest(sql, text, queueSize, timeoutMillis, role, userId, label, true, false, withoutCookie);
    }

    /** The same, for a launcher that gets a pid alone. */
    public JobRequest asWithoutCookie() {
        return new JobRequest(sql, text, queueSize, timeoutMillis, role, userId, label, submitted, quiet, true);
    }

    /**
     * Whether the job is not to be tried on a standby first. Once it was submitted, its text must have been sent to the
     * server that carries it out; so only what is a query by its form is tried there.
     */
    boolean mayNeedPrimary() {
        return quiet ? !text.onlyQueries() : text.writes();
    }

    /** The first characters of the SQL, for lists. */
    public String sqlPreview() {
        return sql.codePointCount(0, sql.length()) <= JobInfo.PREVIEW_LENGTH ? sql
                : sql.substring(0, sql.offsetByCodePoints(0, JobInfo.PREVIEW_LENGTH));
    }

    /** The SQL, or as many whole characters of it as fit into 64 kB. */
    public String fullSql() {
        byte[] bytes = sql.getBytes(StandardCharsets.UTF_8);
        if (bytes.length <= SHOWN_BYTES) {
            return sql;
        }
        int end = SHOWN_BYTES;
        // not within a character: the bytes after the first of one begin with the bits 10
        while ((bytes[end] & 0xC0) == 0x80) {
            end--;
        }
        return new String(bytes, 0, end, StandardCharsets.UTF_8);
    }
}
