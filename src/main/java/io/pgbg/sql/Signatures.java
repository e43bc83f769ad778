package io.pgbg.sql;

import java.util.List;

/** Knows which parameters the driver's functions have on the server. Thread-safe. */
@FunctionalInterface
public interface Signatures {

    /**
     * The parameters of a function.
     *
     * @param function its name in lower case
     * @return null when nothing is known of it
     */
    List<Parameter> of(String function);

    /**
     * A parameter. The texts get into SQL within literals, and hold no apostrophe, backslash, dollar or percent sign.
     *
     * @param names its names, that of the server's function first
     * @param before what stands before an argument to give it the very type of the parameter; null when there is no
     *     such way
     * @param after what stands behind it
     * @param optional whether a call may leave it out
     * @param omitted an argument of the very type that says the same as none; null where that is another function
     */
    record Parameter(List<String> names, String before, String after, boolean optional, String omitted) {

        public Parameter {
            names = List.copyOf(names);
        }
    }
}
