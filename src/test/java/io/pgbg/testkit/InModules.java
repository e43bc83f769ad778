package io.pgbg.testkit;

import java.lang.management.ManagementFactory;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import javax.management.ObjectName;

/** A program that uses the driver as a module, direct and relayed, over watched sockets; prints what it has found. */
public final class InModules {

    private InModules() {
    }

    /** @param arguments the URL */
    public static void main(String[] arguments) throws Exception {
        try (Connection connection = DriverManager.getConnection(arguments[0]);
                Statement statement = connection.createStatement()) {
            System.out.println("module " + connection.getClass().getModule().getName());
            System.out.println("direct " + value(statement,
                    "SELECT * FROM pg_background_result(pg_background_launch('SELECT 6 * 7'))"));
            System.out.println("relayed " + value(statement,
                    "SELECT 1 + v FROM pg_background_result(pg_background_launch('SELECT 41')) AS r(v int)"));
            System.out.println("submitted " + value(statement,
                    "SELECT pid > 0 FROM (SELECT * FROM pg_background_submit('SELECT 1')) AS s"));
            System.out.println("beans " + ManagementFactory.getPlatformMBeanServer()
                    .queryNames(new ObjectName("io.pgbg:*"), null).size());
        }
    }

    private static String value(Statement statement, String sql) throws SQLException {
        try (ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }
}
