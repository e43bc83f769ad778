package io.pgbg.session;

import io.pgbg.SQLState;
import io.pgbg.sql.TextArray;
import io.pgbg.wire.ServerError;
import io.pgbg.worker.Freshness;
import io.pgbg.worker.LoginStamp;
import io.pgbg.worker.SessionState;
import io.pgbg.worker.SettingNames;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a launch asks the launcher's session besides its arguments. The text is the same from launch to launch, so that
 * pgjdbc and the server need to read it only now and then. All settings come as one text, which is read only when it is
 * another one than before. They are compared as a whole and not by a digest made on the server, which might collide,
 * which not every server has, and which takes it longer than sending less than a kilobyte.
 *
 * <p>Immutable, but for the session's memory.
 */
public final class SessionQuery {

    private static final String STATEMENT_TIMEOUT = "statement_timeout";

    /** The columns before the settings. */
    private static final int SCALARS = 10;

    private final SettingNames settings;
    private final List<String> customSettings;
    private final SessionMemory memory;
    private final List<String> scalars;
    private final String values;
    private final String alone;

    /**
     * @param settings the settings that a job takes over
     * @param customSettings the names of the custom settings that it takes over
     * @param stamp what tells of changes to the session's login ({@link LoginStamp#sql})
     * @param memory the session's
     */
    SessionQuery(SettingNames settings, List<String> customSettings, String stamp, SessionMemory memory) {
        this.settings = settings;
        this.customSettings = List.copyOf(customSettings);
        this.memory = memory;
        this.scalars = scalars(stamp);
        this.values = write();
        this.alone = "SELECT " + columns();
    }

    private static List<String> scalars(String stamp) {
        return List.of(Setting.MAX_WORKERS.currentSql(), Setting.DEFAULT_QUEUE_SIZE.currentSql(),
                Setting.WORKER_TIMEOUT.currentSql(), "pg_catalog.current_setting('statement_timeout')", "session_user",
                "pg_catalog.current_setting('role')", "current_user",
                "pg_catalog.quote_ident(current_user)::pg_catalog.regrole::pg_catalog.oid",
                LoginStamp.CONFIGURED_SQL, stamp);
    }

    /**
     * The same for functions on the server, an array that {@link #readRelayed} takes. Their variable {@code names} has
     * the names of the settings, {@code login} the role that has logged in.
     */
    static String relayedSql(int serverVersion) {
        return Stream.concat(scalars(LoginStamp.sqlOf(serverVersion, "login")).stream(), Stream.of("names[1]",
                values("names[1]::pg_catalog.text[]"), "names[2]", values("names[2]::pg_catalog.text[]")))
                .map(column -> "(" + column + ")::pg_catalog.text").collect(Collectors.joining(", ", "ARRAY[", "]"));
    }

    /** An array: in the select list, not in FROM, a set is not collected before it is used. */
    private static String values(String names) {
        return "ARRAY(SELECT pg_catalog.current_setting(pg_catalog.unnest(" + names + "), true))";
    }

    private String write() {
        String names = Stream.concat(settings.names().stream(), customSettings.stream())
                .collect(Collectors.joining(",", "'{", "}'"));
        return values(names + "::pg_catalog.text[]") + "::pg_catalog.text";
    }

    /** The expressions to select, to be asked for together with something else. */
    public String columns() {
        return String.join(", ", scalars) + ", " + values + ", pg_catalog.pg_backend_pid()";
    }

    /** The SQL that asks for nothing else. */
    public String alone() {
        return alone;
    }

    /** Whether it asks for these custom settings. */
    boolean isOf(List<String> names) {
        return customSettings.equals(names);
    }

    /**
     * What a launch takes over. The same object as long as the session gives the same answers.
     *
     * @param userId the oid of the current role, unsigned
     */
    public record Launch(int maxWorkers, int defaultQueueSize, long timeoutMillis, long userId, SessionState state,
            Freshness freshness, SettingNames names, List<String> unsetSettings) {
    }

    /** What the session told the last time, if that still holds; otherwise null. */
    public Launch remembered() throws SQLException {
        return memory.launch(this);
    }

