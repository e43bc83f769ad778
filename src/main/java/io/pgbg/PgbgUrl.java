package io.pgbg;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Pattern;

/**
 * A URL and the Properties given with it, divided into the driver's own properties and those for the PostgreSQL driver.
 * A property in the URL takes precedence over the same one in the Properties, as in that driver.
 *
 * <p>A URL of this driver begins with {@value #PREFIX}; behind it stands what stands behind the prefix of the PostgreSQL
 * driver, or the name of that driver's prefix first, as drivers that wrap another one often want it. Who says so
 * takes the URLs of the PostgreSQL driver as well.
 *
 * <p>Only the prefix and the driver's own parameters are removed from the URL; everything else stays byte for byte. The
 * caller's Properties are read once, and neither changed nor kept.
 *
 * <p>Immutable, as long as callers do not change the Properties that it returns. The text form shows no parameters,
 * because a password may be among them.
 */
final class PgbgUrl {

    /** Hosts with their ports. Anything else before an at sign may be a password. */
    private static final Pattern HOSTS = Pattern.compile("(//)?+(\\[[^]]*]|[^:/@\\[,]*)(:\\d+)?"
            + "(,(\\[[^]]*]|[^:/@\\[,]*)(:\\d+)?)*(/.*)?");

    static final String PREFIX = "jdbc:pgbg:";
    static final String POSTGRES_PREFIX = "jdbc:postgresql:";

    /** What may stand behind this driver's prefix and means nothing. */
    private static final String WRAPPED = "postgresql:";

    private final String prefix;
    private final String postgresUrl;
    private final Properties postgresProperties;
    private final Properties ownProperties;

    private PgbgUrl(String prefix, String postgresUrl, Properties postgresProperties, Properties ownProperties) {
        this.prefix = prefix;
        this.postgresUrl = postgresUrl;
        this.postgresProperties = postgresProperties;
        this.ownProperties = ownProperties;
    }

    /** Tells by the prefix alone whether a URL is for this driver. */
    static boolean accepts(String url) {
        return url.startsWith(PREFIX);
    }

    /** Tells by the prefix alone whether a URL is for this driver or for the PostgreSQL driver. */
    static boolean acceptsEither(String url) {
        return accepts(url) || url.startsWith(POSTGRES_PREFIX);
    }

    /** The prefix of a URL, of whichever of the two drivers. */
    private static String prefixOf(String url) {
        if (url.startsWith(PREFIX + WRAPPED)) {
            return PREFIX + WRAPPED;
        }
        return accepts(url) ? PREFIX : POSTGRES_PREFIX;
    }

    /**
     * Divides a URL and its Properties.
     *
     * @param url a URL with this driver's prefix, or the PostgreSQL driver's
     * @param info the Properties given with it; may be null
     * @throws SQLException 22023 for a value in the URL that cannot be decoded, and for user information before the
     *     host
     */
    static PgbgUrl parse(String url, Properties info) throws SQLException {
        if (!acceptsEither(url)) {
            throw new IllegalArgumentException("Not a URL for this driver: " + withoutSecrets(url));
        }
        String prefix = prefixOf(url);
        String rest = url.substring(prefix.length());
        refuseUserInformation(rest);
        Properties postgresProperties = new Properties();
        Properties ownProperties = new Properties();
        if (info != null) {
            postgresProperties = divide(info, ownProperties);
        }
        String postgresUrl = POSTGRES_PREFIX + divide(rest, ownProperties);
        return new PgbgUrl(prefix, postgresUrl, postgresProperties, ownProperties);
    }

    /** The PostgreSQL driver would take a password before the host for a part of the host's name, and show it. */
    private static void refuseUserInformation(String rest) throws SQLException {
        String[] parts = rest.split("[?]", 2);
        // after a question mark in a password the rest of it and the host look like the name of a parameter
        boolean cut = parts.length > 1 && Arrays.stream(parts[1].split("&"))
                .anyMatch(parameter -> parameter.split("=", 2)[0].indexOf('@') >= 0);
        if (cut || parts[0].indexOf('@') >= 0 && !HOSTS.matcher(parts[0]).matches()) {
            throw SQLState.INVALID_PARAMETER_VALUE.exception("The URL has user information before the host, which this"
                    + " driver does not take: give the properties user and password.");
        }
    }

