package io.pgbg.testkit;

import java.sql.Connection;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Tests of which each has a connection of its own to the database of their class. What {@link PostgresExtension} looks
 * for after a class is looked for here, too.
 */
@ExtendWith(PostgresExtension.class)
public abstract class WithConnection {

    /** Shared by the tests of the class. */
    protected TestDatabase database;
    /** Of the driver under test unless {@link #open} says otherwise; closed after each test. */
    protected Connection connection;

    /** Opens the connection of a test. */
    protected Connection open() throws SQLException {
        return database.connect();
    }

    @BeforeEach
    public final void openConnection(TestDatabase given) throws SQLException {
        database = given;
        connection = open();
    }

    @AfterEach
    public final void closeConnection() throws SQLException {
        connection.close();
    }
}
