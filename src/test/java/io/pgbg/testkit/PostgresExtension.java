package io.pgbg.testkit;

import java.sql.Connection;
import java.sql.SQLException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives tests a PostgreSQL database: a constructor or method parameter of type {@link TestDatabase}. Each test class
 * has its own, shared by its tests and its nested classes, made when first asked for and dropped after the last test. A
 * class that leaves something behind fails: in the database statements that run, large objects, advisory locks and
 * transactions that are open and idle; in this process threads that run jobs, and files that hold rows.
 */
public final class PostgresExtension implements ParameterResolver {

    private static final Namespace NAMESPACE = Namespace.create(PostgresExtension.class);

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == TestDatabase.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return storeOfTopLevelClass(context).getOrComputeIfAbsent(Holder.class).database;
    }

    private static Store storeOfTopLevelClass(ExtensionContext context) {
        ExtensionContext at = context;
        while (at.getParent().flatMap(ExtensionContext::getTestClass).isPresent()) {
            at = at.getParent().get();
        }
        return at.getStore(NAMESPACE);
    }

    /** Closed by JUnit together with the class it was made for. */
    static final class Holder implements AutoCloseable {

        private final TestDatabase database;

        Holder() throws SQLException {
            database = TestDatabase.create();
        }

        @Override
        public void close() throws Exception {
            try (Connection raw = database.connectRaw()) {
                ServerState server = new ServerState(raw);
                server.awaitNoStatement();
                server.awaitNothingLeft();
                LeftInProcess.awaitNothing();
            } finally {
                database.close();
            }
        }
    }
}
