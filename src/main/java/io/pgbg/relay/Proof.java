package io.pgbg.relay;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * What code on the server shows of a mailbox's secret when it makes a request: it holds for that request alone, and
 * does not tell the secret.
 *
 * <p>A function that was made on a server without SHA-256 uses MD5, with the secret inside and outside as HMAC (RFC 2104)
 * has it, because whoever does not know the secret then cannot make two requests that have the same proof. It does so
 * after an upgrade of the server as well, so that the length of the proof tells how it was made.
 */
final class Proof {

    /** The first version of the server that has SHA-256 in SQL. */
    private static final int SHA_256 = 110_000;

    private static final int LENGTH_WITH_MD5 = 32;

    /** How many characters a digest takes at once. */
    private static final int DIGESTED = 8192;

    private Proof() {
    }

    /**
     * The expressions of {@code core.sql}.
     *
     * @param template where they are to stand
     * @param serverVersion such as 150000
     */
    static String write(String template, int serverVersion) {
        boolean sha256 = serverVersion >= SHA_256;
        String inner = sha256 ? sql(true, "request") : sql(false, "pg_catalog.concat(box[2], request)");
        String outer = "pg_catalog.concat(box[2], " + inner + ", box[2])";
        return template.replace("@digest@", sql(sha256, "session")).replace("@proof@", sql(sha256, outer));
    }

    private static String sql(boolean sha256, String text) {
        String bytes = "pg_catalog.convert_to(" + text + ", 'UTF8')";
        return sha256 ? "pg_catalog.encode(pg_catalog.sha256(" + bytes + "), 'hex')" : "pg_catalog.md5(" + bytes + ")";
    }

    /** Whether a proof is that of a request, made by code that has read the secret. */
    static boolean isOne(String proof, String secret, String request) {
        String expected = proof.length() == LENGTH_WITH_MD5
                ? digest("MD5", secret, digest("MD5", secret, request), secret)
                : digest("SHA-256", secret, digest("SHA-256", request), secret);
        return MessageDigest.isEqual(expected.getBytes(StandardCharsets.US_ASCII),
                proof.getBytes(StandardCharsets.UTF_8));
    }

    /** The hexadecimal form of a digest of texts, one behind the other; no copy is made of a whole text. */
    private static String digest(String algorithm, String... texts) {
        try {
            MessageDigest digest = MessageDigest.getInstance(algorithm);
            for (String text : texts) {
                update(digest, text);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java runtime has no " + algorithm, e);
        }
    }

    private static void update(MessageDigest digest, String text) {
        int at = 0;
        while (at < text.length()) {
            int end = Math.min(at + DIGESTED, text.length());
            // a character of two units stays together
            end += end < text.length() && Character.isHighSurrogate(text.charAt(end - 1)) ? 1 : 0;
            digest.update(text.substring(at, end).getBytes(StandardCharsets.UTF_8));
            at = end;
        }
    }
}
