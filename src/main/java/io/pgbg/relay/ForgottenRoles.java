package io.pgbg.relay;

import io.pgbg.SQLState;
import io.pgbg.wire.ServerError;
import java.sql.SQLException;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Releases of PostgreSQL that forget with SET SESSION AUTHORIZATION which role was set, and do not remember it when that
 * is rolled back (CVE-2024-10978): the next job would be the login's. There a call in other SQL is refused while a role
 * is set, before anything is done. Stateless.
 */
final class ForgottenRoles {

    private static final String REFUSAL =
            "on this release of PostgreSQL pg_background functions cannot be called from other SQL after SET ROLE";
    private static final String ADVICE = "Install the latest minor release of the server, or RESET ROLE."
            + " A statement that is nothing but the call works.";

    /** By major version the first release that gives the role back; older majors have none, newer ones all do. */
    private static final Map<Integer, Integer> MENDED =
            new TreeMap<>(Map.of(12, 22, 13, 18, 14, 15, 15, 10, 16, 6, 17, 2));
    private static final int OLDEST = 12;

    private static final int MAJOR = 10_000;

    private ForgottenRoles() {
    }

    /** Fills in what {@code core.sql} says of it. */
    static String write(String template) {
        String releases = MENDED.entrySet().stream()
                .map(entry -> between(entry.getKey(), entry.getValue())).collect(Collectors.joining(" OR "));
        return template.replace("@forgets@", releases).replace("@refusal@", REFUSAL).replace("@advice@", ADVICE);
    }

    private static String between(int major, int minor) {
        String before = "version OPERATOR(pg_catalog.<) " + (major * MAJOR + minor);
        return major == OLDEST ? before
                : "version OPERATOR(pg_catalog.>=) " + major * MAJOR + " AND " + before;
    }

    /**
     * Refuses on such a release.
     *
     * @param serverVersion such as 150010
     * @param role the setting {@code role}
     * @throws SQLException 0A000
     */
    static void check(int serverVersion, String role) throws SQLException {
        int major = serverVersion / MAJOR;
        boolean forgets = major < OLDEST || serverVersion % MAJOR < MENDED.getOrDefault(major, 0);
        if (forgets && !"none".equals(role)) {
            throw ServerError.error(SQLState.FEATURE_NOT_SUPPORTED, REFUSAL).hint(ADVICE).toException();
        }
    }
}
