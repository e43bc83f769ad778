package io.pgbg.wire;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Field;
import java.sql.SQLException;
import java.util.Optional;
import java.util.concurrent.locks.Lock;
import org.postgresql.core.QueryExecutor;
import org.postgresql.core.QueryExecutorBase;

/**
 * The lock that pgjdbc holds while it executes something over a connection, for several executions that belong
 * together: whatever another thread sends over the connection meanwhile, in whatever way, waits in pgjdbc. Cancelling,
 * closing and aborting do not take it.
 *
 * <p>Since 42.6 that is a {@code java.util.concurrent} lock in a protected field; before, pgjdbc synchronised on its
 * executor. Thread-safe.
 */
final class ExecutorLock {

    /** Gives an executor's lock; null in releases that have none. */
    private static final MethodHandle LOCK = find();

    private final QueryExecutor executor;
    private final Lock lock;

    ExecutorLock(QueryExecutor executor) {
        this.executor = executor;
        this.lock = LOCK != null && executor instanceof QueryExecutorBase base ? lockOf(base) : null;
    }

    private static MethodHandle find() {
        try {
            Field field = QueryExecutorBase.class.getDeclaredField("lock");
            field.setAccessible(true);
            return MethodHandles.lookup().unreflectGetter(field)
                    .asType(MethodType.methodType(Lock.class, QueryExecutorBase.class));
        } catch (NoSuchFieldException e) {
            return null;
        } catch (IllegalAccessException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private static Lock lockOf(QueryExecutorBase executor) {
        try {
            return (Lock) LOCK.invokeExact(executor);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("a field cannot be read", e);
        }
    }

    /** Does something that no other thread's use of the connection comes between. May be called within itself. */
    <T> T alone(SqlSupplier<T> work) throws SQLException {
        if (lock == null) {
            synchronized (executor) {
                return work.get();
            }
        }
        lock.lock();
        try {
            return work.get();
        } finally {
            lock.unlock();
        }
    }

    /** The same, unless it would have to wait for another thread: then nothing is done, and the answer is empty. */
    <T> Optional<T> aloneIfFree(SqlSupplier<T> work) throws SQLException {
        if (lock == null) {
            // a monitor cannot be tried: with these releases it waits
            return Optional.of(alone(work));
        }
        if (!lock.tryLock()) {
            return Optional.empty();
        }
        try {
            return Optional.of(work.get());
        } finally {
            lock.unlock();
        }
    }
}
