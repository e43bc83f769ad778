package io.pgbg.proxy;

import java.sql.Array;
import java.sql.CallableStatement;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicReference;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.BaseStatement;

/**
 * The connection an application holds. It is a {@link BaseConnection} itself, so that code which casts to the
 * PostgreSQL driver's interfaces, {@code CopyManager} among it, needs no unwrapping.
 *
 * <p>Owned by the application; owns the PostgreSQL driver's connection behind it. As safe for use by several threads as
 * that connection is: the face adds no lock.
 */
@Delegating
public abstract class ProxyConnection implements BaseConnection {

    final BaseConnection delegate;

    private final AtomicReference<ProxyDatabaseMetaData> metaData = new AtomicReference<>();

    ProxyConnection(BaseConnection delegate) {
        this.delegate = delegate;
    }

    /**
     * Gives a connection of the PostgreSQL driver its face.
     *
     * @param delegate the PostgreSQL driver's connection, from now on used only through the face
     * @return the face
     */
    public static ProxyConnection wrap(BaseConnection delegate) {
        throw Unbuilt.error();
    }

    @Override
    public Array createArrayOf(String typeName, Object elements) throws SQLException {
        return ConnectedArrays.adopt(this, delegate.createArrayOf(typeName, elements), typeName);
    }

    @Override
    public Array createArrayOf(String typeName, Object[] elements) throws SQLException {
        return ConnectedArrays.adopt(this, delegate.createArrayOf(typeName, elements), typeName);
    }

    @Override
    public boolean isWrapperFor(Class<?> type) throws SQLException {
        return type.isInstance(this) || delegate.isWrapperFor(type);
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        return type.isInstance(this) ? type.cast(this) : delegate.unwrap(type);
    }

    /** Says which backend it is, and nothing of the URL, which may hold a password. */
    @Override
    public String toString() {
        return "pgbg " + delegate.getClass().getName() + " with backend " + delegate.getBackendPID();
    }

    /** What createStatement gives is never a prepared statement; to look would cost more than all the rest here. */
    Statement adopt(Statement raw) {
        return raw == null ? null : ProxyStatement.wrap(this, (BaseStatement) raw);
    }

    PreparedStatement adopt(PreparedStatement raw) {
        return raw == null ? null : ProxyPreparedStatement.wrap(this, raw);
    }

    CallableStatement adopt(CallableStatement raw) {
        return raw == null ? null : ProxyCallableStatement.wrap(this, raw);
    }

    /** The face of a result set whose statement the PostgreSQL driver made by itself; null for null. */
    ResultSet adopt(ResultSet raw) throws SQLException {
        return raw == null ? null : ProxyResultSet.wrap(this, faceOf(raw.getStatement()), raw);
    }

    /** The face of a statement of whatever kind; null for null. */
    Statement faceOf(Statement raw) {
        if (raw instanceof CallableStatement call) {
            return adopt(call);
        }
        return raw instanceof PreparedStatement prepared ? adopt(prepared) : adopt(raw);
    }

    /** The same face as long as the delegate gives the same object. */
    DatabaseMetaData adopt(DatabaseMetaData raw) {
        return metaData.updateAndGet(known ->
                known != null && known.delegate == raw ? known : ProxyDatabaseMetaData.wrap(this, raw));
    }
}
