package io.pgbg.testkit;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;

/**
 * A test class that {@code mvn verify} runs once more with databases full of traps, where it must spring none: neither
 * the driver's SQL nor its own may leave a name to the search path for which there is a trap; see {@code traps.sql}.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
@Tag("also-among-traps")
public @interface AlsoAmongTraps {
}
