package io.pgbg.wire;

import java.nio.charset.Charset;
import java.sql.SQLWarning;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.postgresql.core.Field;
import org.postgresql.core.Query;
import org.postgresql.core.ResultCursor;
import org.postgresql.core.ResultHandlerBase;
import org.postgresql.core.Tuple;

/**
 * Keeps the last statement's rows and all tags of what the server answers to one text.
 *
 * <p>Used by the thread that reads the answer.
 */
final class AnswerCollector extends ResultHandlerBase {

    /** The command tag that pgjdbc makes up for a text without a statement. */
    private static final String NO_STATEMENT = "EMPTY";

    private final Consumer<SQLWarning> notices;
    private final Supplier<Charset> encoding;
    private final List<String> tags = new ArrayList<>(1);
    private Rows withoutTag;
    private Rows last;

    /**
     * Nothing is answered yet.
     *
     * @param notices gets each notice as soon as it arrives
     * @param encoding that of the rows; asked when all have come
     */
    AnswerCollector(Consumer<SQLWarning> notices, Supplier<Charset> encoding) {
        this.notices = notices;
        this.encoding = encoding;
    }

    @Override
    public void handleResultRows(Query query, Field[] fields, List<Tuple> tuples, ResultCursor cursor) {
        withoutTag = new Rows(fields, tuples, cursor);
    }

    @Override
    public void handleCommandStatus(String status, long updateCount, long insertOid) {
        last = withoutTag;
        withoutTag = null;
        if (!NO_STATEMENT.equals(status)) {
            tags.add(status);
        }
    }

    // pgjdbc's base class implements this in some releases and leaves it out in others
    @Override
    public void handleWarning(SQLWarning warning) {
        notices.accept(warning);
    }

    /** How many statements have ended. */
    int ended() {
        return tags.size();
    }

    Wire.Answer answer() {
        // the tag of a statement comes when its cursor has no more rows
        Rows rows = withoutTag != null ? withoutTag : last;
        // the server may tell only behind the rows that their encoding is another one
        return new Wire.Answer(List.copyOf(tags), rows == null ? null : rows.inUtf8(encoding.get()));
    }
}
