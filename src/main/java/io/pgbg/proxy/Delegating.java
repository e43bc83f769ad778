package io.pgbg.proxy;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks an abstract class that is completed while the project is built. Each method of its interfaces that neither it
 * nor a superclass declares, default methods included, calls the same method of the object in its field
 * {@code delegate}.
 *
 * <ul>
 *   <li>When the class has a non-private instance method {@code T adopt(T)}, the result of every generated method that
 *       returns {@code T} goes through it.
 *   <li>When the class has a non-private instance method {@code T provide()}, the methods of the interface {@code T}
 *       call what it gives instead of the delegate.
 *   <li>The body of the static method {@code wrap} becomes {@code return new X(arguments)}, with the only constructor
 *       of the class. In the source it throws an exception that says so.
 * </ul>
 */
@Documented
@Retention(RetentionPolicy.CLASS)
@Target(ElementType.TYPE)
public @interface Delegating {
}
