package io.pgbg.execution;

import io.pgbg.SQLState;
import io.pgbg.wire.ServerError;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.io.StringReader;
import java.sql.SQLException;
import java.util.Calendar;
import java.util.Date;
import org.postgresql.util.PGobject;

/**
 * Values of parameters as they were when they were set, to be given to pgjdbc more than once: streams are read, and
 * objects that the application may change afterwards are copied, as pgjdbc does at that moment. Pure functions.
 */
final class CapturedValue {

    private CapturedValue() {
    }

    private record Bytes(byte[] content) {
    }

    private record Characters(String content) {
    }

    /**
     * Captures an argument of a setter.
     *
     * @param length what follows the value in a setter's arguments, which for a stream is its length; or null
     * @throws SQLException when a stream cannot be read
     */
    static Object of(Object value, Object length) throws SQLException {
        int most = length instanceof Number number ? (int) Math.min(number.longValue(), Integer.MAX_VALUE)
                : Integer.MAX_VALUE;
        try {
            if (value instanceof InputStream stream) {
                return new Bytes(stream.readNBytes(most));
            }
            return value instanceof Reader reader ? new Characters(read(reader, most)) : copy(value);
        } catch (IOException | CloneNotSupportedException e) {
            throw ServerError.error(SQLState.UNEXPECTED_ERROR, "a parameter cannot be read: %s", e.getMessage())
                    .cause(e).toException();
        }
    }

    /** The value itself when it cannot change. */
    private static Object copy(Object value) throws CloneNotSupportedException {
        if (value instanceof byte[] bytes) {
            return bytes.clone();
        }
        if (value instanceof Date date) {
            return date.clone();
        }
        if (value instanceof Calendar calendar) {
            return calendar.clone();
        }
        return value instanceof PGobject object ? object.clone() : value;
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

    /** The argument for pgjdbc: for a stream that was read a new one. */
    static Object open(Object captured) {
        if (captured instanceof Bytes bytes) {
            return new ByteArrayInputStream(bytes.content());
        }
        return captured instanceof Characters characters ? new StringReader(characters.content()) : captured;
    }
}
