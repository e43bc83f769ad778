/**
 * Benchmarks of the driver, each beside the PostgreSQL driver alone and beside other ways to the same end. Started by
 * {@link io.pgbg.benchmark.Comparison}.
 */
package io.pgbg.benchmark;
