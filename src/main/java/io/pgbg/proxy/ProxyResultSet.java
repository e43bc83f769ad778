package io.pgbg.proxy;

import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import org.postgresql.PGRefCursorResultSet;
import org.postgresql.jdbc.PgArray;
import org.postgresql.jdbc.PgResultSet;

/**
 * The result set an application holds. Its statement is the face it came from; arrays and ref cursors read from it lead
 * back to the face of the connection.
 *
 * <p>Owned by its statement, and like it not made for use by several threads at once. Reading must cost nothing: the
 * methods that fetch and read do nothing but hand over, and {@code getObject} looks at the value only for its class.
 */
@Delegating
abstract class ProxyResultSet implements Face, ResultSet, PGRefCursorResultSet {

    /** The PostgreSQL driver's result set; only a result that comes window by window changes it. */
    ResultSet delegate;

    private final ProxyConnection connection;
    private final Statement statement;

    ProxyResultSet(ProxyConnection connection, Statement statement, ResultSet delegate) {
        this.connection = connection;
        this.statement = statement;
        this.delegate = delegate;
    }

    /** The statement may be null: not every result set comes from one. */
    static ProxyResultSet wrap(ProxyConnection connection, Statement statement, ResultSet delegate) {
        throw Unbuilt.error();
    }

    @Override
    public final SQLException told(SQLException error) {
        return connection.told(error);
    }

    @Override
    public Statement getStatement() throws SQLException {
        // Asked although the answer is known: a closed result set must refuse.
        delegate.getStatement();
        return statement;
    }

    @Override
    public Array getArray(int column) throws SQLException {
        return adoptArray(delegate.getArray(column), column);
    }

    @Override
    public Array getArray(String column) throws SQLException {
        Array raw = delegate.getArray(column);
        return raw == null ? null : adoptArray(raw, delegate.findColumn(column));
    }

    @Override
    public Object getObject(int column) throws SQLException {
        Object value = delegate.getObject(column);
        return leadsToConnection(value) ? adoptValue(value, column) : value;
    }

    @Override
    public Object getObject(String column) throws SQLException {
        Object value = delegate.getObject(column);
        return leadsToConnection(value) ? adoptValue(value, delegate.findColumn(column)) : value;
    }

    @Override
    public Object getObject(int column, Map<String, Class<?>> map) throws SQLException {
        Object value = delegate.getObject(column, map);
        return leadsToConnection(value) ? adoptValue(value, column) : value;
    }

    @Override
    public Object getObject(String column, Map<String, Class<?>> map) throws SQLException {
        Object value = delegate.getObject(column, map);
        return leadsToConnection(value) ? adoptValue(value, delegate.findColumn(column)) : value;
    }

    @Override
    public <T> T getObject(int column, Class<T> type) throws SQLException {
        T value = delegate.getObject(column, type);
        return leadsToConnection(value) ? type.cast(adoptValue(value, column)) : value;
    }

    @Override
    public <T> T getObject(String column, Class<T> type) throws SQLException {
        T value = delegate.getObject(column, type);
        return leadsToConnection(value) ? type.cast(adoptValue(value, delegate.findColumn(column))) : value;
    }

    @Override
    public boolean isWrapperFor(Class<?> type) throws SQLException {
        return type.isInstance(this) || delegate.isWrapperFor(type);
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        return type.isInstance(this) ? type.cast(this) : delegate.unwrap(type);
    }

    /** Asks for the classes, not for their interfaces, which is many times slower when the answer is no. */
    private static boolean leadsToConnection(Object value) {
        return value instanceof PgArray || value instanceof PgResultSet;
    }

    private Object adoptValue(Object value, int column) throws SQLException {
        return value instanceof Array array ? adoptArray(array, column) : connection.adopt((ResultSet) value);
    }

    private Array adoptArray(Array raw, int column) throws SQLException {
        return ConnectedArrays.adopt(connection, raw, delegate, column);
    }
}
