package io.pgbg.worker;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The part of a session's state that a job takes over: the settings in force, the session user and the role.
 *
 * <p>Immutable.
 *
 * @param settings the settings by name, in the order in which they are to be set
 * @param sessionUser the session user
 * @param role the role of SET ROLE, or {@code none}
 * @param currentUser the role whose rights are in force, which within a function may be another one
 */
public record SessionState(Map<String, String> settings, String sessionUser, String role, String currentUser) {

    private static final String READ_ONLY_BY_DEFAULT = "default_transaction_read_only";
    private static final String ISOLATION_BY_DEFAULT = "default_transaction_isolation";
    private static final String SESSION_USER = "session_authorization";
    private static final String ROLE = "role";

    /** The same with other values of some settings. */
    SessionState with(Map<String, String> changes) {
        Map<String, String> all = new LinkedHashMap<>(settings);
        all.putAll(changes);
        return new SessionState(all, sessionUser, role, currentUser);
    }

    /**
     * The same with another value of a setting that is taken over: whether transactions are read-only; null to leave
     * it.
     */
    SessionState withReadOnlyByDefault(String value) {
        if (!settings.containsKey(READ_ONLY_BY_DEFAULT)) {
            return this;
        }
        Map<String, String> all = new LinkedHashMap<>(settings);
        all.put(READ_ONLY_BY_DEFAULT, value);
        return new SessionState(all, sessionUser, role, currentUser);
    }

    /** Whether a job in this state is not to write. */
    boolean isReadOnly() {
        return "on".equals(settings.get(READ_ONLY_BY_DEFAULT));
    }

    /** Whether a job in this state runs in serializable transactions, which a standby does not offer. */
    boolean isSerializable() {
        return "serializable".equals(settings.get(ISOLATION_BY_DEFAULT));
    }

    /** The role that is in force outside of all functions. */
    public String effectiveRole() {
        return "none".equals(role) ? sessionUser : role;
    }

    /** Whether two states are the same. A record's own equals would keep its class loader alive in Java 17. */
    public boolean isSameAs(SessionState other) {
        return other != null && settings.equals(other.settings) && sessionUser.equals(other.sessionUser)
                && role.equals(other.role) && currentUser.equals(other.currentUser);
    }

    /**
     * What must be set in a session in this state to bring it into another one. The role comes last, because it may not
     * be allowed to set the rest.
     */
    Map<String, String> changesTo(SessionState wanted) {
        Map<String, String> changes = new LinkedHashMap<>();
        wanted.settings.forEach((name, value) -> {
            if (value != null && !value.equals(settings.get(name))) {
                changes.put(name, value);
            }
        });
        boolean otherUser = !sessionUser.equals(wanted.sessionUser);
        if (otherUser) {
            changes.put(SESSION_USER, wanted.sessionUser);
        }
        // changing the session user resets the role
        if (!role.equals(wanted.role) || otherUser && !"none".equals(wanted.role)) {
            changes.put(ROLE, wanted.role);
        }
        return changes;
    }
}
