package io.pgbg.wire;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.sql.CallableStatement;
import org.postgresql.core.BaseStatement;

/** Makes objects that can be used as any statement of pgjdbc's can. Stateless. */
public final class StatementProxy {

    private StatementProxy() {
    }

    /** A statement whose methods a handler carries out. */
    public static CallableStatement over(InvocationHandler handler) {
        return (CallableStatement) Proxy.newProxyInstance(StatementProxy.class.getClassLoader(),
                new Class<?>[] {CallableStatement.class, BaseStatement.class}, handler);
    }
}
