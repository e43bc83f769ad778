package io.pgbg.relay;

import io.pgbg.sql.TextArray;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/**
 * What the driver writes into the mailbox of a session: a large object of the login's, in the form that {@code core.sql}
 * describes. Knows what is in it, and writes nothing itself.
 *
 * <p>Used by one thread at a time.
 */
final class Mailbox {

    /** What every mailbox begins with. */
    static final String MAGIC = "{pgbg2,";

    /** Mailboxes have the highest numbers, which the server gives to large objects of its own last of all. */
    static final long FIRST_NUMBER = 0xFF000000L;
    static final long LAST_NUMBER = 0xFFFFFFFEL;

    private static final int HEADER_LENGTH = 512;
    /** Header and short answers stand in the first page of a large object. */
    private static final int PAGE = 2048;
    private static final int NAMES_PLACE = PAGE;

    /** What a long answer begins with, which is a large object of its own; behind it stands the writer's pid. */
    static final String ANSWER_MAGIC = "pgbg2 ";
    private static final int ANSWER_PLACE = 16;

    private static final int SECRET_BYTES = 16;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final long number;
    private int writer;
    private final String token;
    private String secret = newSecret();
    private String secretBefore = secret;
    private String answered = "";
    private long gate = RANDOM.nextLong();
    private int namesLength;
    private String digest = "";
    /** The number of the large object that holds the last answer; 0 when it stands in the mailbox. */
    private long answerNumber;

    /**
     * @param number of the large object
     * @param writer pid of the connection that writes it
     * @param token that a function wants to see in it, or empty
     */
    Mailbox(long number, int writer, String token) {
        this.number = number;
        this.writer = writer;
        this.token = token;
    }

    /** A number that nobody can foresee. */
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

    /** The advisory lock that a function waits for. */
    long gate() {
        return gate;
    }

    /**
     * Whether who made a request could read the mailbox. A request may have been made just before the last answer was
     * written.
     */
    boolean isProven(Request.Call call) {
        return call.isProvenBy(secret) || call.isProvenBy(secretBefore);
    }

    /** Whether a token is that of the request that was answered last. */
    boolean hasAnswered(String requestToken) {
        return answered.equals(requestToken);
    }

    /** From now on another connection writes it. */
    void writtenBy(int newWriter) {
        writer = newWriter;
    }

    /** The first content, with which the mailbox is made. */
    byte[] content(byte[] names) {
        byte[] first = page(Integer.MAX_VALUE, new byte[0], names.length);
        byte[] content = Arrays.copyOf(first, NAMES_PLACE + names.length);
        System.arraycopy(names, 0, content, NAMES_PLACE, names.length);
        return content;
    }

    /**
     * From now on it holds an answer, with another secret and another lock.
     *
     * @param newDigest what the driver knows of the session
     * @param content the answer, which is to be in a large object of its own if {@link #isLong}; it is written anew each
     *     time, because that takes the server a quarter of what writing over the old one takes
     * @return what is to be written at the beginning of the mailbox
     */
    byte[] write(String requestToken, EncodedReply newAnswer, byte[] content, String newDigest) {
        answerNumber = isLong(content) ? newNumber() : 0;
        secretBefore = secret;
        secret = newSecret();
        gate = RANDOM.nextLong();
        answered = requestToken;
        digest = newDigest;
        return page(newAnswer.headLength(), content, namesLength);
    }

    /** Whether an answer is so long that it does not stand in the first page. */
    static boolean isLong(byte[] content) {
        return content.length > PAGE - HEADER_LENGTH;
    }

    /** The number of the large object that holds the last answer; 0 when it stands in the mailbox. */
    long answerNumber() {
        return answerNumber;
    }

    /** A long answer as it is to be written. */
    byte[] answerObject(byte[] content) {
        byte[] object = new byte[ANSWER_PLACE + content.length];
        byte[] start = String.format(Locale.ROOT, "%s%10d", ANSWER_MAGIC, writer).getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(start, 0, object, 0, ANSWER_PLACE);
        System.arraycopy(content, 0, object, ANSWER_PLACE, content.length);
        return object;
    }

    private byte[] page(int headLength, byte[] content, int lengthOfNames) {
        namesLength = lengthOfNames;
        boolean outside = isLong(content);
        byte[] header = TextArray.write(List.of("pgbg2", secret, answered, Long.toString(gate),
                Integer.toString(writer), token, Integer.toString(namesLength), digest,
                Integer.toString(headLength), Integer.toString(content.length), Long.toString(answerNumber))).getBytes(StandardCharsets.US_ASCII);
        ByteBuffer page = ByteBuffer.allocate(HEADER_LENGTH + (outside ? 0 : content.length));
        page.put(header);
        while (page.position() < HEADER_LENGTH) {
            page.put((byte) ' ');
        }
        return page.put(outside ? new byte[0] : content).array();
    }
}