    /**
     * What the session answered, in the columns of a row from one on.
     *
     * @param before the question was asked
     * @throws SQLException 0A000 when it has come from another server process than the answer before
     */
    public Launch read(ResultSet row, int firstColumn, SessionMemory.Moment before) throws SQLException {
        List<String> texts = new ArrayList<>(SCALARS);
        for (int i = 0; i < SCALARS; i++) {
            texts.add(row.getString(firstColumn + i));
        }
        memory.learnPid(row.getInt(firstColumn + SCALARS + 1));
        return read(texts, row.getString(firstColumn + SCALARS), before);
    }

    /**
     * What a function on the server has told of the session.
     *
     * @param settings the settings whose names the function knows
     * @param memory the session's
     * @param last what it has told before, or null
     * @throws SQLException 22P02 when it tells something else
     */
    static Launch readRelayed(String text, SettingNames settings, SessionMemory memory, Launch last)
            throws SQLException {
        List<String> parts = TextArray.read(text);
        if (parts == null || parts.size() != SCALARS + 4) {
            throw unreadable();
        }
        List<String> values = TextArray.read(parts.get(SCALARS + 1));
        List<String> customNames = TextArray.read(parts.get(SCALARS + 2));
        List<String> customValues = TextArray.read(parts.get(SCALARS + 3));
        if (!settings.names().equals(TextArray.read(parts.get(SCALARS))) || values == null || customNames == null
                || customValues == null) {
            throw unreadable();
        }
        List<String> all = new ArrayList<>(values);
        all.addAll(customValues);
        return new SessionQuery(settings, customNames, "", memory).parse(parts.subList(0, SCALARS), all,
                last == null ? null : last.state(), memory.now());
    }

    private Launch read(List<String> scalarsNow, String settingsNow, SessionMemory.Moment before)
            throws SQLException {
        SessionMemory.Answer last = memory.lastAnswer(this);
        if (last != null && last.settings().equals(settingsNow) && last.scalars().equals(scalarsNow)) {
            return last.launch();
        }
        Launch launch = parse(scalarsNow, TextArray.read(settingsNow), last == null ? null : last.launch().state(),
                before);
        memory.remember(new SessionMemory.Answer(this, new ArrayList<>(scalarsNow), settingsNow, launch));
        return launch;
    }

    private static SQLException unreadable() {
        return ServerError.error(SQLState.INVALID_TEXT_REPRESENTATION,
                "the session's settings did not come back in the form in which they were asked for").toException();
    }

    /** @param lastState given again when nothing has changed, so that workers compare states by identity */
    private Launch parse(List<String> scalarsNow, List<String> all, SessionState lastState,
            SessionMemory.Moment before) throws SQLException {
        int inherited = settings.names().size();
        if (all == null || all.size() != inherited + customSettings.size()) {
            throw unreadable();
        }
        Iterator<String> scalar = scalarsNow.iterator();
        int maxWorkers = Setting.MAX_WORKERS.parseCurrent(scalar.next());
        int queueSize = Setting.DEFAULT_QUEUE_SIZE.parseCurrent(scalar.next());
        int workerTimeout = Setting.WORKER_TIMEOUT.parseCurrent(scalar.next());
        long statementTimeout = Setting.Unit.MILLISECONDS.parse(scalar.next());
        String sessionUser = scalar.next();
        String role = scalar.next();
        String currentUser = scalar.next();
        long userId = Long.parseLong(scalar.next());
        Freshness freshness = memory.freshness(Long.parseLong(scalar.next()), String.valueOf(scalar.next()),
                before.nanos());
        Map<String, String> values = new LinkedHashMap<>(settings.named(all.subList(0, inherited)));
        List<String> unset = new ArrayList<>();
        for (int i = 0; i < customSettings.size(); i++) {
            String value = all.get(inherited + i);
            if (value != null) {
                values.put(customSettings.get(i), value);
            } else {
                unset.add(customSettings.get(i));
            }
        }
        boolean limited = values.containsKey(STATEMENT_TIMEOUT);
        long timeout = workerTimeout > 0 ? workerTimeout : limited ? statementTimeout : 0;
        if (workerTimeout > 0) {
            values.put(STATEMENT_TIMEOUT, Integer.toString(workerTimeout));
        }
        SessionState state = new SessionState(values, sessionUser, role, currentUser);
        return new Launch(maxWorkers, queueSize, timeout, userId, state.isSameAs(lastState) ? lastState : state,
                freshness, settings, unset);
    }
}
