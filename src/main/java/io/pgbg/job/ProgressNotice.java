package io.pgbg.job;

import io.pgbg.JobProgress;
import java.sql.SQLWarning;
import org.postgresql.util.PSQLWarning;
import org.postgresql.util.ServerErrorMessage;

/**
 * The notice by which a job tells how far it has come, and the functions on the worker's side that raise it. A notice
 * reaches the client at once, within a transaction too. Stateless.
 */
final class ProgressNotice {

    private static final String STATE = "BG002";

    /** What a message begins with that is not NULL. */
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

    /** SQL that makes the functions of some names in the worker's session, also where transactions only read. */
    static String functions(Iterable<String> names) {
        StringBuilder sql = new StringBuilder("BEGIN READ WRITE;\n");
        for (String name : names) {
            sql.append(String.format(FUNCTION, name, STATE, PRESENT));
        }
        return sql.append("COMMIT").toString();
    }

    /** What a notice reports, or null when it is another one. */
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
            // somebody else's notice under the same code
            return null;
        }
    }
}
