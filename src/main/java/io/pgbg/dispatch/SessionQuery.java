package io.pgbg.dispatch;

import io.pgbg.SQLState;
import io.pgbg.job.Freshness;
import io.pgbg.job.LoginStamp;
import io.pgbg.job.SessionState;
import io.pgbg.job.SettingNames;
import io.pgbg.relay.TextArray;
import io.pgbg.wire.ServerError;
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
final class SessionQuery {

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
        this.scalars = List.of(
                Setting.MAX_WORKERS.currentSql(), Setting.DEFAULT_QUEUE_SIZE.currentSql(),
                Setting.WORKER_TIMEOUT.currentSql(), "pg_catalog.current_setting('statement_timeout')", "session_user",
                "pg_catalog.current_setting('role')", "current_user",
                "pg_catalog.quote_ident(current_user)::pg_catalog.regrole::pg_catalog.oid",
                LoginStamp.CONFIGURED_SQL, stamp);
        this.values = write();
        this.alone = "SELECT " + columns();
    }

    /** An array: in the select list, not in FROM, a set is not collected before it is used. */
    private String write() {
        String names = Stream.concat(settings.names().stream(), customSettings.stream())
                .collect(Collectors.joining(",", "'{", "}'"));
        return "ARRAY(SELECT pg_catalog.current_setting(pg_catalog.unnest(" + names
                + "::pg_catalog.text[]), true))::pg_catalog.text";
    }

    /** The SQL that asks for the same as one text, an array of what {@link #read(List)} takes. */
    String textSql() {
        return Stream.concat(scalars.stream(), Stream.of(values))
                .map(column -> "(" + column + ")::pg_catalog.text")
                .collect(Collectors.joining(", ", "SELECT (ARRAY[", "])::pg_catalog.text"));
    }

    /** The expressions to select, to be asked for together with something else. */
    String columns() {
        return String.join(", ", scalars) + ", " + values;
    }

    /** The SQL that asks for nothing else. */
    String alone() {
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
    record Launch(int maxWorkers, int defaultQueueSize, long timeoutMillis, long userId, SessionState state,
            Freshness freshness, SettingNames names, List<String> unsetSettings) {
    }

    /** What the session told the last time, if that still holds; otherwise null. */
    Launch remembered() {
        return memory.launch(this);
    }

    /**
     * What the session answered, in the columns of a row from one on.
     *
     * @param before the question was asked
     */
    Launch read(ResultSet row, int firstColumn, SessionMemory.Moment before) throws SQLException {
        List<String> texts = new ArrayList<>(SCALARS);
        for (int i = 0; i < SCALARS; i++) {
            texts.add(row.getString(firstColumn + i));
        }
        return read(texts, row.getString(firstColumn + SCALARS), before);
    }

    /**
     * What the session answered, each column as text.
     *
     * @throws SQLException 22P02 when that is not what was asked for
     */
    Launch read(List<String> answers) throws SQLException {
        if (answers.size() != SCALARS + 1 || answers.get(SCALARS) == null) {
            throw unreadable();
        }
        return read(answers.subList(0, SCALARS), answers.get(SCALARS), memory.now());
    }

    private Launch read(List<String> scalarsNow, String settingsNow, SessionMemory.Moment before)
            throws SQLException {
        SessionMemory.Answer last = memory.lastAnswer(this);
        if (last != null && last.settings().equals(settingsNow) && last.scalars().equals(scalarsNow)) {
            return last.launch();
        }
        Launch launch = parse(scalarsNow, settingsNow, last, before);
        memory.remember(new SessionMemory.Answer(this, new ArrayList<>(scalarsNow), settingsNow, launch));
        return launch;
    }

    private static SQLException unreadable() {
        return ServerError.error(SQLState.INVALID_TEXT_REPRESENTATION,
                "the session's settings did not come back in the form in which they were asked for").toException();
    }

    /** @param last the answer before, or null; its state is given again if it is the same, to be compared once only */
    private Launch parse(List<String> scalarsNow, String settingsNow, SessionMemory.Answer last,
            SessionMemory.Moment before) throws SQLException {
        List<String> all = TextArray.read(settingsNow);
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
        SessionState known = last == null ? null : last.launch().state();
        return new Launch(maxWorkers, queueSize, timeout, userId, state.isSameAs(known) ? known : state,
                freshness, settings, unset);
    }
}
