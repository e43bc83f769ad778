package io.pgbg.proxy;

import java.sql.PreparedStatement;
import org.postgresql.core.BaseStatement;

/** The prepared statement an application holds; see {@link ProxyStatement} for who owns it and its use by threads. */
@Delegating
abstract class ProxyPreparedStatement extends ProxyStatement implements PreparedStatement {

    final PreparedStatement delegate;

    ProxyPreparedStatement(ProxyConnection connection, PreparedStatement delegate) {
        super(connection, (BaseStatement) delegate);
        this.delegate = delegate;
    }

    static ProxyPreparedStatement wrap(ProxyConnection connection, PreparedStatement delegate) {
        throw Unbuilt.error();
    }
}
