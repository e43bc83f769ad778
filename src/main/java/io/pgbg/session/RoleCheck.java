package io.pgbg.session;

import io.pgbg.SQLState;
import io.pgbg.job.Job;
import io.pgbg.job.SessionJobs;
import io.pgbg.sql.Quoting;
import io.pgbg.wire.Rows;
import io.pgbg.wire.ServerError;
import java.sql.SQLException;

/**
 * Refuses jobs of a role whose rights the role in force does not have. Which role is in force the server says, in the
 * question that is asked anyway if there is one, because it may have been changed in ways that no text shows.
 *
 * <p>Made for one operation, used by its thread.
 */
public final class RoleCheck implements SessionJobs.Access {

    private static final String CURRENT = "current_user";

    private final Session session;
    private String role;

    /** @param role the role in force as the server has just told; null when it was not asked for */
    public RoleCheck(Session session, String role) {
        this.session = session;
        this.role = role;
    }

    @Override
    public void check(Job job, boolean own) throws SQLException {
        if (role == null) {
            role = session.memory().role();
        }
        boolean allowed = role == null ? askAll(job.role()) : role.equals(job.role()) || hasRights(job.role());
        if (!allowed) {
            throw ServerError.error(SQLState.INSUFFICIENT_PRIVILEGE,
                    "permission denied for background worker with PID \"%d\"", job.pid()).toException();
        }
    }

    /** Asks for the role in force and whether it has the rights of another one. */
    private boolean askAll(String other) throws SQLException {
        SessionMemory.Moment before = session.memory().now();
        Rows rows = ask("SELECT " + CURRENT + ", CASE WHEN " + CURRENT + " OPERATOR(pg_catalog.=) " + name(other)
                + " THEN true ELSE " + hasRights(CURRENT, other) + " END");
        role = rows.text(0, 0);
        session.memory().learnRole(role, before);
        return isTrue(rows.text(0, 1));
    }

    private boolean hasRights(String other) throws SQLException {
        return isTrue(ask("SELECT " + hasRights(name(role), other)).text(0, 0));
    }

    private static String hasRights(String holder, String other) {
        return "pg_catalog.pg_has_role(" + holder + ", " + name(other) + ", 'USAGE')";
    }

    /** Asks without JDBC, which would begin a transaction. */
    private Rows ask(String sql) throws SQLException {
        session.transactions().refuseFailed();
        return session.memory().asking(() -> session.wire().run(sql, notice -> { }).rows());
    }

    private static boolean isTrue(String value) {
        return "t".equals(value);
    }

    private static String name(String role) {
        return Quoting.literal(role) + "::pg_catalog.name";
    }
}
