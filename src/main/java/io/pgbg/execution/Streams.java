package io.pgbg.execution;

import io.pgbg.SQLState;
import io.pgbg.wire.ServerError;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.io.StringReader;
import java.sql.SQLException;

/** Values of parameters that can be read once, kept so that they can be read again. */
final class Streams {

    private Streams() {
    }

    private record Bytes(byte[] content) {
    }

    private record Characters(String content) {
    }

    /**
     * Reads a stream to its end or its length.
     *
     * @param length what follows the value in a setter's arguments, which for a stream is its length; or null
     * @return the value itself when it is no stream
     */
    static Object keep(Object value, Object length) throws SQLException {
        int most = length instanceof Number number ? (int) Math.min(number.longValue(), Integer.MAX_VALUE)
                : Integer.MAX_VALUE;
        try {
            if (value instanceof InputStream stream) {
                return new Bytes(stream.readNBytes(most));
            }
            return value instanceof Reader reader ? new Characters(read(reader, most)) : value;
        } catch (IOException e) {
            throw ServerError.error(SQLState.UNEXPECTED_ERROR, "a parameter cannot be read: %s", e.getMessage())
                    .cause(e).toException();
        }
    }

    private static String read(Reader reader, int most) throws IOException {
        StringBuilder text = new StringBuilder();
        char[] buffer = new char[8192];
        int count = 0;
        while (count >= 0 && text.length() < most) {
            count = reader.read(buffer, 0, Math.min(buffer.length, most - text.length()));
            text.append(buffer, 0, Math.max(count, 0));
        }
        return text.toString();
    }

    /** A new stream of a value that {@link #keep} gave. */
    static Object open(Object value) {
        if (value instanceof Bytes bytes) {
            return new ByteArrayInputStream(bytes.content());
        }
        return value instanceof Characters characters ? new StringReader(characters.content()) : value;
    }
}
