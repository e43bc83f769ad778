/**
 * The life of a job: launched on a worker, run, its notices and rows handed over to a reader, cancelled, ended. And the
 * jobs of one session, on which the pg_background functions are carried out without their SQL.
 */
package io.pgbg.job;
