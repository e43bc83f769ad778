package io.pgbg.testkit;

import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives tests a parameter of type {@link Replication}. All test classes of the JVM share it; it is started for the
 * first one, and stopped when the last test of all is over.
 */
public final class ReplicationExtension implements ParameterResolver {

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == Replication.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return context.getRoot().getStore(Namespace.GLOBAL).getOrComputeIfAbsent(Holder.class).replication;
    }

    /** Closed by JUnit when all tests are over. */
    static final class Holder implements AutoCloseable {

        private final Replication replication;

        Holder() throws Exception {
            replication = Replication.start();
        }

        @Override
        public void close() throws Exception {
            LeftInProcess.awaitNothing();
            replication.close();
        }
    }
}
