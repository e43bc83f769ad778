package io.pgbg.sql;

/**
 * One column of a list {@code AS t (a int, b text)}, or of a list of names alone.
 *
 * @param name the column's name as written: folded to lower case unless quoted, unquoted otherwise
 * @param type the type as written, with its modifiers and a COLLATE clause, or null in a list of names alone
 */
public record ColumnDefinition(String name, String type) {
}
