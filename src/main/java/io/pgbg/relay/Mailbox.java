package io.pgbg.relay;

import io.pgbg.sql.TextArray;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

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

    /** The beginning of a long reply, which is a large object of its own; the writer's pid follows. */
    private static final String ANSWER_MAGIC = "pgbg2 ";
    private static final int ANSWER_PLACE = 16;

    private static final int SECRET_BYTES = 16;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final long number;
    private int writer;
    private final String token;
    private final String longestSilence;
    private String secret = newSecret();
    private String secretBefore = secret;
    private String answered = "";
    private long answerLock = RANDOM.nextLong();
    private int namesLength;
    private String digest = "";
    private int headLength = Integer.MAX_VALUE;
    private int contentLength;
    /** The number of the large object that holds the last reply; 0 when that stands in the mailbox. */
    private long answerNumber;

    /**
     * @param number of the large object
     * @param writer pid of the connection that writes it
     * @param token that a function wants to see in it; empty when no function has requested it
     * @param longestSilence how long a function may keep silent while it waits, an interval of the server's; empty for
     *     as long as it takes
     */
    Mailbox(long number, int writer, String token, String longestSilence) {
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

    /** The key of the advisory lock that a function waits for. */
    long answerLock() {
        return answerLock;
    }

    /**
     * Whether the code that made a call could read the mailbox. A call may have been made just before the last reply
     * was written.
     */
    boolean isProven(Request.Call call) {
        return call.isProvenBy(secret) || call.isProvenBy(secretBefore);
    }

    /** From now on another connection writes it. */
    void writtenBy(int newWriter) {
        writer = newWriter;
    }

    /** The content with which the mailbox is made. */
    byte[] content(byte[] names) {
        namesLength = names.length;
        byte[] first = header();
        byte[] content = Arrays.copyOf(first, NAMES_PLACE + names.length);
        System.arraycopy(names, 0, content, NAMES_PLACE, names.length);
        return content;
    }

    /**
     * From now on the mailbox holds a reply, with another secret and another lock.
     *
     * @param content of the reply; if it {@link #isLong} it is to be written to a new large object, which takes the
     *     server a quarter of the time that writing over the previous one takes
     * @param newDigest of the session's description as the driver knows it
     * @return what is to be written at the beginning of the mailbox
     */
    byte[] write(String requestToken, EncodedReply reply, byte[] content, String newDigest) {
        answerNumber = isLong(content) ? newNumber() : 0;
        secretBefore = secret;
        secret = newSecret();
        answerLock = RANDOM.nextLong();
        answered = requestToken;
        digest = newDigest;
        headLength = reply.headLength();
        contentLength = content.length;
        byte[] header = header();
        if (isLong(content)) {
            return header;
        }
        byte[] page = Arrays.copyOf(header, header.length + content.length);
        System.arraycopy(content, 0, page, header.length, content.length);
        return page;
    }

    /** Whether a reply is too long for the first page. */
    static boolean isLong(byte[] content) {
        return content.length > PAGE - HEADER_LENGTH;
    }

    /** The number of the large object that holds the last reply; 0 when that stands in the mailbox. */
    long answerNumber() {
        return answerNumber;
    }

    /** The large object of a long reply. */
    byte[] answerObject(byte[] content) {
        byte[] object = new byte[ANSWER_PLACE + content.length];
        byte[] start = String.format(Locale.ROOT, "%s%10d", ANSWER_MAGIC, writer).getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(start, 0, object, 0, ANSWER_PLACE);
        System.arraycopy(content, 0, object, ANSWER_PLACE, content.length);
        return object;
    }

    /** What stands before the reply, as the mailbox is now. */
    byte[] header() {
        byte[] header = TextArray.write(List.of("pgbg2", secret, answered, Long.toString(answerLock),
                Integer.toString(writer), token, Integer.toString(namesLength), digest, Integer.toString(headLength),
                Integer.toString(contentLength), Long.toString(answerNumber), longestSilence))
                .getBytes(StandardCharsets.US_ASCII);
        byte[] padded = Arrays.copyOf(header, HEADER_LENGTH);
        Arrays.fill(padded, header.length, HEADER_LENGTH, (byte) ' ');
        return padded;
    }
}