    /**
     * Checks the driver's own properties.
     *
     * @throws SQLException 22023 for an unknown name or a value that is not allowed
     */
    PgbgUrl checked() throws SQLException {
        for (String name : ownProperties.stringPropertyNames()) {
            PgbgProperty.check(name, ownProperties.getProperty(name));
        }
        return this;
    }

    /** The URL for the PostgreSQL driver. */
    String postgresUrl() {
        return postgresUrl;
    }

    /**
     * The Properties for the PostgreSQL driver: a copy of the caller's and their defaults, without the driver's own.
     */
    Properties postgresProperties() {
        return postgresProperties;
    }

    /** Those of the driver's own properties that were given, from the URL and the Properties. */
    Properties ownProperties() {
        return ownProperties;
    }

    /** The value of a property, or its default. */
    String value(PgbgProperty property) {
        return property.getOrDefault(ownProperties);
    }

    /** Whether a value was given for a property, even if it equals the default. */
    boolean gives(PgbgProperty property) {
        return ownProperties.getProperty(property.getName()) != null;
    }

    /** The value of a property that is a number; only after {@link #checked}. */
    int number(PgbgProperty property) {
        return Integer.parseInt(value(property));
    }

    @Override
    public String toString() {
        String rest = withoutSecrets(postgresUrl).substring(POSTGRES_PREFIX.length());
        // text in the place of the port may be a part of a password
        return prefix + (postgresUrl.indexOf('@') < 0 || HOSTS.matcher(rest).matches() ? rest : "..");
    }

    /** A URL without its parameters and without user information, where other URLs have user and password. */
    static String withoutSecrets(String url) {
        int query = url.indexOf('?');
        String server = query < 0 ? url : url.substring(0, query);
        int at = server.lastIndexOf('@');
        int slashes = server.indexOf("//");
        return at > slashes && slashes >= 0 ? server.substring(0, slashes + 2) + server.substring(at + 1) : server;
    }

    static String encode(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8);
    }

    /** Returns a URL's text after the prefix without the driver's own parameters, which it adds to {@code own}. */
    private static String divide(String rest, Properties own) throws SQLException {
        int query = rest.indexOf('?');
        if (query < 0) {
            return rest;
        }
        List<String> kept = new ArrayList<>();
        boolean taken = false;
        for (String parameter : rest.substring(query + 1).split("&", -1)) {
            if (PgbgProperty.claims(parameter)) {
                int equals = parameter.indexOf('=');
                String name = equals < 0 ? parameter : parameter.substring(0, equals);
                own.setProperty(name, equals < 0 ? "" : decode(name, parameter.substring(equals + 1)));
                taken = true;
            } else {
                kept.add(parameter);
            }
        }
        if (!taken) {
            return rest;
        }
        String server = rest.substring(0, query);
        return kept.isEmpty() ? server : server + "?" + String.join("&", kept);
    }

    private static String decode(String name, String value) throws SQLException {
        try {
            return URLDecoder.decode(value, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            // no cause: its message shows some of the characters
            throw SQLState.INVALID_PARAMETER_VALUE.exception("The value " + PgbgProperty.shown(value) + "of property "
                    + PgbgProperty.shownName(name) + " is not encoded as a URL demands.");
        }
    }

    /**
     * Returns a copy of Properties without the driver's own, which it adds to {@code own}. Defaults stay defaults in
     * the copy, because in the PostgreSQL driver a service file takes precedence over them.
     */
    private static Properties divide(Properties info, Properties own) {
        Properties defaults = new Properties();
        Properties copy = new Properties(defaults);
        for (String name : info.stringPropertyNames()) {
            if (!info.containsKey(name)) {
                (PgbgProperty.claims(name) ? own : defaults).setProperty(name, info.getProperty(name));
            }
        }
        for (Map.Entry<Object, Object> entry : info.entrySet()) {
            if (entry.getKey() instanceof String name && PgbgProperty.claims(name)) {
                own.setProperty(name, entry.getValue().toString());
            } else {
                copy.put(entry.getKey(), entry.getValue());
            }
        }
        return copy;
    }
}
