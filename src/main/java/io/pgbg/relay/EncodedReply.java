package io.pgbg.relay;

import io.pgbg.SQLState;
import io.pgbg.sql.TextArray;
import io.pgbg.wire.ServerError;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.postgresql.util.ServerErrorMessage;

/**
 * A reply as {@code core.sql} reads it: a head, which is an array of texts, and behind it the columns of a result.
 *
 * <p>Immutable.
 */
final class EncodedReply {

    /** Asks the function to confirm that it has the reply. */
    private static final String TELL = "tell";

    /** Tells the function to ask for more rows. */
    private static final String MORE = "more";

    private final List<String> head;
    private final List<byte[]> columns;
    private final SQLException error;

    private EncodedReply(List<String> head, List<byte[]> columns, SQLException error) {
        this.head = head;
        this.columns = columns;
        this.error = error;
    }

    /**
     * The values of one row, null for NULL.
     *
     * @param tell whether the function is to confirm that it has them
     */
    static EncodedReply values(List<String> values, boolean tell) {
        List<String> head = new ArrayList<>(Arrays.asList("value", tell ? TELL : null));
        head.addAll(values);
        return new EncodedReply(head, List.of(), null);
    }

    /**
     * Some rows of a result.
     *
     * @param kind {@code rows} or {@code tags}
     * @param more whether more rows follow
     * @param queries turn the columns into rows: one, and pairs of others as {@link RowQuery#fitted} gives them
     * @param columns the values of each column, an array in UTF-8
     */
    static EncodedReply rows(String kind, boolean more, List<String> queries, List<byte[]> columns) {
        List<String> head = new ArrayList<>(Arrays.asList(kind, more ? MORE : null, TextArray.write(queries)));
        columns.forEach(column -> head.add(Integer.toString(column.length)));
        return new EncodedReply(head, columns, null);
    }

    /** An error, to be raised by the function. */
    static EncodedReply error(SQLException error) {
        ServerErrorMessage message = ServerError.messageOf(error);
        if (message == null) {
            String state = error.getSQLState() == null ? SQLState.UNEXPECTED_ERROR.code() : error.getSQLState();
            return new EncodedReply(Arrays.asList("error", null, state, String.valueOf(error.getMessage())), List.of(),
                    error);
        }
        return new EncodedReply(Arrays.asList("error", null, message.getSQLState(), message.getMessage(),
                message.getDetail(), message.getHint(), message.getSchema(), message.getTable(), message.getColumn(),
                message.getDatatype(), message.getConstraint()), List.of(), error);
    }

    /** The error that the function will raise, or null. */
    SQLException error() {
        return error;
    }

    /** The length of the head in {@link #content()}. */
    int headLength() {
        return headBytes().length;
    }

    /** Head and columns. */
    byte[] content() {
        byte[] start = headBytes();
        ByteArrayOutputStream content = new ByteArrayOutputStream(
                start.length + columns.stream().mapToInt(column -> column.length).sum());
        content.writeBytes(start);
        columns.forEach(content::writeBytes);
        return content.toByteArray();
    }

    private byte[] headBytes() {
        return TextArray.write(Collections.unmodifiableList(head)).getBytes(StandardCharsets.UTF_8);
    }
}
