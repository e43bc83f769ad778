package io.pgbg.job;

/** Reads the command tags of the server, such as {@code INSERT 0 2}. Stateless. */
final class CommandTags {

    private CommandTags() {
    }

    /** The number of rows that a tag ends with, or 0 if it has none. */
    static long count(String tag) {
        int digits = digits(tag);
        return digits < 0 ? 0 : Long.parseLong(tag.substring(digits));
    }

    /** Where the last word begins if it is a number, or -1. */
    private static int digits(String tag) {
        if (tag == null) {
            return -1;
        }
        int at = tag.length();
        while (at > 0 && tag.charAt(at - 1) >= '0' && tag.charAt(at - 1) <= '9') {
            at--;
        }
        boolean number = at < tag.length() && at > 0 && tag.charAt(at - 1) == ' ';
        return number ? at : -1;
    }
}
