package io.pgbg.execution;

import io.pgbg.SQLState;
import io.pgbg.function.Names;
import io.pgbg.session.Session;
import io.pgbg.sql.ParsedStatement;
import io.pgbg.wire.Rows;
import io.pgbg.wire.ServerError;
import java.sql.SQLException;
import java.util.Locale;

/**
 * Keeps permanent tables, types and functions from having to do with the session's own type of handles: when the
 * session ends the server would drop their columns, or themselves, with it. Pure functions.
 */
final class PermanentUse {

    /** What the server knows to depend on one of the types and is not in the session's schema, or no row. */
    private static final String DEPENDENT = """
            SELECT pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid), h.typname
            FROM pg_catalog.pg_type AS h JOIN pg_catalog.pg_depend AS d
                ON d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_type'::pg_catalog.regclass::pg_catalog.oid
                  AND (d.refobjid OPERATOR(pg_catalog.=) h.oid OR d.refobjid OPERATOR(pg_catalog.=) h.typarray)
              LEFT JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) d.objid
                AND d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid
              LEFT JOIN pg_catalog.pg_proc AS p ON p.oid OPERATOR(pg_catalog.=) d.objid
                AND d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass::pg_catalog.oid
              LEFT JOIN pg_catalog.pg_type AS t ON t.oid OPERATOR(pg_catalog.=) d.objid
                AND d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_type'::pg_catalog.regclass::pg_catalog.oid
            WHERE h.typnamespace OPERATOR(pg_catalog.=) pg_catalog.pg_my_temp_schema()
              AND h.typname OPERATOR(pg_catalog.=) ANY ('{%s}'::pg_catalog.name[])
              AND d.deptype OPERATOR(pg_catalog.=) 'n'
              AND COALESCE(c.relnamespace, p.pronamespace, t.typnamespace, h.typnamespace)
                OPERATOR(pg_catalog.<>) h.typnamespace
            LIMIT 1""".formatted(String.join(",", Names.types()));

    private PermanentUse() {
    }

    /** Whether a statement may make something that stays. */
    static boolean isPossible(ParsedStatement.Relayed statement) {
        return switch (statement.keyword()) {
            case "CREATE", "ALTER" -> true;
            case "SELECT", "WITH" -> statement.text().toLowerCase(Locale.ROOT).contains("into");
            default -> false;
        };
    }

    /**
     * To be called in the transaction in which the statement was executed.
     *
     * @throws SQLException 0A000 when it has made such a thing; the transaction has failed then
     */
    static void refuse(Session session) throws SQLException {
        Rows found = session.wire().run(DEPENDENT, notice -> { }).rows();
        if (found.size() > 0) {
            throw ServerError.error(SQLState.FEATURE_NOT_SUPPORTED,
                    "%s cannot use type %s, which lives only as long as this session", found.text(0, 0),
                    found.text(0, 1))
                    .hint("Install the functions and the type first: CREATE EXTENSION pg_background over jdbc:pgbg:."
                            + " Or "
                            + "store pid and cookie, or use a temporary table.").toException();
        }
    }
}
