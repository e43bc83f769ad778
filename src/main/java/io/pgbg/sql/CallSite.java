package io.pgbg.sql;

/**
 * Where a call stands in a {@link Fragment}. Immutable.
 *
 * @param function the function's name, in lower case
 * @param first index of the first token: the schema, or the name
 * @param open index of the opening parenthesis
 * @param close index of the closing parenthesis
 */
record CallSite(String function, int first, int open, int close) {
}
