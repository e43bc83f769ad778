package io.pgbg.proxy;

import io.pgbg.execution.PreparedScript;
import io.pgbg.sql.Reading;
import java.sql.Array;
import java.sql.CallableStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;

/**
 * The callable statement an application holds; see {@link ProxyStatement} for who owns it and its use by threads.
 * What comes back in parameters may lead to a connection, as arrays and ref cursors do, and is adopted.
 */
@Delegating
abstract class ProxyCallableStatement extends ProxyPreparedStatement implements CallableStatement {

    final CallableStatement delegate;

    /** The ref cursor given last, so that asking again for the same one gives the same object. */
    private ProxyResultSet cursor;

    ProxyCallableStatement(ProxyConnection connection, CallableStatement delegate, Reading reading,
            PreparedScript script) {
        super(connection, delegate, reading, script);
        this.delegate = delegate;
    }

    static ProxyCallableStatement wrap(ProxyConnection connection, CallableStatement delegate, Reading reading,
            PreparedScript script) {
        throw Unbuilt.error();
    }

    @Override
    public Object getObject(int parameter) throws SQLException {
        return adoptValue(delegate.getObject(parameter));
    }

    @Override
    public Object getObject(String parameter) throws SQLException {
        return adoptValue(delegate.getObject(parameter));
    }

    @Override
    public Object getObject(int parameter, Map<String, Class<?>> map) throws SQLException {
        return adoptValue(delegate.getObject(parameter, map));
    }

    @Override
    public Object getObject(String parameter, Map<String, Class<?>> map) throws SQLException {
        return adoptValue(delegate.getObject(parameter, map));
    }

    @Override
    public <T> T getObject(int parameter, Class<T> type) throws SQLException {
        return type.cast(adoptValue(delegate.getObject(parameter, type)));
    }

    @Override
    public <T> T getObject(String parameter, Class<T> type) throws SQLException {
        return type.cast(adoptValue(delegate.getObject(parameter, type)));
    }

    Array adopt(Array raw) throws SQLException {
        return ConnectedArrays.adopt(connection, raw);
    }

    private Object adoptValue(Object value) throws SQLException {
        if (value instanceof Array array) {
            return adopt(array);
        }
        if (value instanceof ResultSet raw) {
            if (cursor == null || cursor.delegate != raw) {
                cursor = ProxyResultSet.wrap(connection, connection.faceOf(raw.getStatement()), raw);
            }
            return cursor;
        }
        return value;
    }
}
