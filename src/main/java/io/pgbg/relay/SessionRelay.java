package io.pgbg.relay;

import io.pgbg.function.Api;
import io.pgbg.wire.SendWatch;
import io.pgbg.wire.Wire;
import io.pgbg.worker.SpareConnections;
import java.sql.SQLException;
import java.util.List;

/**
 * The relay of one session, part by part: what is installed, the functions that statements need, which statements are
 * listened to.
 *
 * <p>As thread-safe as its parts.
 */
public final class SessionRelay {

    private final FunctionTexts texts;
    private final SessionInstallation installation;
    private final ChannelLease lease;
    private final Preparation preparation;
    private final Listening listening;

    /** What the relay needs to know of the session that it belongs to. */
    public interface Launcher {

        /** Where connections for answers come from. */
        SpareConnections spares() throws SQLException;

        /**
         * The names of the server's settings that a launch takes over.
         *
         * @param via a connection that may be queried
         */
        List<String> settingNames(Wire via) throws SQLException;

        /** The names of the application's settings that a launch takes over. */
        List<String> customSettings();

        /** After which silence pgjdbc gives up the session's connection; 0 for never. */
        int networkTimeoutMillis() throws SQLException;

        /** What sees the socket of the session's connection. */
        SendWatch socket();

        /** SQL of an array that describes the session as a launch takes it over, for functions on the server. */
        String sessionSql();
    }

    /**
     * @param installations what is known of the database; {@link Installations#NONE} when installed functions are not
     *     to be answered
     * @param api the version of the functions
     */
    public SessionRelay(Wire wire, Launcher session, Installations installations, Api api) {
        this.texts = new FunctionTexts(session.sessionSql(), wire.serverVersion());
        this.installation = new SessionInstallation(installations, wire);
        this.lease = new ChannelLease(session, wire.pid());
        this.preparation = new Preparation(wire, new SessionFunctions(wire, api, texts), installation, lease);
        this.listening = new Listening(wire, session.socket(), installation, lease, NoticePoller.OF_JVM);
    }

    /** The texts that make the functions. */
    public FunctionTexts texts() {
        return texts;
    }

    /** What is installed in the database. */
    public SessionInstallation installation() {
        return installation;
    }

    /** Makes ready for statements that call the functions. */
    public Preparation preparation() {
        return preparation;
    }

    /** Listens to statements that call the functions. */
    public Listening listening() {
        return listening;
    }

    /** The session begins: looks what is installed, unless the JVM has looked a short while ago. */
    public void open() {
        installation.open();
    }

    /**
     * The session ends.
     *
     * @param waits whether to wait a moment until nothing of the session's is left in the database: a role that owns
     *     something there cannot be dropped
     */
    public void close(boolean waits) {
        installation.close();
        listening.statements().close();
        lease.close(waits);
    }

    /** The driver ends: what gives back the connections for answers that sessions have, which have ended. */
    public static List<Runnable> releases() {
        return ChannelLease.releases();
    }
}
