package io.pgbg.testkit;

import java.util.ArrayList;
import java.util.List;

/** The messages of the server's protocol in what a client has sent, as {@link Forwarder#sent()} gives it. */
public final class ClientMessages {

    private ClientMessages() {
    }

    /** All messages that have a type, which is their first character. */
    public static List<String> of(String sent) {
        int at = 0;
        // those that have no type: the request for TLS, and the one that begins the session
        while (at < sent.length() && sent.charAt(at) == 0) {
            at += length(sent, at);
        }
        List<String> messages = new ArrayList<>();
        while (at < sent.length()) {
            String message = sent.substring(at, at + 1 + length(sent, at + 1));
            messages.add(message);
            at += message.length();
        }
        return messages;
    }

    private static int length(String sent, int at) {
        return sent.charAt(at) << 24 | sent.charAt(at + 1) << 16 | sent.charAt(at + 2) << 8 | sent.charAt(at + 3);
    }
}
