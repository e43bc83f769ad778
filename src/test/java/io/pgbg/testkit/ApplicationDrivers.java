package io.pgbg.testkit;

import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * The drivers of one application in a container, that is of one class loader. The {@link DriverManager} shows and
 * deregisters drivers only for a caller whose own loader finds their classes, so an {@link ApplicationLoader} loads this
 * class too.
 */
public final class ApplicationDrivers {

    private ApplicationDrivers() {
    }

    /** The registered drivers whose class this loader has loaded. */
    public static List<Driver> registered() {
        return DriverManager.drivers()
                .filter(driver -> driver.getClass().getClassLoader() == ApplicationDrivers.class.getClassLoader())
                .toList();
    }

    /**
     * Deregisters them, as a container does when the application stops.
     *
     * @return their class names
     */
    public static List<String> deregister() throws SQLException {
        List<String> names = new ArrayList<>();
        for (Driver driver : registered()) {
            names.add(driver.getClass().getName());
            DriverManager.deregisterDriver(driver);
        }
        return names;
    }

    /** Registers a driver anew, as an application does that has taken it out. */
    public static void register() throws SQLException {
        io.pgbg.Driver.register();
    }
}
