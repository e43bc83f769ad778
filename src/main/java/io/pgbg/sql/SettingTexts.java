package io.pgbg.sql;

/** Knows SQL for the values of the driver's settings, which the server alone does not know. Thread-safe. */
@FunctionalInterface
public interface SettingTexts {

    /**
     * SQL whose value is a setting's.
     *
     * @param name its name in lower case
     * @return null when there is no such setting
     */
    String of(String name);
}
