package io.pgbg.sql;

/**
 * Where a call, or the name of a type or a view, stands in a {@link Fragment}. Immutable.
 *
 * @param function the function's name, in lower case
 * @param first index of the first token: the schema, or the name
 * @param open index of the opening parenthesis: that behind the name
 * @param close index of the closing parenthesis; -1 when there is none
 */
record CallSite(String function, int first, int open, int close) {
}
