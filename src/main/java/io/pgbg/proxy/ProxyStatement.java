package io.pgbg.proxy;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.postgresql.core.BaseStatement;

/**
 * The statement an application holds, over a statement of the PostgreSQL driver.
 *
 * <p>Owned by the application, like the statement behind it, and as little made for use by several threads at once; to
 * cancel it and to read its warnings from another thread is fine. Made in great numbers: whatever only some statements
 * need must not be made by the constructor.
 */
@Delegating
abstract class ProxyStatement implements BaseStatement {

    final ProxyConnection connection;
    final BaseStatement delegate;

    /** The faces given last, so that asking again for the same result set gives the same object. */
    private ProxyResultSet result;
    private ProxyResultSet generatedKeys;

    ProxyStatement(ProxyConnection connection, BaseStatement delegate) {
        this.connection = connection;
        this.delegate = delegate;
    }

    static ProxyStatement wrap(ProxyConnection connection, BaseStatement delegate) {
        throw Unbuilt.error();
    }

    @Override
    public Connection getConnection() {
        return connection;
    }

    @Override
    public ResultSet getGeneratedKeys() throws SQLException {
        generatedKeys = face(delegate.getGeneratedKeys(), generatedKeys);
        return generatedKeys;
    }

    @Override
    public void close() throws SQLException {
        result = null;
        generatedKeys = null;
        delegate.close();
    }

    @Override
    public boolean isWrapperFor(Class<?> type) throws SQLException {
        return type.isInstance(this) || delegate.isWrapperFor(type);
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        return type.isInstance(this) ? type.cast(this) : delegate.unwrap(type);
    }

    /** The delegate's: a prepared statement shows its SQL, which applications log. */
    @Override
    public String toString() {
        return delegate.toString();
    }

    ResultSet adopt(ResultSet raw) {
        result = face(raw, result);
        return result;
    }

    private ProxyResultSet face(ResultSet raw, ProxyResultSet known) {
        if (raw == null) {
            return null;
        }
        return known != null && known.delegate == raw ? known : ProxyResultSet.wrap(connection, this, raw);
    }
}
