package io.pgbg;

import java.sql.DriverPropertyInfo;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The driver's own connection properties. They are given in the URL or in the Properties beside it, where the URL takes
 * precedence, and are removed before the rest goes to the PostgreSQL driver. Every name begins with {@value #PREFIX};
 * other names with this prefix are refused, so that a typing error does not go unnoticed.
 */
public enum PgbgProperty {

    /** The version of the pg_background functions that the connection offers. */
    API("pgbgApi", "1", "The version of the pg_background functions: 1, or 2,"
            + " in which pg_background_launch returns a handle of pid and cookie.", Rule.oneOf("1", "2")),

    /** What happens to running jobs when the connection that launched them is closed. */
    ON_CLOSE("pgbgOnClose", "detach", "What closing the connection does with its running jobs: detach lets them run to"
            + " their end, cancel ends them, wait waits for them.", Rule.oneOf("detach", "cancel", "wait")),

    /** What happens to jobs when a pooled connection is given back. */
    ON_RETURN("pgbgOnReturn", "detach", "What Connection.endRequest, which a pool calls when a connection is given"
            + " back, does with the jobs of the one who had it: detach lets them run to their end, cancel ends them, keep"
            + " leaves them to the next one.", Rule.oneOf("detach", "cancel", "keep")),

    /**
     * How many workers without a job are kept for later jobs; a number that is given explicitly is always the limit.
     */
    IDLE_WORKERS("pgbgIdleWorkers", "4", "How many background connections without a job are kept for the next one,"
            + " per JVM and URL. Unless it is given, as many as were in use at the same time are kept for five seconds,"
            + " and 4 longer.", Rule.from(0)),

    /** How many seconds a worker without a job is kept. */
    IDLE_TIMEOUT("pgbgIdleTimeout", "60", "After how many seconds a background connection without a job is closed.",
            Rule.from(0)),

    /** How many workers there may be at the same time. */
    MAX_WORKERS("pgbgMaxWorkers", "64", "How many background connections there may be at once, per JVM and URL.",
            Rule.between(1, 1000)),

    /** How many connections answer functions inside other SQL. */
    MAX_ANSWERERS("pgbgMaxAnswerers", "8", "How many connections of the driver's own answer pg_background functions"
            + " inside other SQL, per JVM and URL; sessions share them.", Rule.between(1, 1000)),

    /** What a launch does when there is no room for another worker. */
    ON_EXHAUSTION("pgbgOnExhaustion", "error", "What a launch does when there is no room for another background"
            + " connection: error fails, queue waits for room, sync opens one more and waits until the job has ended.",
            Rule.oneOf("error", "queue", "sync")),

    /** Where a job's handle is valid. */
    SCOPE("pgbgScope", "connection", "Where the handle of a job, pid and cookie, is honoured: on the connection that"
            + " launched it, or on every connection of this JVM to the same server, database and login that has this"
            + " property.", Rule.oneOf("connection", "jvm")),

    /** Which jobs the server shows under a name of their own. */
    JOB_NAME("pgbgJobName", "label", "Which jobs have an application_name that names them, the pid of their launcher and"
            + " their label, instead of their launcher's: label means those that have a label, all costs the others a"
            + " round trip, none.", Rule.oneOf("label", "all", "none")),

    /** On which server of the URL jobs run. */
    JOB_SERVER("pgbgJobServer", "launcher", "On which server of the URL jobs run: launcher means that of the connection"
            + " itself, primary the one that writes, secondary a standby, preferSecondary a standby or else the"
            + " primary.",
            Rule.oneOf("launcher", "primary", "secondary", "preferSecondary")),

    /** How many seconds a standby has to replay what was committed before a launch. */
    REPLAY_TIMEOUT("pgbgReplayTimeout", "10", "For how many seconds a launch waits until a standby has replayed what"
            + " was committed before; then the job runs on the primary (preferSecondary), or is not launched"
            + " (secondary).",
            Rule.from(0)),

    /** The settings of the launching session that a job inherits. */
    INHERIT_SETTINGS("pgbgInheritSettings", "all", "The settings of the launching session that a job inherits: all,"
            + " none, or their names separated by commas; all,app.tenant adds a custom setting to all.",
            Rule.settings()),

    /** Which calls of the functions inside other SQL are answered. */
    RELAY("pgbgRelay", "auto", "Which calls of the pg_background functions inside other SQL are answered: auto means"
            + " all, session those in a statement's own text, off none.", Rule.oneOf("auto", "session", "off"));

    /** The beginning of the names of the driver's own properties. */
    static final String PREFIX = "pgbg";

    /** Text without the characters that separate parameters, which can therefore not hold several of them. */
    private static final Pattern HARMLESS = Pattern.compile("[^=:@?]{0,100}");

    private static final Map<String, PgbgProperty> BY_NAME = new HashMap<>();

    static {
        for (PgbgProperty property : values()) {
            if (BY_NAME.put(property.propertyName, property) != null) {
                throw new IllegalStateException("There are two properties named " + property.propertyName);
            }
        }
    }

    private final String propertyName;
    private final String defaultValue;
    private final String description;
    private final Rule rule;

    PgbgProperty(String propertyName, String defaultValue, String description, Rule rule) {
        this.propertyName = propertyName;
        this.defaultValue = defaultValue;
        this.description = description;
        this.rule = rule;
    }

    /**
     * The name as it is written in a URL.
     *
     * @return the name, in which upper and lower case matter
     */
    public String getName() {
        return propertyName;
    }

    /**
     * The value that is used when none is given.
     *
     * @return the default, never null
     */
    public String getDefaultValue() {
        return defaultValue;
    }

    /**
     * What the property does.
     *
     * @return a sentence in English
     */
    public String getDescription() {
        return description;
    }

    /**
     * The values to choose from.
     *
     * @return all allowed values; empty when there are too many to list
     */
    public List<String> getChoices() {
        return rule.choices;
    }

    /**
     * Sets the property.
     *
     * @param properties where to set it
     * @param value its value; null removes the property
     */
    public void set(Properties properties, String value) {
        if (value == null) {
            properties.remove(propertyName);
        } else {
            properties.setProperty(propertyName, value);
        }
    }

    /**
     * Reads the property.
     *
     * @param properties where to look for it
     * @return its value, or its default when it is not set
     */
    public String getOrDefault(Properties properties) {
        return properties.getProperty(propertyName, defaultValue);
    }

    /**
     * Finds a property by its name.
     *
     * @param name the exact name
     * @return the property; empty when there is none with this name
     */
    public static Optional<PgbgProperty> forName(String name) {
        return Optional.ofNullable(BY_NAME.get(name));
    }

    /**
     * Whether a name is reserved for the driver's own properties, in upper or lower case, so that no slip gets through.
     */
    static boolean claims(String name) {
        return name.regionMatches(true, 0, PREFIX, 0, PREFIX.length());
    }

    /** Refuses a name that no property has, and a value that its property does not allow. */
    static void check(String name, String value) throws SQLException {
        PgbgProperty property = BY_NAME.get(name);
        if (property == null) {
            throw unknown(name);
        }
        if (!property.rule.allows(value)) {
            throw SQLState.INVALID_PARAMETER_VALUE.exception("The value " + shown(value) + "of property " + name
                    + " is not allowed: it must be " + property.rule.text + ".");
        }
    }

    /**
     * A value as a message may show it, with a space after it. Empty when the value may hold several parameters, and a
     * password among them, which the caller has separated as for another database.
     */
    static String shown(String value) {
        return HARMLESS.matcher(value).matches() ? '"' + value + "\" " : "";
    }

    /** A name as a message may show it. */
    static String shownName(String name) {
        return HARMLESS.matcher(name).matches() ? name : name.split("[^\\w]", 2)[0];
    }

    static SQLException unknown(String name) {
        return SQLState.INVALID_PARAMETER_VALUE.exception("There is no property \"" + shownName(name)
                + "\"; the driver's own properties are "
                + Arrays.stream(values()).map(PgbgProperty::getName).collect(Collectors.joining(", ")) + ".");
    }

    /** The property as tools show it, with its value among the given properties. */
    DriverPropertyInfo toDriverPropertyInfo(Properties properties) {
        DriverPropertyInfo info = new DriverPropertyInfo(propertyName, getOrDefault(properties));
        info.required = false;
        info.description = description;
        info.choices = rule.choices.isEmpty() ? null : rule.choices.toArray(String[]::new);
        return info;
    }

    /** Which values are allowed: a pattern, the bounds of a number, and a description for messages. */
    private record Rule(Pattern pattern, long least, long most, String text, List<String> choices) {

        private static final Pattern WHOLE_NUMBER = Pattern.compile("[0-9]{1,9}");
        private static final String SETTING = "[A-Za-z_][A-Za-z0-9_$]*(\\.[A-Za-z_][A-Za-z0-9_$]*)*";

        static Rule oneOf(String... choices) {
            return new Rule(Pattern.compile(String.join("|", choices)), 0, 0, String.join(" or ", choices),
                    List.of(choices));
        }

        static Rule from(int least) {
            return new Rule(WHOLE_NUMBER, least, Integer.MAX_VALUE, "a whole number, at least " + least, List.of());
        }

        static Rule between(int least, int most) {
            return new Rule(WHOLE_NUMBER, least, most, "a whole number from " + least + " to " + most, List.of());
        }

        /** The word none must be alone; the word all may be one of the names. */
        static Rule settings() {
            String name = "\\s*(?!none\\s*(,|$))" + SETTING + "\\s*";
            return new Rule(Pattern.compile("\\s*none\\s*|" + name + "(," + name + ")*"), 0, 0,
                    "all, none, or names of settings separated by commas, of which one may be all", List.of());
        }

        boolean allows(String value) {
            if (!pattern.matcher(value).matches()) {
                return false;
            }
            return pattern != WHOLE_NUMBER || (Long.parseLong(value) >= least && Long.parseLong(value) <= most);
        }
    }
}
