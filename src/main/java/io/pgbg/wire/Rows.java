package io.pgbg.wire;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.postgresql.core.BaseStatement;
import org.postgresql.core.Field;
import org.postgresql.core.Oid;
import org.postgresql.core.ResultCursor;
import org.postgresql.core.Tuple;
import org.postgresql.jdbc.PgResultSet;

/**
 * Rows in pgjdbc's own form, from a server or made by the driver, with the cursor that holds more of them, if there is
 * one. They become a real pgjdbc result set without being copied.
 *
 * <p>Immutable, except for the server's cursor.
 */
public final class Rows {

    /** Counted for each row beside its values, so that rows of NULLs are not free. */
    private static final int ROW_OVERHEAD = 16;

    /** Stands in place of a length for NULL where rows are written. */
    private static final int NULL = -1;

    private final Field[] fields;
    private final List<Tuple> tuples;
    private final ResultCursor cursor;

    Rows(Field[] fields, List<Tuple> tuples, ResultCursor cursor) {
        this.fields = fields;
        this.tuples = tuples;
        this.cursor = cursor;
    }

    /** The label and type of a column, the type's length and modifier as in pgjdbc, -1 for none. */
    public record Column(String label, int type, int length, int modifier) {

        static Column of(Field field) {
            return new Column(field.getColumnLabel(), field.getOID(), Fields.length(field), field.getMod());
        }

        /** The same column under another name. */
        public Column named(String newLabel) {
            return new Column(newLabel, type, length, modifier);
        }

        Field toField(int format) {
            Field field = Fields.of(label, type, length, modifier);
            field.setFormat(format);
            return field;
        }
    }

    /** Rows of one column of type text; null for NULL. */
    public static Rows texts(String label, List<String> values) {
        return of(List.of(new Column(label, Oid.TEXT, -1, -1)),
                values.stream().map(Collections::singletonList).toList());
    }

    /** Columns without rows. */
    public static Rows none(List<Column> columns) {
        return of(columns, List.of());
    }

    /**
     * Rows of values in the text form of their types.
     *
     * @param rows for each row the value of each column; null for NULL
     */
    public static Rows of(List<Column> columns, List<List<String>> rows) {
        Field[] fields = columns.stream().map(column -> column.toField(Field.TEXT_FORMAT)).toArray(Field[]::new);
        List<Tuple> tuples = new ArrayList<>(rows.size());
        for (List<String> row : rows) {
            byte[][] values = new byte[fields.length][];
            for (int i = 0; i < values.length; i++) {
                String value = row.get(i);
                values[i] = value == null ? null : value.getBytes(StandardCharsets.UTF_8);
            }
            tuples.add(new Tuple(values));
        }
        return new Rows(fields, tuples, null);
    }

    /** All rows that a result set of pgjdbc's has left; it stands behind its last row afterwards. */
    public static Rows copyOf(ResultSet source) throws SQLException {
        ResultSetMetaData labels = source.getMetaData();
        List<Column> columns = new ArrayList<>();
        for (int i = 1; i <= labels.getColumnCount(); i++) {
            columns.add(new Column(labels.getColumnLabel(i), ((PgResultSet) source).getColumnOID(i), -1, -1));
        }
        List<List<String>> rows = new ArrayList<>();
        while (source.next()) {
            List<String> row = new ArrayList<>(columns.size());
            for (int i = 1; i <= columns.size(); i++) {
                row.add(source.getString(i));
            }
            rows.add(row);
        }
        return of(columns, rows);
    }

    /** The number of columns. */
    public int width() {
        return fields.length;
    }

    /** The columns, in order. */
    public List<Column> columns() {
        return Arrays.stream(fields).map(Column::of).toList();
    }

    /** Whether the server holds more rows in an open cursor. */
    public boolean hasMore() {
        return cursor != null;
    }

    ResultCursor cursor() {
        return cursor;
    }

    /** The number of rows. */
    public int size() {
        return tuples.size();
    }

    /** About how many bytes the rows take in memory. */
    public long bytes() {
        long bytes = 0;
        for (Tuple tuple : tuples) {
            bytes += tuple.length() + ROW_OVERHEAD;
        }
        return bytes;
    }

    /**
     * The same rows with texts in UTF-8.
     *
     * @param charset that they are in; what is in the server's own, whatever that is, is given as ASCII and stays as it
     *     is
     */
    Rows inUtf8(Charset charset) {
        if (charset.equals(StandardCharsets.UTF_8) || charset.equals(StandardCharsets.US_ASCII)) {
            return this;
        }
        List<Tuple> converted = new ArrayList<>(tuples.size());
        for (Tuple tuple : tuples) {
            byte[][] values = new byte[fields.length][];
            for (int i = 0; i < values.length; i++) {
                byte[] value = tuple.get(i);
                boolean text = value != null && fields[i].getFormat() == Field.TEXT_FORMAT;
                values[i] = text ? new String(value, charset).getBytes(StandardCharsets.UTF_8) : value;
            }
            converted.add(new Tuple(values));
        }
        return new Rows(fields, converted, cursor);
    }

