package io.pgbg.worker;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The settings by which a session writes values as texts, and reads them.
 *
 * <p>Immutable.
 *
 * @param values by the settings' names, in the order of {@link #NAMES}
 */
public record TextSettings(Map<String, String> values) {

    /** Decides about the names of objects in a text. */
    public static final String SEARCH_PATH = "search_path";
    /** Decides what the signs in an interval mean. */
    public static final String INTERVAL_STYLE = "IntervalStyle";
    /** Decides about the sign and the digits of money. */
    public static final String MONEY = "lc_monetary";

    private static final String DIGITS = "extra_float_digits";

    /** All of them but DateStyle, which pgjdbc keeps at ISO. */
    static final List<String> NAMES = List.of(SEARCH_PATH, INTERVAL_STYLE, MONEY, DIGITS, "TimeZone", "bytea_output",
            "quote_all_identifiers");

    /** An array of the values in a session, in the order of {@link #NAMES}. */
    static final String SQL = NAMES.stream().map(name -> "pg_catalog.current_setting('" + name + "')")
            .collect(Collectors.joining(", ", "ARRAY[", "]"));

    /** These settings, with others in their place as far as the others have them. */
    TextSettings with(Map<String, String> others) {
        Map<String, String> all = new LinkedHashMap<>(values);
        all.replaceAll((name, value) -> others.get(name) == null ? value : others.get(name));
        return new TextSettings(all);
    }

    /** Whether floating-point numbers are written with fewer digits than it takes to read them back. */
    public boolean losesDigits() {
        return Integer.parseInt(values.get(DIGITS)) < 1;
    }

    /** The same settings, but so that no number loses a digit. */
    public TextSettings withAllDigits() {
        return losesDigits() ? with(Map.of(DIGITS, "1")) : this;
    }
}
