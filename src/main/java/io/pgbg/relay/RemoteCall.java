package io.pgbg.relay;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A call of a function on the server, made by code that may act as the login.
 *
 * <p>Immutable.
 *
 * @param token by which the function recognizes its reply
 * @param operation the word by which the functions on the server request it
 * @param role the role that calls
 * @param digest of the session's description; null when the call does not need one
 * @param session the session's description, an array; null when it is the same as before
 * @param arguments the arguments as text, null for NULL
 */
public record RemoteCall(String token, String operation, String role, String digest, String session,
        List<String> arguments) {

    public RemoteCall {
        arguments = Collections.unmodifiableList(new ArrayList<>(arguments));
    }
}
