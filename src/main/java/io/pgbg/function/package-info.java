/**
 * What each pg_background function takes, gives and does: the one place where their names are written, and where one
 * kind of function is told from another.
 */
package io.pgbg.function;
