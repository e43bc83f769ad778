package io.pgbg.session;

import io.pgbg.JobServer;
import io.pgbg.function.Api;
import io.pgbg.worker.JobName;
import io.pgbg.worker.OnExhaustion;
import io.pgbg.worker.PoolLimits;
import java.time.Duration;
import java.util.List;

/**
 * What the connection's own properties say.
 *
 * @param api the version of the functions
 * @param onClose what becomes of attached jobs when the launcher closes
 * @param onReturn what becomes of them when a pooled launcher is given back
 * @param limits how many background connections this JVM may have for the URL
 * @param onExhaustion what a launch does when there is no room for another worker
 * @param jobName which jobs have a name of their own
 * @param jobServer on which server jobs run
 * @param replayTimeout how long a launch waits until a standby has replayed what was committed before
 * @param scope where the handle of a job is honoured
 * @param inheritAll whether a job takes over all settings that the session can tell of
 * @param inherited settings that a job takes over in any case, such as custom ones that only functions set
 * @param relay which calls on the server are answered
 */
public record SessionOptions(Api api, OnClose onClose, OnReturn onReturn, PoolLimits limits,
        OnExhaustion onExhaustion, JobName jobName, JobServer jobServer, Duration replayTimeout, Scope scope,
        boolean inheritAll, List<String> inherited, Relay relay) {

    public SessionOptions {
        inherited = List.copyOf(inherited);
    }

    /** Which calls on the server are answered. */
    public enum Relay {
        /** All: those that stand in a statement's text, and, where the functions are installed, every other one. */
        AUTO,
        /** Those that stand in a statement's text, by functions that live as long as the session. */
        SESSION,
        /** None. */
        OFF
    }

    /** Whether calls that stand in a statement's text but are not the whole of it are answered. */
    public boolean relays() {
        return relay != Relay.OFF;
    }

    /** Whether functions that were installed in the database are made use of. */
    boolean usesInstalled() {
        return relay == Relay.AUTO;
    }

    /** Where the handle of a job is honoured. */
    public enum Scope {
        /** On the connection that launched it. */
        CONNECTION,
        /** On every connection of this JVM to the same server, database and login that has this scope. */
        JVM
    }

    /** What becomes of attached jobs when the launcher closes. */
    public enum OnClose {
        /** They run on unread, as in the extension. */
        DETACH,
        /** They are cancelled. */
        CANCEL,
        /** Closing waits until they have ended. */
        WAIT
    }

    /** What becomes of attached jobs when a pool says that the launcher is given back. */
    public enum OnReturn {
        /** They run on unread. */
        DETACH,
        /** They are cancelled. */
        CANCEL,
        /** The next one who has the launcher has them. */
        KEEP
    }
}
