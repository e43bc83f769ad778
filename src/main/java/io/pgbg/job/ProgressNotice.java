package io.pgbg.job;

import io.pgbg.JobProgress;
import java.sql.SQLWarning;
import org.postgresql.util.PSQLWarning;
import org.postgresql.util.ServerErrorMessage;

/**
 * The notice by which a job reports its progress, and the functions in the worker's session that raise it. A notice
 * reaches the client at once, also within a transaction. Stateless.
 */
final class ProgressNotice {

    private static final String STATE = "BG002";

    /** The first character of every message that is not NULL. */
    private static final char PRESENT = 'm';

    private static final String FUNCTION = """
            CREATE OR REPLACE FUNCTION pg_temp.%s(pct pg_catalog.int4, msg pg_catalog.text DEFAULT NULL)
            RETURNS pg_catalog.void LANGUAGE plpgsql AS $pgbg$
            BEGIN
              RAISE INFO USING ERRCODE = '%s', MESSAGE = COALESCE(pct::pg_catalog.text, ''),
                DETAIL = COALESCE('%s' OPERATOR(pg_catalog.||) msg, '');
            END $pgbg$;
            """;

    private ProgressNotice() {
    }

    /** SQL that makes functions of these names in the worker's session, even if its transactions are read-only. */
    static String functions(Iterable<String> names) {
        StringBuilder sql = new StringBuilder("BEGIN READ WRITE;\n");
        for (String name : names) {
            sql.append(String.format(FUNCTION, name, STATE, PRESENT));
        }
        return sql.append("COMMIT").toString();
    }

    /** What a notice reports; null if it is not a report. */
    static JobProgress read(SQLWarning notice) {
        if (!STATE.equals(notice.getSQLState()) || !(notice instanceof PSQLWarning warning)) {
            return null;
        }
        ServerErrorMessage fields = warning.getServerErrorMessage();
        Integer percent = percent(fields.getMessage());
        String detail = fields.getDetail();
        boolean present = detail != null && !detail.isEmpty() && detail.charAt(0) == PRESENT;
        return new JobProgress(percent, present ? detail.substring(1) : null);
    }

    private static Integer percent(String text) {
        if (text == null || text.isEmpty()) {
            return null;
        }
        try {
            return Math.max(0, Math.min(100, Integer.parseInt(text)));
        } catch (NumberFormatException e) {
            // another notice with the same code
            return null;
        }
    }
}
