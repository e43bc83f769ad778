package io.pgbg.proxy;

import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * The metadata an application reads, the PostgreSQL driver's own answers: frameworks choose their dialect by the
 * driver's name and the URL. Only where it leads back to the connection does it differ, and where it shows functions:
 * those that the driver answers are among them.
 *
 * <p>One for each connection, as safe for use by several threads as the object behind it.
 */
@Delegating
abstract class ProxyDatabaseMetaData implements Face, DatabaseMetaData {

    final DatabaseMetaData delegate;

    private final ProxyConnection connection;

    ProxyDatabaseMetaData(ProxyConnection connection, DatabaseMetaData delegate) {
        this.connection = connection;
        this.delegate = delegate;
    }

    static ProxyDatabaseMetaData wrap(ProxyConnection connection, DatabaseMetaData delegate) {
        throw Unbuilt.error();
    }

    @Override
    public final SQLException told(SQLException error) {
        return connection.told(error);
    }

    // ---- the functions, those that the driver answers among them

    @Override
    public ResultSet getFunctions(String catalog, String schemaPattern, String functionNamePattern)
            throws SQLException {
        return adopt(shown().functions(catalog, schemaPattern, functionNamePattern,
                delegate.getFunctions(catalog, schemaPattern, functionNamePattern)));
    }

    @Override
    public ResultSet getFunctionColumns(String catalog, String schemaPattern, String functionNamePattern,
            String columnNamePattern) throws SQLException {
        return adopt(shown().functionColumns(catalog, schemaPattern, functionNamePattern, columnNamePattern,
                delegate.getFunctionColumns(catalog, schemaPattern, functionNamePattern, columnNamePattern)));
    }

    @Override
    public ResultSet getProcedures(String catalog, String schemaPattern, String procedureNamePattern)
            throws SQLException {
        return adopt(shown().procedures(catalog, schemaPattern, procedureNamePattern,
                delegate.getProcedures(catalog, schemaPattern, procedureNamePattern)));
    }

    @Override
    public ResultSet getProcedureColumns(String catalog, String schemaPattern, String procedureNamePattern,
            String columnNamePattern) throws SQLException {
        return adopt(shown().procedureColumns(catalog, schemaPattern, procedureNamePattern, columnNamePattern,
                delegate.getProcedureColumns(catalog, schemaPattern, procedureNamePattern, columnNamePattern)));
    }

    private ShownFunctions shown() {
        return new ShownFunctions(connection.session());
    }

    @Override
    public Connection getConnection() {
        return connection;
    }

    @Override
    public boolean isWrapperFor(Class<?> type) throws SQLException {
        return type.isInstance(this) || delegate.isWrapperFor(type);
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        return type.isInstance(this) ? type.cast(this) : delegate.unwrap(type);
    }

    ResultSet adopt(ResultSet raw) throws SQLException {
        return connection.adopt(raw);
    }
}
