package io.pgbg.session;

import io.pgbg.SQLState;
import io.pgbg.sql.SettingMentions;
import io.pgbg.wire.ServerError;
import io.pgbg.wire.Wire;
import io.pgbg.worker.LoginStamp;
import io.pgbg.worker.SettingNames;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.regex.Pattern;

/**
 * What the jobs of one session take over from it: which settings, and what the session or a function on the server has
 * told of them last.
 *
 * <p>Thread-safe, without a lock.
 */
public final class InheritedState {

    /** What the server takes as the name of a custom setting; anything else is no setting and must not get into SQL. */
    private static final Pattern CUSTOM_SETTING =
            Pattern.compile("[\\p{L}_][\\p{L}\\p{N}_$]*(\\.[\\p{L}_][\\p{L}\\p{N}_$]*)+");

    /** No session has this many custom settings; a text that is no setting must not fill the memory. */
    private static final int MOST_CUSTOM_SETTINGS = 1000;

    private final Wire wire;
    private final SessionOptions options;
    private final SessionPool pool;
    private final SessionMemory memory;
    private final Set<String> customSettings = new ConcurrentSkipListSet<>();
    private volatile SettingNames settings;
    private volatile SessionQuery query;
    /** What a function on the server has told; null before the first launch there. */
    private volatile Told told;

    private record Told(String digest, SessionQuery.Launch launch) {
    }

    InheritedState(Wire wire, SessionOptions options, SessionPool pool, SessionMemory memory) {
        this.wire = wire;
        this.options = options;
        this.pool = pool;
        this.memory = memory;
        options.inherited().stream().filter(name -> name.indexOf('.') > 0).forEach(customSettings::add);
    }

    /** Takes note of what a text that is executed may change. */
    public void observe(SettingMentions mentions) {
        if (options.inheritAll()) {
            mentions.names().stream()
                    .filter(name -> CUSTOM_SETTING.matcher(name).matches() && !name.startsWith("pg_background."))
                    .limit(MOST_CUSTOM_SETTINGS + 1L).forEach(customSettings::add);
        }
    }

    /** The session turned out not to have these custom settings; SQL that sets one is noticed again. */
    public void forget(Collection<String> names) {
        names.stream().filter(name -> !options.inherited().contains(name)).forEach(customSettings::remove);
    }

    /** The names of the application's settings that a job takes over. */
    List<String> customSettings() {
        return List.copyOf(customSettings);
    }

    /**
     * The server's settings that a job takes over.
     *
     * @param via is asked at the first call
     */
    SettingNames settings(Wire via) throws SQLException {
        SettingNames names = settings;
        if (names == null) {
            names = readSettings(via);
            settings = names;
        }
        return names;
    }

    private SettingNames readSettings(Wire via) throws SQLException {
        if (!options.inheritAll() && options.inherited().isEmpty()) {
            return SettingNames.none();
        }
        SettingNames all = pool.get().facts().settingNames(via);
        return options.inheritAll() ? all : all.only(options.inherited());
    }

    /** What a launch asks the session; the first call asks the server for the settings' names. */
    public SessionQuery query() throws SQLException {
        SessionQuery known = query;
        List<String> names = customSettings();
        if (names.size() > MOST_CUSTOM_SETTINGS) {
            customSettings.clear();
            throw ServerError.error(SQLState.CONFIGURATION_LIMIT_EXCEEDED,
                    "too many names of custom settings to be taken over by a job")
                    .detail("More than %d names were seen in this session's SQL since the last launch.",
                            MOST_CUSTOM_SETTINGS)
                    .hint("Set the ones that jobs need again, or name them in pgbgInheritSettings.").toException();
        }
        if (known == null || !known.isOf(names)) {
            known = new SessionQuery(settings(wire), names, LoginStamp.sql(wire.serverVersion(), wire.login()),
                    memory);
            query = known;
        }
        return known;
    }

    /** The digest of what functions on the server have told of the session; empty when they have not. */
    public String toldDigest() {
        Told known = told;
        return known == null ? "" : known.digest();
    }

    /**
     * What a launch takes over that a function on the server asks for.
     *
     * @param digest of what it tells
     * @param text what it tells; null when that is what was told before
     */
    public SessionQuery.Launch told(String digest, String text) throws SQLException {
        Told known = told;
        if (text == null) {
            if (known == null || !known.digest().equals(digest)) {
                throw ServerError.error(SQLState.OBJECT_NOT_IN_PREREQUISITE_STATE,
                        "a function on the server has not told what a job takes over").toException();
            }
            return known.launch();
        }
        SessionQuery.Launch launch = SessionQuery.readRelayed(text, settings(wire), memory,
                known == null ? null : known.launch());
        told = new Told(digest, launch);
        return launch;
    }
}
