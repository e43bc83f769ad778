package io.pgbg.relay;

import io.pgbg.sql.TextArray;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/**
 * The content of a session's mailbox: a large object of the login's, in the form that {@code core.sql} describes.
 * {@link MailboxStore} writes it.
 *
 * <p>Used by one thread at a time.
 */
final class Mailbox {

    /** Mailboxes have the highest numbers, which the server assigns to other large objects last of all. */
    static final long FIRST_NUMBER = 0xFF000000L;
    static final long LAST_NUMBER = 0xFFFFFFFEL;

    private static final int HEADER_LENGTH = 512;
    /** Header and short replies stand in the first page of a large object. */
    private static final int PAGE = 2048;
    private static final int NAMES_PLACE = PAGE;

    /** The beginning of a long reply, a large object of its own; its writer's {@link Writer#life} follows. */
    private static final String ANSWER_MAGIC = "pgbg2 ";
    private static final int ANSWER_PLACE = 16;

    private static final int SECRET_BYTES = 16;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final long number;
    private Writer writer;
    private final String token;
    private final String longestSilence;
    private int namesLength;
    private String workedOn = "";
    private int replies;
    /** What stands in it, as far as the server has confirmed it. */
    private State state = new State(newSecret(), "", RANDOM.nextLong(), "", Integer.MAX_VALUE, 0, 0);
    /** The secrets that functions may have read in it, from that before the present one on. */
    private final List<String> secrets = new ArrayList<>(List.of(state.secret));

    /**
     * What changes with each reply.
     *
     * @param secret for the next request
     * @param answered the token of the request that was answered
     * @param answerLock the key of the advisory lock that a function waits for
     * @param digest of the session's description as the driver knows it
     * @param headLength the length of the head of the reply
     * @param contentLength the length of the whole reply
     * @param answerNumber the number of the large object that holds the reply; 0 when that stands in the mailbox
     */
    record State(String secret, String answered, long answerLock, String digest, int headLength, int contentLength,
            long answerNumber) {
    }

    /**
     * @param number of the large object
     * @param writer writes it
     * @param token that a function wants to see in it; empty when no function has requested it
     * @param longestSilence how long a function may keep silent while it waits, an interval of the server's; empty for
     *     as long as it takes
     */
    Mailbox(long number, Writer writer, String token, String longestSilence) {
        this.longestSilence = longestSilence;
        this.number = number;
        this.writer = writer;
        this.token = token;
    }

    /** A number that other code cannot foresee. */
    static long newNumber() {
        return FIRST_NUMBER + RANDOM.nextInt((int) (LAST_NUMBER - FIRST_NUMBER) + 1);
    }

    static boolean isNumber(String text) {
        if (text == null || text.length() != 10 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return false;
        }
        long number = Long.parseLong(text);
        return number >= FIRST_NUMBER && number <= LAST_NUMBER;
    }

    private static String newSecret() {
        byte[] bytes = new byte[SECRET_BYTES];
        RANDOM.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    long number() {
        return number;
    }

    State state() {
        return state;
    }

    /**
     * Whether the code that made a call could read the mailbox. A call may have been made just before the last reply
     * was written, or after one of which nobody knows whether it was written, because a connection was lost.
     */
    boolean isProven(Request.Call call) {
        return secrets.stream().anyMatch(call::isProvenBy);
    }

    /** From now on another process writes it. */
    void writtenBy(Writer newWriter) {
        writer = newWriter;
    }

    /**
     * From now on it shows that the driver works on a request.
     *
     * @return false if it has shown that before
     */
    boolean workOn(String requestToken) {
        boolean news = !requestToken.equals(workedOn);
        workedOn = requestToken;
        return news;
    }

    /** The content with which the mailbox is made. */
    byte[] content(byte[] names) {
        namesLength = names.length;
        byte[] first = header(state);
        byte[] content = Arrays.copyOf(first, NAMES_PLACE + names.length);
        System.arraycopy(names, 0, content, NAMES_PLACE, names.length);
        return content;
    }

    /**
     * How the mailbox is to be when it holds a reply: with another secret and another lock.
     *
     * @param content of the reply; if it {@link #isLong} it is to be written to a new large object, which takes the
     *     server a quarter of the time that writing over the previous one takes
     * @param digest of the session's description as the driver knows it
     */
    State with(String requestToken, EncodedReply reply, byte[] content, String digest) {
        State next = new State(newSecret(), requestToken, RANDOM.nextLong(), digest, reply.headLength(), content.length,
                isLong(content) ? newNumber() : 0);
        secrets.add(next.secret);
        return next;
    }

    /** What is to be written at the beginning of the mailbox. */
    byte[] page(State next, byte[] content) {
        byte[] header = header(next);
        if (isLong(content)) {
            return header;
        }
        byte[] page = Arrays.copyOf(header, header.length + content.length);
        System.arraycopy(content, 0, page, header.length, content.length);
        return page;
    }

    /** The server has confirmed what was written. */
    void written(State next) {
        secrets.subList(0, secrets.indexOf(state.secret)).clear();
        state = next;
        replies++;
    }

    /** How many replies have been written to it. */
    int replies() {
        return replies;
    }

    /** Whether a reply is too long for the first page. */
    static boolean isLong(byte[] content) {
        return content.length > PAGE - HEADER_LENGTH;
    }

    /** The large object of a long reply. */
    byte[] answerObject(byte[] content) {
        byte[] object = new byte[ANSWER_PLACE + content.length];
        byte[] start = (ANSWER_MAGIC + writer.lifeText()).getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(start, 0, object, 0, ANSWER_PLACE);
        System.arraycopy(content, 0, object, ANSWER_PLACE, content.length);
        return object;
    }

    /** What stands before the reply, as the mailbox is now. */
    byte[] header() {
        return header(state);
    }

    private byte[] header(State of) {
        byte[] header = TextArray.write(List.of("pgbg2", of.secret, of.answered, Long.toString(of.answerLock),
                Integer.toString(writer.pid()), token, Integer.toString(namesLength), of.digest,
                Integer.toString(of.headLength), Integer.toString(of.contentLength), Long.toString(of.answerNumber),
                longestSilence, writer.lifeText(), workedOn)).getBytes(StandardCharsets.US_ASCII);
        byte[] padded = Arrays.copyOf(header, HEADER_LENGTH);
        Arrays.fill(padded, header.length, HEADER_LENGTH, (byte) ' ');
        return padded;
    }
}
