package io.pgbg.sql;

import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds the roles that a text sets, in a block as well. Pure functions. */
public final class RoleMentions {

    private static final Pattern SET_ROLE = Pattern.compile("\\bset\\s+(?:local\\s+|session\\s+)?role\\s+"
            + "(?:to\\s+|=\\s*)?"
            + "(?:\"((?:[^\"]|\"\")+)\"|'([^']+)'|([\\p{L}_][\\p{L}\\p{N}_$]*))", Pattern.CASE_INSENSITIVE);

    private RoleMentions() {
    }

    /**
     * The names behind SET ROLE, as the server knows them. One that is put together while the text runs is not among
     * them.
     */
    public static Set<String> in(String text) {
        Set<String> roles = new HashSet<>();
        Matcher matcher = SET_ROLE.matcher(text);
        while (matcher.find()) {
            if (matcher.group(1) != null) {
                roles.add(matcher.group(1).replace("\"\"", "\""));
            } else {
                roles.add(matcher.group(2) != null ? matcher.group(2) : matcher.group(3).toLowerCase(Locale.ROOT));
            }
        }
        return roles;
    }
}
