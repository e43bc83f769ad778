package io.pgbg.sql;

import java.util.List;

/** The parameters that the driver's functions have on the server. Thread-safe. */
@FunctionalInterface
public interface Signatures {

    /**
     * The parameters of a function.
     *
     * @param function its name in lower case
     * @return null when they are not known
     */
    List<Parameter> of(String function);

    /**
     * A parameter. The texts get into SQL within literals, and hold no apostrophe, backslash, dollar or percent sign.
     *
     * @param names its names, that of the server's function first
     * @param before the SQL before an argument that gives it the very type of the parameter; null when no SQL does
     * @param after the SQL behind the argument
     * @param optional whether a call may leave it out
     * @param omitted an argument of the very type that means the same as none; null when a call without it is one of
     *     another function
     * @param overloaded whether a call without it is one of another function, although its default can be written
     */
    record Parameter(List<String> names, String before, String after, boolean optional, String omitted,
            boolean overloaded) {

        public Parameter {
            names = List.copyOf(names);
        }
    }
}
