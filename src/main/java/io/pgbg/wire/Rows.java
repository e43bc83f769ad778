package io.pgbg.wire;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.postgresql.core.BaseStatement;
import org.postgresql.core.Field;
import org.postgresql.core.Oid;
import org.postgresql.core.ResultCursor;
import org.postgresql.core.Tuple;
import org.postgresql.jdbc.PgResultSet;

/**
 * Rows in pgjdbc's own form, as they came from a server or as the driver made them, and where more of them are to be
 * had. Turned into a real pgjdbc result set without being copied.
 *
 * <p>Immutable, but for the cursor that may stand behind it.
 */
public final class Rows {

    /** What a row takes beside its bytes; keeps rows of NULLs from counting as nothing. */
    private static final int ROW_OVERHEAD = 16;

    /** The length that stands for NULL where rows are written. */
    private static final int NULL = -1;

    private final Field[] fields;
    private final List<Tuple> tuples;
    private final ResultCursor cursor;

    Rows(Field[] fields, List<Tuple> tuples, ResultCursor cursor) {
        this.fields = fields;
        this.tuples = tuples;
        this.cursor = cursor;
    }

    /** Name and type of a column. */
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

    /** One column of type text. A null element is NULL. */
    public static Rows texts(String label, List<String> values) {
        return of(List.of(new Column(label, Oid.TEXT, -1, -1)),
                values.stream().map(Collections::singletonList).toList());
    }

    /** Columns without a row. */
    public static Rows none(List<Column> columns) {
        return of(columns, List.of());
    }

    /**
     * Rows of values in the form in which the server writes them.
     *
     * @param rows for each row a value for each column, null for NULL
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

    /** All rows of a result set of pgjdbc's, which it leaves behind its last one. */
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

    /** How many columns there are. */
    public int width() {
        return fields.length;
    }

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

    public int size() {
        return tuples.size();
    }

    /** About how many bytes of row data are held. */
    public long bytes() {
        long bytes = 0;
        for (Tuple tuple : tuples) {
            bytes += tuple.length() + ROW_OVERHEAD;
        }
        return bytes;
    }

    /** These rows and the next ones of the same cursor. */
    public Rows plus(Rows next) {
        List<Tuple> all = new ArrayList<>(tuples.size() + next.tuples.size());
        all.addAll(tuples);
        all.addAll(next.tuples);
        return new Rows(fields, all, next.cursor);
    }

    /** The same rows under other names and with other type modifiers; the number of columns must be the same. */
    public Rows as(List<Column> columns) {
        Field[] renamed = new Field[fields.length];
        for (int i = 0; i < renamed.length; i++) {
            renamed[i] = columns.get(i).toField(fields[i].getFormat());
        }
        return new Rows(renamed, tuples, cursor);
    }

    /** The same rows, one column under another name, which otherwise stays what it is, its table included. */
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

    /** At most so many of the rows; 0 means all. */
    public Rows limit(int maximum) {
        return maximum <= 0 || tuples.size() <= maximum ? this : new Rows(fields, tuples.subList(0, maximum), cursor);
    }

    /** Windows of the same rows as one. */
    public static Rows concat(List<Rows> windows) {
        List<Tuple> all = new ArrayList<>();
        windows.forEach(window -> all.addAll(window.tuples));
        return new Rows(windows.get(0).fields, all, null);
    }

    /** The same columns without the rows. */
    public Rows withoutRows() {
        return new Rows(fields, List.of(), null);
    }

    /** The same rows, as if there were no more. */
    public Rows withoutCursor() {
        return cursor == null ? this : new Rows(fields, tuples, null);
    }

    /**
     * A value as the server wrote it.
     *
     * @return null for NULL
     * @throws IllegalStateException when the value came in binary form, which nobody has asked for
     */
    public String text(int row, int column) {
        byte[] value = utf8(row, column);
        return value == null ? null : new String(value, StandardCharsets.UTF_8);
    }

    /** The same in UTF-8. */
    public byte[] utf8(int row, int column) {
        if (fields[column].getFormat() != Field.TEXT_FORMAT) {
            throw new IllegalStateException("column " + (column + 1) + " is in binary form");
        }
        return tuples.get(row).get(column);
    }

    /** Writes the rows, without their columns. */
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

    /** Reads rows that were written from others with the same columns as these. */
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

    /** All values as the server wrote them, row by row; null for NULL. */
    public List<List<String>> texts() {
        List<List<String>> rows = new ArrayList<>(tuples.size());
        for (int row = 0; row < tuples.size(); row++) {
            List<String> values = new ArrayList<>(fields.length);
            for (int column = 0; column < fields.length; column++) {
                values.add(text(row, column));
            }
            rows.add(values);
        }
        return rows;
    }

    /** The text of the first column of each row. */
    public List<String> firstColumn() {
        List<String> values = new ArrayList<>(tuples.size());
        for (Tuple tuple : tuples) {
            byte[] value = tuple.get(0);
            values.add(value == null ? null : new String(value, StandardCharsets.UTF_8));
        }
        return values;
    }

    /**
     * A result set of these rows.
     *
     * @param owner the statement of pgjdbc whose settings the result set has. A result set with more rows to come
     *     reads them from the owner's connection, which then must be the cursor's
     */
    public ResultSet on(Statement owner) throws SQLException {
        return ((BaseStatement) owner).createResultSet(null, fields, tuples, cursor);
    }
}