    /** These rows, and behind them the next ones of the same cursor, which stays open behind those. */
    public Rows plus(Rows next) {
        List<Tuple> all = new ArrayList<>(tuples.size() + next.tuples.size());
        all.addAll(tuples);
        all.addAll(next.tuples);
        return new Rows(fields, all, next.cursor);
    }

    /** The same rows with other columns, of which there must be as many. */
    public Rows as(List<Column> columns) {
        Field[] renamed = new Field[fields.length];
        for (int i = 0; i < renamed.length; i++) {
            renamed[i] = columns.get(i).toField(fields[i].getFormat());
        }
        return new Rows(renamed, tuples, cursor);
    }

    /**
     * The same rows with other values in some columns.
     *
     * @param values for each of these columns, counted from 1, the values of all rows, in their text form
     */
    public Rows with(Map<Integer, List<String>> values) {
        List<Tuple> changed = new ArrayList<>(tuples.size());
        for (int row = 0; row < tuples.size(); row++) {
            byte[][] columns = new byte[fields.length][];
            for (int i = 0; i < columns.length; i++) {
                columns[i] = tuples.get(row).get(i);
            }
            for (Map.Entry<Integer, List<String>> column : values.entrySet()) {
                String value = column.getValue().get(row);
                columns[column.getKey() - 1] = value == null ? null : value.getBytes(StandardCharsets.UTF_8);
            }
            changed.add(new Tuple(columns));
        }
        return new Rows(fields, changed, cursor);
    }

    /** The same rows with other labels for the first columns, which keep everything else, their tables included. */
    public Rows renamed(List<String> labels) {
        Field[] renamed = fields.clone();
        for (int i = 0; i < labels.size(); i++) {
            Field field = fields[i];
            renamed[i] = Fields.of(labels.get(i), field.getOID(), Fields.length(field), field.getMod(),
                    field.getTableOid(), field.getPositionInTable());
            renamed[i].setFormat(field.getFormat());
        }
        return new Rows(renamed, tuples, cursor);
    }

    /**
     * The first of these rows.
     *
     * @param maximum how many at most; 0 for all
     */
    public Rows limit(int maximum) {
        return maximum <= 0 || tuples.size() <= maximum ? this : new Rows(fields, tuples.subList(0, maximum), cursor);
    }

    /** Windows of the same rows, at least one, as one. */
    public static Rows concat(List<Rows> windows) {
        List<Tuple> all = new ArrayList<>();
        windows.forEach(window -> all.addAll(window.tuples));
        return new Rows(windows.get(0).fields, all, null);
    }

    /** The same columns without the rows. */
    public Rows withoutRows() {
        return new Rows(fields, List.of(), null);
    }

    /** The same rows without the cursor that holds more of them. */
    public Rows withoutCursor() {
        return cursor == null ? this : new Rows(fields, tuples, null);
    }

    /**
     * A value as the server wrote it.
     *
     * @param row counted from 0
     * @param column counted from 0
     * @return the value's text form, or null for NULL
     * @throws IllegalStateException when the value is in binary form, which the driver does not ask for
     */
    public String text(int row, int column) {
        byte[] value = utf8(row, column);
        return value == null ? null : new String(value, StandardCharsets.UTF_8);
    }

    /** As {@link #text}, in UTF-8. */
    public byte[] utf8(int row, int column) {
        if (fields[column].getFormat() != Field.TEXT_FORMAT) {
            throw new IllegalStateException("column " + (column + 1) + " is in binary form");
        }
        return tuples.get(row).get(column);
    }

    /** Writes the rows, but not their columns. */
    public void writeTo(DataOutput out) throws IOException {
        out.writeInt(tuples.size());
        for (Tuple tuple : tuples) {
            for (int i = 0; i < fields.length; i++) {
                byte[] value = tuple.get(i);
                out.writeInt(value == null ? NULL : value.length);
                if (value != null) {
                    out.write(value);
                }
            }
        }
    }

    /** Reads rows that {@link #writeTo} has written and that have the same columns as these. */
    public Rows readFrom(DataInput in) throws IOException {
        int count = in.readInt();
        List<Tuple> read = new ArrayList<>(count);
        for (int row = 0; row < count; row++) {
            byte[][] values = new byte[fields.length][];
            for (int i = 0; i < fields.length; i++) {
                int length = in.readInt();
                if (length != NULL) {
                    values[i] = new byte[length];
                    in.readFully(values[i]);
                }
            }
            read.add(new Tuple(values));
        }
        return new Rows(fields, read, null);
    }

    /** All values, row by row, each as in {@link #text}. */
    public List<List<String>> texts() {
        return IntStream.range(0, size()).mapToObj(row ->
                IntStream.range(0, width()).mapToObj(column -> text(row, column)).toList()).toList();
    }

    /** The value of the first column of each row, as in {@link #text}. */
    public List<String> firstColumn() {
        return IntStream.range(0, size()).mapToObj(row -> text(row, 0)).toList();
    }

    /**
     * A result set of these rows.
     *
     * @param owner the statement of pgjdbc whose settings the result set has. If these rows have a cursor it must be on
     *     the owner's connection, from which the result set fetches the other rows
     */
    public ResultSet on(Statement owner) throws SQLException {
        return ((BaseStatement) owner).createResultSet(null, fields, tuples, cursor);
    }
}
