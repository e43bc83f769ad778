/**
 * A JDBC driver that gives every PostgreSQL server the pg_background functions, with nothing installed on it.
 *
 * <p>What applications use is {@link io.pgbg}.
 */
@SuppressWarnings({"module", "requires-automatic", "requires-transitive-automatic"})
module io.pgbg.jdbc {

    requires transitive java.sql;
    requires transitive java.naming;
    requires java.management;
    requires jdk.jfr;
    // pgjdbc is an automatic module: it gets its name from its manifest
    requires transitive org.postgresql.jdbc;
    requires org.slf4j;
    // only while the driver is built
    requires static net.bytebuddy;

    exports io.pgbg;
    // JMX calls the bean's methods
    exports io.pgbg.monitor to java.management;
    // pgjdbc makes the sockets by the name of their factory
    exports io.pgbg.wire to org.postgresql.jdbc;

    provides java.sql.Driver with io.pgbg.Driver;
}
