package io.pgbg;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Properties;
import javax.naming.NamingException;
import javax.naming.RefAddr;
import javax.naming.Reference;
import javax.naming.StringRefAddr;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A data source without a pool, for connection pools and containers that create their data source by class name. Has
 * the bean properties of {@link PGSimpleDataSource} and the driver's own, whose values are checked when a connection is
 * opened.
 *
 * <p>Thread-safe once it is configured, which one thread should do.
 */
public class PgbgDataSource extends PGSimpleDataSource {

    private static final long serialVersionUID = 1L;

    /** The driver's own properties that have been set. */
    private final Properties own = new Properties();

    /** Makes a data source for the PostgreSQL server on this machine. */
    public PgbgDataSource() {
        // Declared for its comment alone.
    }

    @Override
    public String getDescription() {
        return "Non-pooling data source of pgbg-jdbc";
    }

    @Override
    public Connection getConnection(String user, String password) throws SQLException {
        Properties info = new Properties();
        if (user != null) {
            info.setProperty("user", user);
        }
        if (password != null) {
            info.setProperty("password", password);
        }
        info.putAll(own);
        return Driver.open(PgbgUrl.parse(super.getUrl(), info));
    }

    /** A URL with the same meaning as the properties that are set, the driver's own included. */
    @Override
    public String getUrl() {
        StringBuilder url = new StringBuilder(PgbgUrl.PREFIX).append(withoutPostgresPrefix(super.getUrl()));
        char separator = url.indexOf("?") < 0 ? '?' : '&';
        for (PgbgProperty property : PgbgProperty.values()) {
            if (own.containsKey(property.getName())) {
                url.append(separator).append(property.getName()).append('=')
                        .append(PgbgUrl.encode(own.getProperty(property.getName())));
                separator = '&';
            }
        }
        return url.toString();
    }

