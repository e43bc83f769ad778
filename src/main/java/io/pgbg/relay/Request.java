package io.pgbg.relay;

import io.pgbg.sql.TextArray;
import java.sql.SQLWarning;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.postgresql.util.PSQLWarning;
import org.postgresql.util.ServerErrorMessage;

/**
 * A notice by which a function on the server requests something of the driver. Any code may raise such a notice: the
 * driver believes nothing in it before it has compared the proof.
 */
sealed interface Request {

    /** The SQLSTATE of the notices that are requests. */
    String STATE = "BG001";

    /** The operation that asks for more rows. */
    String NEXT = "next";

    /** No request but a call, or a part of one, has a longer detail: a number and a token. */
    int LONGEST = 100;

    /** The message of a part of a request, or of its end, which tells the proof. */
    Pattern PIECE = Pattern.compile("(?:([0-9a-f]{64}|[0-9a-f]{32})|part)(?: ([1-9][0-9]{0,4}))?");

    /** Whether a notice is meant for the driver, well-formed or not. */
    static boolean isOne(SQLWarning notice) {
        return STATE.equals(notice.getSQLState());
    }

    /**
     * A function has not found a mailbox that answers, and wants a new one. Needs no proof: only the login can read the
     * new mailbox.
     *
     * @param number the number that the large object is to have
     * @param token what the mailbox is to show, so that the function recognizes it
     */
    record NewMailbox(long number, String token) implements Request {
    }

    /**
     * A function has read its reply. Needs no proof: it only keeps what was done.
     *
     * @param token of the request
     */
    record Taken(String token) implements Request {
    }

    /**
     * A piece of the text of the call that follows, which is too long for one notice. Needs no proof: the call's is one
     * of the whole text.
     *
     * @param number which of the pieces it is, from 1
     * @param text as the function has cut it
     */
    record Part(int number, String text) implements Request {
    }

    /**
     * The end of a call's text, with the proof.
     *
     * @param proof made of the mailbox's secret and the whole text
     * @param parts how many pieces came before
     * @param text what is behind them
     */
    record End(String proof, int parts, String text) implements Request {

        /** @param before the pieces */
        Call after(List<String> before) {
            if (parts == 0) {
                return new Call(proof, text);
            }
            StringBuilder whole = new StringBuilder(text.length()
                    + before.stream().mapToInt(String::length).sum());
            before.forEach(whole::append);
            return new Call(proof, whole.append(text).toString());
        }
    }

    /**
     * A function waits still. Asks for nothing: something has to come over the connection now and then.
     *
     * @param token of its request
     */
    record Waiting(String token) implements Request {
    }

    /**
     * A call, with its proof.
     *
     * @param proof made of the mailbox's secret and the text
     * @param text all that is requested, as the function has written it
     */
    record Call(String proof, String text) {

        private static final int FIRST_ARGUMENT = 5;

        /** Whether the code that wrote this has read a secret. */
        boolean isProvenBy(String secret) {
            return Proof.isOne(proof, secret, text);
        }

        /** Reads the text; null when it is incomplete. */
        RemoteCall read() {
            List<String> parts = TextArray.read(text);
            boolean complete = parts != null && parts.size() >= FIRST_ARGUMENT && isToken(parts.get(0))
                    && parts.get(1) != null && parts.get(2) != null;
            return complete ? new RemoteCall(parts.get(0), parts.get(1), parts.get(2), parts.get(3), parts.get(4),
                    parts.subList(FIRST_ARGUMENT, parts.size())) : null;
        }
    }

    /**
     * Reads a notice.
     *
     * @return null when it is not a well-formed request
     */
    static Request of(SQLWarning notice) {
        ServerErrorMessage message = notice instanceof PSQLWarning warning ? warning.getServerErrorMessage() : null;
        if (message == null || message.getMessage() == null || message.getDetail() == null) {
            return null;
        }
        Matcher piece = PIECE.matcher(message.getMessage());
        if (piece.matches()) {
            int number = piece.group(2) == null ? 0 : Integer.parseInt(piece.group(2));
            return piece.group(1) == null ? new Part(number, message.getDetail())
                    : new End(piece.group(1), number, message.getDetail());
        }
        // one thread looks at the notices of all sessions: no text is to keep it busy
        List<String> parts = message.getDetail().length() > LONGEST ? null : TextArray.read(message.getDetail());
        if (parts == null || parts.isEmpty()) {
            return null;
        }
        return switch (message.getMessage()) {
            case "mailbox" -> parts.size() == 2 && Mailbox.isNumber(parts.get(0)) && isToken(parts.get(1))
                    ? new NewMailbox(Long.parseLong(parts.get(0)), parts.get(1)) : null;
            case "taken" -> isToken(parts.get(0)) ? new Taken(parts.get(0)) : null;
            case "waiting" -> isToken(parts.get(0)) ? new Waiting(parts.get(0)) : null;
            default -> null;
        };
    }

    private static boolean isToken(String text) {
        return text != null && text.length() == 32
                && text.chars().allMatch(c -> c >= '0' && c <= '9' || c >= 'a' && c <= 'f');
    }
}
