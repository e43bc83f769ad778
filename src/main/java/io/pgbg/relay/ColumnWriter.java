package io.pgbg.relay;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Writes the values of a column as an array in PostgreSQL's notation, from the bytes that the server has sent. Most of
 * the time that a large result takes in this process is spent here.
 *
 * <p>Used by one thread.
 */
final class ColumnWriter {

    private static final byte[] NULL = "NULL".getBytes(StandardCharsets.US_ASCII);

    /**
     * The bytes that may stand in an element without quotes; the others are ASCII signs or part of another character.
     */
    private static final boolean[] PLAIN = plain();

    private byte[] bytes = new byte[1 << 12];
    private int length;

    ColumnWriter() {
        bytes[length++] = '{';
    }

    private static boolean[] plain() {
        boolean[] plain = new boolean[1 << Byte.SIZE];
        for (char c = '0'; c <= 'z'; c++) {
            plain[c] = c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a';
        }
        for (char c : new char[] {'.', '-', '_', ':', '+'}) {
            plain[c] = true;
        }
        return plain;
    }

    /** Adds a value; null is NULL. */
    void add(byte[] value) {
        int most = value == null ? NULL.length : 2 * value.length + 2;
        reserve(most + 2);
        if (length > 1) {
            bytes[length++] = ',';
        }
        if (value == null) {
            copy(NULL);
        } else if (isPlain(value)) {
            copy(value);
        } else {
            quote(value);
        }
    }

    private void copy(byte[] value) {
        System.arraycopy(value, 0, bytes, length, value.length);
        length += value.length;
    }

    private void quote(byte[] value) {
        byte[] into = bytes;
        int at = length;
        into[at++] = '"';
        for (byte b : value) {
            if (b == '"' || b == '\\') {
                into[at++] = '\\';
            }
            into[at++] = b;
        }
        into[at++] = '"';
        length = at;
    }

    private static boolean isPlain(byte[] value) {
        if (value.length == 0 || value.length == NULL.length && isNull(value)) {
            return false;
        }
        for (byte b : value) {
            if (!PLAIN[b & 0xFF]) {
                return false;
            }
        }
        return true;
    }

    private static boolean isNull(byte[] value) {
        for (int i = 0; i < NULL.length; i++) {
            if ((value[i] & ~0x20) != NULL[i]) {
                return false;
            }
        }
        return true;
    }

    private void reserve(int more) {
        if (more > bytes.length - length) {
            bytes = Arrays.copyOf(bytes, Math.max(Math.addExact(length, more), (int) Math.min(2L * bytes.length,
                    Integer.MAX_VALUE - 8)));
        }
    }

    /** The number of bytes so far. */
    int length() {
        return length;
    }

    /** Ends the array. */
    byte[] end() {
        reserve(1);
        bytes[length++] = '}';
        return Arrays.copyOf(bytes, length);
    }
}
