package io.pgbg.build;

import io.pgbg.proxy.Face;
import java.sql.SQLException;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.asm.AsmVisitorWrapper;
import net.bytebuddy.matcher.ElementMatchers;

/**
 * What the build writes around each public method of a face that may fail: its error passes through {@link Face#told}.
 * A method that succeeds runs nothing more than before.
 */
final class TellingErrors {

    private TellingErrors() {
    }

    /** For all methods that a class declares, also those that were added to it. */
    static AsmVisitorWrapper aroundMethods() {
        return Advice.to(TellingErrors.class).on(ElementMatchers.isPublic()
                .and(ElementMatchers.isVirtual())
                .and(ElementMatchers.not(ElementMatchers.isAbstract()))
                .and(ElementMatchers.declaresException(SQLException.class)));
    }

    /** Copied into the methods; {@code error} is null when the method has returned. */
    @Advice.OnMethodExit(onThrowable = SQLException.class)
    static void exit(@Advice.This Face face, @Advice.Thrown(readOnly = false) Throwable error) {
        if (error != null) {
            error = face.told((SQLException) error);
        }
    }
}