    /**
     * Sets the properties that a URL contains.
     *
     * @param url a {@code jdbc:pgbg:} URL, or one of the PostgreSQL driver
     * @throws IllegalArgumentException when the URL is neither, cannot be read, or has a parameter of the driver's own
     *     that is unknown or not allowed
     */
    @Override
    public void setUrl(String url) {
        if (!PgbgUrl.acceptsEither(url)) {
            throw new IllegalArgumentException("The URL must begin with " + PgbgUrl.PREFIX + " or "
                    + PgbgUrl.POSTGRES_PREFIX + ": "
                    + PgbgUrl.withoutSecrets(url));
        }
        PgbgUrl parsed;
        try {
            parsed = PgbgUrl.parse(url, null).checked();
        } catch (SQLException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
        try {
            super.setUrl(parsed.postgresUrl());
        } catch (IllegalArgumentException e) {
            // the PostgreSQL driver's message shows the URL, and with it any password
            throw new IllegalArgumentException("The PostgreSQL driver does not understand the URL " + parsed);
        }
        own.putAll(parsed.ownProperties());
    }

    @Override
    public String getProperty(String name) throws SQLException {
        if (PgbgProperty.claims(name)) {
            return property(name).getOrDefault(own);
        }
        return super.getProperty(name);
    }

    @Override
    public void setProperty(String name, String value) throws SQLException {
        if (PgbgProperty.claims(name)) {
            property(name).set(own, value);
        } else {
            super.setProperty(name, value);
        }
    }

    @Override
    protected Reference createReference() {
        return new Reference(getClass().getName(), PgbgObjectFactory.class.getName(), null);
    }

    @Override
    public Reference getReference() throws NamingException {
        Reference reference = super.getReference();
        for (String name : own.stringPropertyNames()) {
            reference.add(new StringRefAddr(name, own.getProperty(name)));
        }
        return reference;
    }

    @Override
    public void setFromReference(Reference reference) {
        super.setFromReference(reference);
        for (PgbgProperty property : PgbgProperty.values()) {
            RefAddr address = reference.get(property.getName());
            property.set(own, address == null ? null : (String) address.getContent());
        }
    }

    /**
     * The value of {@link PgbgProperty#API}.
     *
     * @return the version of the functions
     */
    public int getPgbgApi() {
        return number(PgbgProperty.API);
    }

    /**
     * Sets {@link PgbgProperty#API}.
     *
     * @param version the version of the functions
     */
    public void setPgbgApi(int version) {
        set(PgbgProperty.API, version);
    }

    /**
     * The value of {@link PgbgProperty#ON_CLOSE}.
     *
     * @return what happens to a connection's jobs when it is closed
     */
    public String getPgbgOnClose() {
        return PgbgProperty.ON_CLOSE.getOrDefault(own);
    }

    /**
     * Sets {@link PgbgProperty#ON_CLOSE}.
     *
     * @param action what happens to a connection's jobs when it is closed
     */
    public void setPgbgOnClose(String action) {
        PgbgProperty.ON_CLOSE.set(own, action);
    }

    /**
     * The value of {@link PgbgProperty#ON_RETURN}.
     *
     * @return what happens to a connection's jobs when it is given back to its pool
     */
    public String getPgbgOnReturn() {
        return PgbgProperty.ON_RETURN.getOrDefault(own);
    }

    /**
     * Sets {@link PgbgProperty#ON_RETURN}.
     *
     * @param action what happens to a connection's jobs when it is given back to its pool
     */
    public void setPgbgOnReturn(String action) {
        PgbgProperty.ON_RETURN.set(own, action);
    }

    /**
     * The value of {@link PgbgProperty#IDLE_WORKERS}.
     *
     * @return how many workers without a job are kept
     */
    public int getPgbgIdleWorkers() {
        return number(PgbgProperty.IDLE_WORKERS);
    }

    /**
     * Sets {@link PgbgProperty#IDLE_WORKERS}.
     *
     * @param count how many workers without a job are kept
     */
    public void setPgbgIdleWorkers(int count) {
        set(PgbgProperty.IDLE_WORKERS, count);
    }

    /**
     * The value of {@link PgbgProperty#IDLE_TIMEOUT}.
     *
     * @return how many seconds a worker without a job is kept
     */
    public int getPgbgIdleTimeout() {
        return number(PgbgProperty.IDLE_TIMEOUT);
    }

    /**
     * Sets {@link PgbgProperty#IDLE_TIMEOUT}.
     *
     * @param seconds how many seconds a worker without a job is kept
     */
    public void setPgbgIdleTimeout(int seconds) {
        set(PgbgProperty.IDLE_TIMEOUT, seconds);
    }

    /**
     * The value of {@link PgbgProperty#MAX_WORKERS}.
     *
     * @return how many workers there may be at the same time
     */
    public int getPgbgMaxWorkers() {
        return number(PgbgProperty.MAX_WORKERS);
    }

    /**
     * Sets {@link PgbgProperty#MAX_WORKERS}.
     *
     * @param count how many workers there may be at the same time
     */
    public void setPgbgMaxWorkers(int count) {
        set(PgbgProperty.MAX_WORKERS, count);
    }

    /**
     * The value of {@link PgbgProperty#MAX_ANSWERERS}.
     *
     * @return how many connections answer functions inside other SQL
     */
    public int getPgbgMaxAnswerers() {
        return number(PgbgProperty.MAX_ANSWERERS);
    }

    /**
     * Sets {@link PgbgProperty#MAX_ANSWERERS}.
     *
     * @param count how many connections answer functions inside other SQL
     */
    public void setPgbgMaxAnswerers(int count) {
        set(PgbgProperty.MAX_ANSWERERS, count);
    }

    /**
     * The value of {@link PgbgProperty#INHERIT_SETTINGS}.
     *
     * @return which settings a job inherits
     */
    public String getPgbgInheritSettings() {
        return PgbgProperty.INHERIT_SETTINGS.getOrDefault(own);
    }

    /**
     * Sets {@link PgbgProperty#INHERIT_SETTINGS}.
     *
     * @param settings which settings a job inherits
     */
    public void setPgbgInheritSettings(String settings) {
        PgbgProperty.INHERIT_SETTINGS.set(own, settings);
    }

    /**
     * The value of {@link PgbgProperty#ON_EXHAUSTION}.
     *
     * @return what a launch does when there is no room for another worker
     */
    public String getPgbgOnExhaustion() {
        return PgbgProperty.ON_EXHAUSTION.getOrDefault(own);
    }

    /**
     * Sets {@link PgbgProperty#ON_EXHAUSTION}.
     *
     * @param action what a launch does when there is no room for another worker
     */
    public void setPgbgOnExhaustion(String action) {
        PgbgProperty.ON_EXHAUSTION.set(own, action);
    }

    /**
     * The value of {@link PgbgProperty#JOB_NAME}.
     *
     * @return which jobs have an application_name of their own
     */
    public String getPgbgJobName() {
        return PgbgProperty.JOB_NAME.getOrDefault(own);
    }

    /**
     * Sets {@link PgbgProperty#JOB_NAME}.
     *
     * @param jobs which jobs have an application_name of their own
     */
    public void setPgbgJobName(String jobs) {
        PgbgProperty.JOB_NAME.set(own, jobs);
    }

    /**
     * The value of {@link PgbgProperty#JOB_SERVER}.
     *
     * @return on which server of the URL jobs run
     */
    public String getPgbgJobServer() {
        return PgbgProperty.JOB_SERVER.getOrDefault(own);
    }

    /**
     * Sets {@link PgbgProperty#JOB_SERVER}.
     *
     * @param server on which server of the URL jobs run
     */
    public void setPgbgJobServer(String server) {
        PgbgProperty.JOB_SERVER.set(own, server);
    }

    /**
     * The value of {@link PgbgProperty#REPLAY_TIMEOUT}.
     *
     * @return how many seconds a launch waits until a standby has replayed what was committed before
     */
    public int getPgbgReplayTimeout() {
        return number(PgbgProperty.REPLAY_TIMEOUT);
    }

    /**
     * Sets {@link PgbgProperty#REPLAY_TIMEOUT}.
     *
     * @param seconds how many seconds a launch waits until a standby has replayed what was committed before
     */
    public void setPgbgReplayTimeout(int seconds) {
        set(PgbgProperty.REPLAY_TIMEOUT, seconds);
    }

    /**
     * The value of {@link PgbgProperty#SCOPE}.
     *
     * @return where the handle of a job is valid
     */
    public String getPgbgScope() {
        return PgbgProperty.SCOPE.getOrDefault(own);
    }

    /**
     * Sets {@link PgbgProperty#SCOPE}.
     *
     * @param scope where the handle of a job is valid
     */
    public void setPgbgScope(String scope) {
        PgbgProperty.SCOPE.set(own, scope);
    }

    /**
     * The value of {@link PgbgProperty#RELAY}.
     *
     * @return which calls inside other SQL are answered
     */
    public String getPgbgRelay() {
        return PgbgProperty.RELAY.getOrDefault(own);
    }

    /**
     * Sets {@link PgbgProperty#RELAY}.
     *
     * @param relay which calls inside other SQL are answered
     */
    public void setPgbgRelay(String relay) {
        PgbgProperty.RELAY.set(own, relay);
    }

    private int number(PgbgProperty property) {
        return Integer.parseInt(property.getOrDefault(own));
    }

    private void set(PgbgProperty property, int value) {
        property.set(own, Integer.toString(value));
    }

    private static PgbgProperty property(String name) throws SQLException {
        return PgbgProperty.forName(name).orElseThrow(() -> PgbgProperty.unknown(name));
    }

    private static String withoutPostgresPrefix(String url) {
        return url.substring(PgbgUrl.POSTGRES_PREFIX.length());
    }
}
