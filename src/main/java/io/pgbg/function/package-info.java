/** What each pg_background function takes and gives: the one place where their names are written. */
package io.pgbg.function;
