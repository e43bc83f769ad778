package io.pgbg.proxy;

import java.sql.SQLException;

/**
 * What an application holds in place of an object of pgjdbc's. Each error that leaves one of its methods passes through
 * {@link #told} first: the build sees to that for all methods of the {@link Delegating} classes, so that no way through
 * the driver can forget it.
 */
public interface Face {

    /**
     * The error as the caller is to see it. An error that calls another method of a face has caused is told more than
     * once, and the same each time.
     *
     * @param error of pgjdbc's, the server's or the driver's own
     */
    SQLException told(SQLException error);
}
