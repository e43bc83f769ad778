package io.pgbg.testkit;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/** A test that needs what older releases of PostgreSQL lack; there it is skipped. */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(ReleaseCondition.class)
public @interface SinceRelease {

    /** The first major version. */
    int value();

    /** What that version brought. */
    String because();
}
