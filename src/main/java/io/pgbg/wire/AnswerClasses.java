package io.pgbg.wire;

import io.pgbg.SQLState;
import java.util.List;
import java.util.Objects;
import org.postgresql.core.EncodingPredictor;
import org.postgresql.util.GT;
import org.postgresql.util.PSQLState;
import org.postgresql.util.ServerErrorMessage;

/**
 * The classes that pgjdbc and this room need only when an answer arrives. The answer to a job may arrive when the
 * application has been stopped, and a container that has stopped an application often loads no class for it any more.
 *
 * <p>Thread-safe.
 */
public final class AnswerClasses {

    /** More than pgjdbc has. */
    private static final int MOST_UNNAMED_CLASSES = 30;

    private AnswerClasses() {
    }

    /** Loads them. */
    public static void load() {
        // also loads its messages in the JVM's language
        GT.tr("");
        ServerError.error(SQLState.UNEXPECTED_ERROR, "").detail("").toException();
        loadUnnamed("org.postgresql.core.v3.QueryExecutorImpl");
        // of texts of several statements, with which a connection is made new
        load("org.postgresql.core.v3.CompositeQuery");
        load("org.postgresql.core.v3.CompositeParameterList");
        // naming a class loads it
        Objects.requireNonNull(List.of(CursorFetch.class, EncodingPredictor.DecodeResult.class, PSQLState.class,
                ServerErrorMessage.class));
    }

    /** Loads a class's classes without names, of which each release of pgjdbc has others. */
    private static void loadUnnamed(String outer) {
        boolean more = true;
        for (int i = 1; i <= MOST_UNNAMED_CLASSES && more; i++) {
            more = load(outer + "$" + i);
        }
    }

    /** Loads a class; false when there is none of that name in this release of pgjdbc, or in a native image. */
    private static boolean load(String name) {
        try {
            Class.forName(name, true, ServerErrorMessage.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }
}
