package io.pgbg.testkit;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/** Skips what is marked with {@link SinceRelease} on older servers. */
public final class ReleaseCondition implements ExecutionCondition {

    /** Asked once. */
    private static final class Server {

        private static final int MAJOR = ask();

        private static int ask() {
            try (Connection admin = TestDatabase.connectAdmin()) {
                return Releases.of(admin);
            } catch (SQLException e) {
                throw new IllegalStateException("The server does not tell its version", e);
            }
        }
    }

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        Optional<SinceRelease> mark = AnnotationSupport.findAnnotation(context.getElement(), SinceRelease.class);
        return mark.filter(since -> Server.MAJOR < since.value())
                .map(since -> ConditionEvaluationResult.disabled("needs PostgreSQL " + since.value() + ": "
                        + since.because()))
                .orElse(ConditionEvaluationResult.enabled("the server has it"));
    }
}
