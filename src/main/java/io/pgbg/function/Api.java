package io.pgbg.function;

/** A version of the pg_background functions, as the property {@code pgbgApi} names it. */
public enum Api {
    /** {@code pg_background_launch} returns a pid. */
    ONE("1"),
    /** {@code pg_background_launch} returns a handle; everything else is the same. */
    TWO("2");

    private final String property;

    Api(String property) {
        this.property = property;
    }

    /** The version that a value of the property means. */
    public static Api of(String property) {
        for (Api api : values()) {
            if (api.property.equals(property)) {
                return api;
            }
        }
        throw new IllegalArgumentException("not a version of the functions: " + property);
    }
}
