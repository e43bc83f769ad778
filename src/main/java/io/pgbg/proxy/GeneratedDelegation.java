package io.pgbg.proxy;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Stands on every method that the build added to a {@link Delegating} class. Tools that measure test coverage leave out
 * what is marked with an annotation whose name has "Generated" in it.
 */
@Retention(RetentionPolicy.CLASS)
@Target(ElementType.METHOD)
public @interface GeneratedDelegation {
}
