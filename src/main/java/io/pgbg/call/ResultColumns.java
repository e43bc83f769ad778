package io.pgbg.call;

import io.pgbg.SQLState;
import io.pgbg.function.ResultType;
import io.pgbg.function.Type;
import io.pgbg.session.DeclaredColumns;
import io.pgbg.session.Session;
import io.pgbg.wire.Rows;
import io.pgbg.wire.ServerError;
import java.sql.SQLException;
import java.util.List;

/** Checks what a job gave against what the statement says it gives, and names it accordingly. */
final class ResultColumns {

    /** What a function without a value gives: a client sees an empty string. */
    static final Rows.Column VOID = column(new ResultType.Column("void", Type.VOID));

    private ResultColumns() {
    }

    /** The columns that a function gives. */
    static List<Rows.Column> of(ResultType result) {
        return result.columns().stream().map(ResultColumns::column).toList();
    }

    private static Rows.Column column(ResultType.Column column) {
        return new Rows.Column(column.name(), column.type().oid(), column.type().length(), -1);
    }

    /**
     * A job's rows under the declared names and types, and fitted into those.
     *
     * @param list the column definition list, or null when there is none
     * @param context of the execution that they are a result of
     * @throws SQLException 42804 when number or types differ
     */
    static Rows of(Rows rows, DeclaredColumns list, CallContext context) throws SQLException {
        if (list == null) {
            return rows;
        }
        Session session = context.session();
        List<Rows.Column> declared = list.columns();
        List<Rows.Column> actual = rows.columns();
        ServerError mismatch = ServerError.error(SQLState.DATATYPE_MISMATCH,
                "remote query result rowtype does not match the specified FROM clause rowtype");
        if (actual.size() != declared.size()) {
            throw mismatch.detail("The job returned %d columns, the column definition list has %d.", actual.size(),
                    declared.size()).toException();
        }
        for (int i = 0; i < actual.size(); i++) {
            if (actual.get(i).type() != declared.get(i).type()) {
                throw mismatch.detail("Column \"%s\" is declared as %s, but the job returned %s.",
                        declared.get(i).label(), session.typeName(declared.get(i).type()),
                        session.typeName(actual.get(i).type())).toException();
            }
        }
        return ColumnFitting.fit(rows, list.fits(actual), context).as(declared);
    }

    /**
     * A job's command tags as rows of one column.
     *
     * @throws SQLException 42804 when the declared columns are not one of type text
     */
    static Rows ofTags(List<String> tags, DeclaredColumns list, String label) throws SQLException {
        if (list == null) {
            return Rows.texts(label, tags);
        }
        List<Rows.Column> declared = list.columns();
        Rows rows = Rows.texts(declared.get(0).label(), tags);
        if (declared.size() != 1 || declared.get(0).type() != rows.columns().get(0).type()
                || !list.domains().isEmpty()) {
            throw ServerError.error(SQLState.DATATYPE_MISMATCH,
                    "remote query did not return a result set, but result rowtype is not a single text column")
                    .toException();
        }
        return rows;
    }
}
