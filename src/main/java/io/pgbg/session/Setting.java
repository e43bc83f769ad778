package io.pgbg.session;

import io.pgbg.SQLState;
import io.pgbg.wire.ServerError;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The settings of the functions. The server keeps them, as custom settings, with all that SET, SET LOCAL, RESET and a
 * rollback do to a setting; the driver adds what the server cannot know: which there are, their defaults, units and
 * limits.
 */
public enum Setting {
    MAX_WORKERS("max_workers", Unit.NONE, 16, 1, 1000),
    DEFAULT_QUEUE_SIZE("default_queue_size", Unit.BYTES, 65_536, QueueSize.MINIMUM, QueueSize.MAXIMUM),
    WORKER_TIMEOUT("worker_timeout", Unit.MILLISECONDS, 0, 0, Integer.MAX_VALUE);

    private static final String PREFIX = "pg_background.";

    private final String sqlName;
    private final Unit unit;
    private final int initial;
    private final int minimum;
    private final int maximum;

    Setting(String name, Unit unit, int initial, int minimum, int maximum) {
        this.sqlName = PREFIX + name;
        this.unit = unit;
        this.initial = initial;
        this.minimum = minimum;
        this.maximum = maximum;
    }

    /** The name, prefix included. */
    public String sqlName() {
        return sqlName;
    }

    /** The value without any SET, as SHOW shows it. */
    String initialText() {
        return unit.format(initial);
    }

    /** SQL whose value is the setting's in the session that evaluates it, never NULL or empty. */
    public String valueSql() {
        // in this order a column is called as it is with the function alone
        return "CASE WHEN COALESCE(" + currentSql() + ", '') OPERATOR(pg_catalog.=) '' THEN '" + initialText()
                + "' ELSE " + currentSql() + " END";
    }

    /** The {@link #valueSql()} of the setting of a name, or null when there is none. */
    public static String textOf(String name) {
        return Arrays.stream(values()).filter(setting -> setting.sqlName.equals(name)).map(Setting::valueSql)
                .findFirst().orElse(null);
    }

    /** SQL whose value is the setting's; NULL or empty where it was not set. */
    String currentSql() {
        return "pg_catalog.current_setting('" + sqlName + "', true)";
    }

    /**
     * The setting of a name.
     *
     * @throws SQLException 42602 when there is none
     */
    public static Setting named(String name) throws SQLException {
        return Arrays.stream(values()).filter(setting -> setting.sqlName.equals(name)).findFirst()
                .orElseThrow(() -> ServerError.error(SQLState.INVALID_NAME,
                                "invalid configuration parameter name \"%s\"", name)
                        .detail("\"pg_background\" is a reserved prefix.").toException());
    }

    /**
     * Reads a value as SET takes it.
     *
     * @throws SQLException 22023 when it is none or out of range
     */
    public int parse(String text) throws SQLException {
        long value;
        try {
            value = unit.parse(text);
        } catch (NumberFormatException e) {
            ServerError error = ServerError.error(SQLState.INVALID_PARAMETER_VALUE,
                    "invalid value for parameter \"%s\": \"%s\"", sqlName, text).cause(e);
            if (unit != Unit.NONE) {
                error.hint("Valid units for this parameter are " + unit.names() + ".");
            }
            throw error.toException();
        }
        if (value != (int) value) {
            throw ServerError.error(SQLState.INVALID_PARAMETER_VALUE,
                    "invalid value for parameter \"%s\": \"%s\"", sqlName, text)
                    .hint("Value exceeds integer range.").toException();
        }
        if (value < minimum || value > maximum) {
            throw ServerError.error(SQLState.INVALID_PARAMETER_VALUE,
                    "%d%s is outside the valid range for parameter \"%s\" (%d%2$s .. %d%2$s)", value, unit.suffix,
                    sqlName, minimum, maximum).toException();
        }
        return (int) value;
    }

    /** Reads a value of {@link #currentSql()}. */
    int parseCurrent(String text) throws SQLException {
        return text == null || text.isEmpty() ? initial : parse(text);
    }

    /** A value as SHOW shows it. */
    public String format(int value) {
        return unit.format(value);
    }

    /** The bounds of a queue size, which a launch has to keep as well. */
    public static final class QueueSize {

        public static final int MINIMUM = 64;
        public static final int MAXIMUM = 268_435_456;

        private QueueSize() {
        }
    }

    /** How values are written. */
    enum Unit {
        NONE(""),
        BYTES(" B", "B", 1L, "kB", 1L << 10, "MB", 1L << 20, "GB", 1L << 30, "TB", 1L << 40),
        MILLISECONDS(" ms", "us", 0L, "ms", 1L, "s", 1000L, "min", 60_000L, "h", 3_600_000L, "d", 86_400_000L);

        private static final Pattern VALUE = Pattern.compile("\\s*(?:([-+]?)0([xX][0-9a-fA-F]+|[0-7]+)"
                + "|([-+]?(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][-+]?\\d{1,4})?))\\s*([A-Za-z]*)\\s*");

        private final String suffix;
        /** Factors by name, the smallest unit first; 0 stands for a thousandth. */
        private final Map<String, Long> factors = new LinkedHashMap<>();

        Unit(String suffix, Object... namesAndFactors) {
            this.suffix = suffix;
            for (int i = 0; i < namesAndFactors.length; i += 2) {
                factors.put((String) namesAndFactors[i], (Long) namesAndFactors[i + 1]);
            }
        }

        /**
         * Reads a number with or without a unit, as the server does.
         *
         * @throws NumberFormatException when it is neither
         */
        public long parse(String text) {
            Matcher matcher = VALUE.matcher(text);
            if (!matcher.matches()) {
                throw new NumberFormatException(text);
            }
            BigDecimal number = matcher.group(3) != null ? new BigDecimal(matcher.group(3))
                    : new BigDecimal(integer(matcher.group(1), matcher.group(2)));
            String name = matcher.group(4);
            if (!name.isEmpty()) {
                Long factor = factors.get(name);
                if (factor == null) {
                    throw new NumberFormatException(text);
                }
                number = factor == 0 ? number.movePointLeft(3) : number.multiply(BigDecimal.valueOf(factor));
            }
            BigDecimal most = BigDecimal.valueOf(Long.MAX_VALUE);
            return number.abs().min(most).setScale(0, RoundingMode.HALF_EVEN).longValue() * number.signum();
        }

        /** A number that begins with 0: hexadecimal behind an x, otherwise octal. */
        private static BigInteger integer(String sign, String digits) {
            boolean hexadecimal = Character.toLowerCase(digits.charAt(0)) == 'x';
            return new BigInteger(sign + (hexadecimal ? digits.substring(1) : digits), hexadecimal ? 16 : 8);
        }

        /** A number in the largest unit that leaves it whole. */
        public String format(long value) {
            String best = "";
            long bestFactor = 1;
            if (value != 0) {
                for (Map.Entry<String, Long> unit : factors.entrySet()) {
                    if (unit.getValue() > 0 && value % unit.getValue() == 0) {
                        best = unit.getKey();
                        bestFactor = unit.getValue();
                    }
                }
            }
            return value / bestFactor + best;
        }

        private String names() {
            StringBuilder names = new StringBuilder();
            int left = factors.size();
            for (String name : factors.keySet()) {
                left--;
                names.append('"').append(name).append('"').append(left > 1 ? ", " : left == 1 ? ", and " : "");
            }
            return names.toString();
        }
    }
}
