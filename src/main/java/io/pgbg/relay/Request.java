package io.pgbg.relay;

import io.pgbg.sql.TextArray;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.SQLWarning;
import java.util.HexFormat;
import java.util.List;
import org.postgresql.util.PSQLWarning;
import org.postgresql.util.ServerErrorMessage;

/**
 * What a function on the server asks of the driver, read from a notice. Anybody may raise such a notice: nothing in it is
 * believed before its proof was compared.
 */
sealed interface Request {

    /** The SQLSTATE of the notices that are requests. */
    String STATE = "BG001";

    /** The operation by which more rows are asked for. */
    String NEXT = "next";

    /** Whether a notice is meant for the driver, well-formed or not. */
    static boolean isOne(SQLWarning notice) {
        return STATE.equals(notice.getSQLState());
    }

    /**
     * A function has not found a mailbox that answers, and wants a new one. Needs no proof: who asks for one cannot read
     * it.
     *
     * @param number the number that the large object is to have
     * @param token what the mailbox has to show, so that the function knows it for the one that it asked for
     */
    record NewMailbox(long number, String token) implements Request {
    }

    /**
     * The answer to a request has come. Needs no proof: it only keeps what was done.
     *
     * @param token of the request
     */
    record Taken(String token) implements Request {
    }

    /**
     * A call.
     *
     * @param proof made of the mailbox's secret and the text
     * @param text all that is asked, as it was written
     */
    record Call(String proof, String text) implements Request {

        /** Whether who wrote this has read a secret. */
        boolean isProvenBy(String secret) {
            byte[] expected = digest(secret + digest(text) + secret).getBytes(StandardCharsets.US_ASCII);
            return MessageDigest.isEqual(expected, proof.getBytes(StandardCharsets.UTF_8));
        }

        /** What it asks for; null when that cannot be read. */
        Content content() {
            List<String> parts = TextArray.read(text);
            boolean complete = parts != null && parts.size() >= Content.FIRST_ARGUMENT && isToken(parts.get(0))
                    && parts.get(1) != null && parts.get(2) != null;
            return complete ? new Content(parts.get(0), parts.get(1), parts.get(2), parts.get(3), parts.get(4),
                    parts.subList(Content.FIRST_ARGUMENT, parts.size())) : null;
        }
    }

    /**
     * What a call asks for.
     *
     * @param token by which the function knows its answer
     * @param operation what is to be done
     * @param role in whose name
     * @param digest of what the session says of itself; null when that does not matter
     * @param session what it says of itself; null when the driver knows that, by the digest
     * @param arguments what comes with it
     */
    record Content(String token, String operation, String role, String digest, String session,
            List<String> arguments) {

        static final int FIRST_ARGUMENT = 5;
    }

    /**
     * Reads a notice.
     *
     * @return null when it is no request
     */
    static Request of(SQLWarning notice) {
        ServerErrorMessage message = notice instanceof PSQLWarning warning ? warning.getServerErrorMessage() : null;
        if (message == null || message.getMessage() == null || message.getDetail() == null) {
            return null;
        }
        if (message.getMessage().length() == 64) {
            return new Call(message.getMessage(), message.getDetail());
        }
        List<String> parts = TextArray.read(message.getDetail());
        if (parts == null || parts.isEmpty()) {
            return null;
        }
        return switch (message.getMessage()) {
            case "mailbox" -> parts.size() == 2 && Mailbox.isNumber(parts.get(0)) && isToken(parts.get(1))
                    ? new NewMailbox(Long.parseLong(parts.get(0)), parts.get(1)) : null;
            case "taken" -> isToken(parts.get(0)) ? new Taken(parts.get(0)) : null;
            default -> null;
        };
    }

    private static boolean isToken(String text) {
        return text != null && text.length() == 32
                && text.chars().allMatch(c -> c >= '0' && c <= '9' || c >= 'a' && c <= 'f');
    }

    /** What the functions make of a text: the hexadecimal form of its SHA-256. */
    static String digest(String text) {
        try {
            return HexFormat.of().formatHex(
                    MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }
}
