package io.pgbg.sql;

import java.util.List;
import java.util.stream.Collectors;

/**
 * An argument of a type that its parameter does not take. The server says so of the function that the argument is
 * wrapped in.
 *
 * @param wrapper offset where that function is named
 * @param before how that call begins
 * @param call offset where the function is named that the caller called
 * @param function its name
 * @param types what stands for each argument in a message of the server, with a question mark for the type it tells
 */
public record Misfit(int wrapper, String before, int call, String function, List<String> types) {

    /** The call in the words of the server, such as {@code pg_background_launch(boolean, integer)}. */
    public String signature(String type) {
        return types.stream().map(known -> known.replace("?", type))
                .collect(Collectors.joining(", ", function + '(', ")"));
    }
}
