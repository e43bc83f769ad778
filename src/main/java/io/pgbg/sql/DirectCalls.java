package io.pgbg.sql;

/** Knows which calls the driver answers itself where a statement is nothing but the call. Thread-safe. */
@FunctionalInterface
public interface DirectCalls {

    /**
     * Whether the driver answers a call; the server has to be asked for any other.
     *
     * @param call a call of one of the driver's functions, with the calls in its arguments
     */
    boolean answers(ParsedStatement.Form form, FunctionCall call);
}
