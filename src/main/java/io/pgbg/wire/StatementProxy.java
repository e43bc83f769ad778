package io.pgbg.wire;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.sql.CallableStatement;
import org.postgresql.core.BaseStatement;

/** Makes statements that applications can cast to the types of pgjdbc's statements. Stateless. */
public final class StatementProxy {

    private StatementProxy() {
    }

    /** A statement whose methods are carried out by a handler. */
    public static CallableStatement over(InvocationHandler handler) {
        return (CallableStatement) Proxy.newProxyInstance(StatementProxy.class.getClassLoader(),
                new Class<?>[] {CallableStatement.class, BaseStatement.class}, handler);
    }
}
