package io.pgbg.benchmark;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Names the benchmarks of the same class that a benchmark is to be seen beside. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
@interface ComparedWith {

    /** Their method names. */
    String[] value();
}
