package io.pgbg;

import java.sql.SQLException;
import java.util.Arrays;

/**
 * The release of the PostgreSQL driver that is there, and the oldest one that this driver works with. An older one lacks
 * methods that are needed, which would be noticed only when one of them is called. Stateless.
 */
final class PostgresVersion {

    private static final int[] OLDEST = {42, 2, 29};

    /** Tells the version; releases of another numbering, all of them older, have no such class or fields. */
    private static final String INFO = "org.postgresql.util.DriverInfo";

    private PostgresVersion() {
    }

    /**
     * Refuses a release that is too old.
     *
     * @throws SQLException 08001, with the version that was found and the one that is needed
     */
    static void check() throws SQLException {
        String found;
        boolean tooOld;
        try {
            // not by name, because a compiler copies constants
            Class<?> info = Class.forName(INFO, true, org.postgresql.Driver.class.getClassLoader());
            int[] numbers = {number(info, "MAJOR_VERSION"), number(info, "MINOR_VERSION"),
                number(info, "PATCH_VERSION")};
            found = (String) info.getField("DRIVER_VERSION").get(null);
            tooOld = Arrays.compare(numbers, OLDEST) < 0;
        } catch (ReflectiveOperationException e) {
            found = "one that does not tell its version";
            tooOld = true;
        }
        if (tooOld) {
            throw SQLState.UNABLE_TO_CONNECT.exception(String.format("The PostgreSQL driver (org.postgresql:postgresql)"
                    + " on the class path is %s, which is too old: pgbg-jdbc needs %d.%d.%d or newer.", found,
                    OLDEST[0], OLDEST[1], OLDEST[2]));
        }
    }

    private static int number(Class<?> info, String field) throws ReflectiveOperationException {
        return info.getField(field).getInt(null);
    }
}
