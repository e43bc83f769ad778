package io.pgbg.proxy;

import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.postgresql.jdbc.PgArray;
import org.postgresql.jdbc.PgResultSet;

/**
 * Gives arrays the face of the connection for their connection. An array is a value and must stay the PostgreSQL
 * driver's own class, since tools look at the class; but {@code array.getResultSet().getStatement().getConnection()}
 * leads to the connection the array was made with. So it is made anew from its content.
 */
final class ConnectedArrays {

    private ConnectedArrays() {
    }

    /** For an array read from a column of a result set of the PostgreSQL driver. */
    static Array adopt(ProxyConnection connection, Array raw, ResultSet source, int column) throws SQLException {
        if (raw instanceof PgArray array && source instanceof PgResultSet columns) {
            return rebuild(connection, array, columns.getColumnOID(column));
        }
        return adopt(connection, raw);
    }

    /** For an array made on demand of elements of the type named. */
    static Array adopt(ProxyConnection connection, Array raw, String elementType) throws SQLException {
        return raw instanceof PgArray array
                ? rebuild(connection, array, connection.getTypeInfo().getPGArrayType(elementType))
                : raw;
    }

    /** For an array of which nothing is known but itself. */
    static Array adopt(ProxyConnection connection, Array raw) throws SQLException {
        return raw instanceof PgArray array ? adopt(connection, array, array.getBaseTypeName()) : raw;
    }

    private static Array rebuild(ProxyConnection connection, PgArray raw, int oid) throws SQLException {
        return raw.isBinary()
                ? new PgArray(connection, oid, raw.toBytes())
                : new PgArray(connection, oid, raw.toString());
    }
}
