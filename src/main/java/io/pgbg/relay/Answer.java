package io.pgbg.relay;

import io.pgbg.SQLState;
import io.pgbg.wire.ServerError;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.postgresql.util.ServerErrorMessage;

/**
 * What the driver answers a function on the server: a kind and what belongs to it, as {@code core.sql} reads it.
 *
 * <p>Immutable.
 */
public final class Answer {

    /** The length of the head, in bytes, stands before it. */
    private static final String HEAD_LENGTH = "%08d";

    private final List<String> parts;
    private final List<String> columns;
    private final SQLException error;

    private Answer(List<String> parts, List<String> columns, SQLException error) {
        this.parts = parts;
        this.columns = columns;
        this.error = error;
    }

    /** The values of one row, null for NULL. */
    static Answer values(List<String> values) {
        List<String> parts = new ArrayList<>(List.of("value"));
        parts.addAll(values);
        return new Answer(parts, List.of(), null);
    }

    /**
     * Asks for a request to be confirmed.
     *
     * @param word what only the right role can read
     * @param sessionSql a query of one text about the asking session, to be sent with the confirmation, or null
     */
    static Answer confirm(String word, String sessionSql) {
        return of("confirm", word, sessionSql);
    }

    /**
     * Some rows of a result.
     *
     * @param kind {@code rows} or {@code tags}
     * @param word by which the next ones are asked for, or null when these are the last
     * @param query what makes rows of the columns
     * @param columns the values of each column, an array
     */
    static Answer rows(String kind, String word, String query, List<String> columns) {
        List<String> parts = new ArrayList<>(Arrays.asList(kind, word, query));
        columns.forEach(column -> parts.add(Integer.toString(bytes(column))));
        return new Answer(parts, columns, null);
    }

    /** An error, to be raised by the function. */
    static Answer error(SQLException error) {
        ServerErrorMessage message = ServerError.messageOf(error);
        if (message == null) {
            String state = error.getSQLState() == null ? SQLState.UNEXPECTED_ERROR.code() : error.getSQLState();
            return new Answer(Arrays.asList("error", state, String.valueOf(error.getMessage()), null, null), List.of(),
                    error);
        }
        return new Answer(Arrays.asList("error", message.getSQLState(), message.getMessage(), message.getDetail(),
                message.getHint(), message.getSchema(), message.getTable(), message.getColumn(),
                message.getDatatype(), message.getConstraint()), List.of(), error);
    }

    private static Answer of(String... parts) {
        return new Answer(Arrays.asList(parts), List.of(), null);
    }

    /** The error that the function will raise, or null. */
    SQLException error() {
        return error;
    }

    /** The answer to the request with this token: a head, and behind it the columns. */
    String text(String token) {
        List<String> all = new ArrayList<>(Collections.singletonList(token));
        all.addAll(parts);
        String head = TextArray.write(all);
        int length = columns.stream().mapToInt(String::length).sum();
        StringBuilder text = new StringBuilder(head.length() + length + Byte.MAX_VALUE)
                .append(String.format(Locale.ROOT, HEAD_LENGTH, bytes(head))).append(head);
        columns.forEach(text::append);
        return text.toString();
    }

    private static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }
}
