package io.pgbg.job;

import io.pgbg.JobInfo;
import java.nio.charset.StandardCharsets;

/** Cuts a job's SQL down to what is shown of it. Stateless. */
public final class JobSql {

    /** No more than this many bytes of a job's SQL are shown. */
    static final int FULL_BYTES = 65_536;

    private JobSql() {
    }

    /** The first characters. */
    public static String preview(String sql) {
        return sql.codePointCount(0, sql.length()) <= JobInfo.PREVIEW_LENGTH ? sql
                : sql.substring(0, sql.offsetByCodePoints(0, JobInfo.PREVIEW_LENGTH));
    }

    /** As many whole characters as fit. */
    static String full(String sql) {
        byte[] bytes = sql.getBytes(StandardCharsets.UTF_8);
        if (bytes.length <= FULL_BYTES) {
            return sql;
        }
        int end = FULL_BYTES;
        // not within a character: those after the first byte of one begin with the bits 10
        while ((bytes[end] & 0xC0) == 0x80) {
            end--;
        }
        return new String(bytes, 0, end, StandardCharsets.UTF_8);
    }
}
