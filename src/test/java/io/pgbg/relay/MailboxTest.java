package io.pgbg.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.sql.TextArray;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a mailbox shows, and whom it trusts, when nobody knows whether a reply was written. */
class MailboxTest {

    private static final int SECRET = 1;
    private static final int ANSWERED = 2;
    private static final int PID = 4;
    private static final int LIFE = 12;
    private static final int WORKED_ON = 13;

    private final Mailbox mailbox = new Mailbox(Mailbox.FIRST_NUMBER, new Writer(11, 1_234_567_890L), "", "");

    @BeforeEach
    void make() {
        mailbox.content(new byte[0]);
    }

    private List<String> shown() {
        return fields(mailbox.header());
    }

    private static List<String> fields(byte[] page) {
        return TextArray.read(new String(page, 0, 512, StandardCharsets.US_ASCII).trim());
    }

    private static String hash(String text) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(
                StandardCharsets.UTF_8)));
    }

    /** A request of a function that has read a page. */
    private static Request.Call request(List<String> page) throws Exception {
        String secret = page.get(SECRET);
        return new Request.Call(hash(secret + hash("request") + secret), "request");
    }

    private Mailbox.State reply(String token) {
        EncodedReply reply = EncodedReply.values(List.of("x"), false);
        return mailbox.with(token, reply, reply.content(), "");
    }

    private byte[] page(Mailbox.State state) {
        return mailbox.page(state, new byte[] {'x'});
    }

    @Test
    void showsNoReplyThatTheServerHasNotConfirmed() {
        List<String> before = shown();

        Mailbox.State lost = reply("lost");

        assertThat(shown()).isEqualTo(before);
        mailbox.written(lost);
        assertThat(shown().get(ANSWERED)).isEqualTo("lost");
    }

    @Test
    void trustsWhoHasReadWhatItShowedBeforeAndWhatItMayShow() throws Exception {
        List<String> first = shown();
        List<String> second = fields(page(reply("a")));
        List<String> third = fields(page(reply("b")));

        assertThat(List.of(first, second, third)).allMatch(page -> isProven(page));
    }

    @Test
    void afterAReplyWasWrittenTrustsNoOlderSecretThanTheOneBefore() throws Exception {
        List<String> first = shown();
        mailbox.written(reply("a"));
        List<String> second = shown();
        mailbox.written(reply("b"));

        assertThat(isProven(first)).isFalse();
        assertThat(isProven(second)).isTrue();
        assertThat(isProven(shown())).isTrue();
    }

    private boolean isProven(List<String> page) {
        try {
            return mailbox.isProven(request(page));
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void tellsAnotherWriterAndTheRequestThatIsWorkedOn() {
        mailbox.writtenBy(new Writer(12, 2_345_678_901L));
        assertThat(mailbox.workOn("token")).isTrue();
        assertThat(mailbox.workOn("token")).isFalse();

        assertThat(shown().get(PID)).isEqualTo("12");
        assertThat(shown().get(LIFE)).isEqualTo("2345678901");
        assertThat(shown().get(WORKED_ON)).isEqualTo("token");
    }
}
