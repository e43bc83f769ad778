package io.pgbg.benchmark;

import java.sql.Connection;
import java.sql.SQLException;
import net.ttddyy.dsproxy.support.ProxyDataSourceBuilder;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.postgresql.ds.PGSimpleDataSource;

/** The connections that are compared, each opened only for the benchmarks that ask for it, before they are timed. */
public final class Clients {

    private Clients() {
    }

    /** A connection that lives as long as the trial. */
    @State(Scope.Benchmark)
    public abstract static class Client {

        Connection connection;

        @Setup(Level.Trial)
        public final void open() throws SQLException {
            connection = connect();
        }

        @TearDown(Level.Trial)
        public final void close() throws SQLException {
            connection.close();
        }

        abstract Connection connect() throws SQLException;
    }

    /** The PostgreSQL driver alone. */
    @State(Scope.Benchmark)
    public static class Raw extends Client {

        @Override
        Connection connect() throws SQLException {
            return Server.connect("");
        }
    }

    /** The driver that is measured, as it is without any property. */
    @State(Scope.Benchmark)
    public static class Ours extends Client {

        @Override
        Connection connect() throws SQLException {
            return Server.connectOurs();
        }
    }

    /** The driver that is measured; its jobs take over no settings. */
    @State(Scope.Benchmark)
    public static class OursWithoutSettings extends Client {

        @Override
        Connection connect() throws SQLException {
            return Server.connectOurs("pgbgInheritSettings=none");
        }
    }

    /** P6Spy without a module that logs. */
    @State(Scope.Benchmark)
    public static class P6Spy extends Client {

        @Override
        Connection connect() throws SQLException {
            return Server.connect("p6spy:");
        }
    }

    /** Datasource-proxy without a listener. */
    @State(Scope.Benchmark)
    public static class DatasourceProxy extends Client {

        @Override
        Connection connect() throws SQLException {
            return builder().build().getConnection();
        }

        final ProxyDataSourceBuilder builder() {
            PGSimpleDataSource dataSource = new PGSimpleDataSource();
            dataSource.setUrl(Server.url());
            return ProxyDataSourceBuilder.create(dataSource);
        }
    }

    /** Datasource-proxy without a listener, with its proxies of result sets, which it does not make unless asked. */
    @State(Scope.Benchmark)
    public static class DatasourceProxyOfResultSets extends DatasourceProxy {

        @Override
        Connection connect() throws SQLException {
            return builder().proxyResultSet().build().getConnection();
        }
    }
}
