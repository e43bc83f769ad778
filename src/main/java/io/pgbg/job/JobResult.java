package io.pgbg.job;

import io.pgbg.wire.Rows;
import io.pgbg.worker.TextSettings;
import java.util.List;

/** What the reader of a job gets that did not fail. */
public sealed interface JobResult {

    /** The command tags of a job whose last statement returned no rows. */
    record Tags(List<String> tags) implements JobResult {

        /** The label of the column of tags where the caller gives none. */
        public static final String LABEL = "result";

        /** One row for each tag. */
        public Rows rows() {
            return Rows.texts(LABEL, tags);
        }
    }

    /**
     * All rows of a job that is over.
     *
     * @param texts how their values are written
     */
    record Complete(Rows rows, TextSettings texts) implements JobResult {
    }

    /** The first rows of a job that goes on while they are read, and the stream of the others. */
    record Streamed(Rows first, RowStream rest) implements JobResult {
    }
}
