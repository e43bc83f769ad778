package io.pgbg.call;

import io.pgbg.Handle;
import io.pgbg.JobServer;
import io.pgbg.SQLState;
import io.pgbg.function.Function;
import io.pgbg.job.Job;
import io.pgbg.job.JobRequest;
import io.pgbg.job.JobResult;
import io.pgbg.job.JobWaits;
import io.pgbg.job.SessionJobs;
import io.pgbg.job.Waiting;
import io.pgbg.session.Session;
import io.pgbg.session.SessionQuery;
import io.pgbg.sql.TextArray;
import io.pgbg.wire.ServerError;
import io.pgbg.wire.SqlAction;
import io.pgbg.worker.LaunchContext;
import io.pgbg.worker.LauncherPosition;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One call of a function, done on the jobs of a session, whichever way the call has come. Arguments and results are
 * texts as the server writes them.
 *
 * <p>Used by one thread.
 */
final class Operation {

    private static final Pattern HANDLE = Pattern.compile("\\((-?\\d+),(-?\\d+)\\)");

    /** What the server writes for a handle of NULLs, which names no job. */
    private static final String NO_HANDLE = "(,)";

    /** Says that a dimension does not count from 1. */
    private static final Pattern BOUNDS = Pattern.compile("^\\[-?\\d+:-?\\d+]=");

    private final Function function;
    private final List<String> arguments;
    private final Caller caller;

    /** Who calls: decides with which rights, how long it waits, and where a job's notices go. */
    interface Caller {

        Session session();

        /** The session's jobs, with the rights of the caller. */
        SessionJobs jobs() throws SQLException;

        /** How the caller waits. */
        Waiting waiting();

        /** What a job takes over from the session; asked for only when a function launches. */
        SessionQuery.Launch launch() throws SQLException;

        /** Where the launcher's server stands; asked for only when a function launches on another one. */
        LauncherPosition position() throws SQLException;

        /** The session's limit of attached jobs. */
        int maxWorkers() throws SQLException;

        /** Takes a notice of a job. */
        void notice(SQLWarning notice);

        /** Waits for a job's result and begins to read it. */
        JobResult read(Job job) throws SQLException;

        /**
         * Grants or revokes the functions.
         *
         * @param printCommands {@code t} or {@code f}: whether the server tells what it does
         */
        boolean changePrivileges(Function function, String role, String printCommands) throws SQLException;
    }

    /** What a function gives. */
    sealed interface Given {

        /** Rows of texts in the order of the function's columns; one row without a value where there is none. */
        record Rows(List<List<String>> rows) implements Given {
        }

        /** A new job, and the row that names it. */
        record Launched(Job job, List<String> row) implements Given {
        }

        /** What a job has given. */
        record OfJob(JobResult result) implements Given {
        }
    }

    /**
     * @param arguments one for each parameter that was not left out without a default; null for NULL, which only a
     *     nullable one may be
     */
    Operation(Function function, List<String> arguments, Caller caller) {
        this.function = function;
        this.arguments = Collections.unmodifiableList(new ArrayList<>(arguments));
        this.caller = caller;
    }

    /** Does what the function says. The one place where functions are told apart. */
    Given perform() throws SQLException {
        return switch (function) {
            case LAUNCH -> launch(null, false);
            case LAUNCH_HANDLE -> launch(arguments.get(2), false);
            case SUBMIT -> launch(arguments.get(2), true);
            case RESULT, RESULT_V2 -> new Given.OfJob(caller.read(jobForResult()));
            case RUN_QUERY -> new Given.OfJob(runQuery());
            case GRANT, REVOKE -> value(caller.changePrivileges(function, arguments.get(0), arguments.get(1)));
            case DETACH, DETACH_V2 -> nothing(() -> caller.jobs().forget(job()));
            case CANCEL, CANCEL_V2_GRACE -> nothing(() -> job().cancel(number(2)));
            case CANCEL_V2 -> nothing(() -> job().cancel());
            case WAIT -> value(await(number(2)));
            case WAIT_V2 -> nothing(() -> waits().await(handle()));
            case WAIT_V2_TIMEOUT -> value(waits().await(handle(), number(2)));
            case LIST -> rows(caller.jobs().list().stream().map(ResultTexts::ofJob).toList());
            case LIST_V2 -> rows(caller.jobs().list().stream().map(ResultTexts::ofJobWithoutLabel).toList());
            case STATS -> row(ResultTexts.of(caller.jobs().statistics(caller.maxWorkers())));
            case STATS_V2 -> row(ResultTexts.withoutTimeOuts(caller.jobs().statistics(caller.maxWorkers())));
            case PROGRESS -> throw outsideOfJob();
            case GET_PROGRESS -> row(ResultTexts.of(caller.jobs().progress(handle())));
            case RESULT_INFO -> row(ResultTexts.of(job().facts().resultInfo()));
            case ERROR_INFO -> row(ResultTexts.of(job().facts().errorInfo()));
            case OUTCOME -> row(ResultTexts.of(caller.jobs().outcome(handle())));
            case RUN -> row(run());
            case DRAIN -> rows(waits().drain(handles(), number(1)).stream().map(ResultTexts::of).toList());
            case WAIT_ANY -> row(ResultTexts.of(waits().awaitAny(handles(), number(1))));
            case CANCEL_BY_LABEL -> value(caller.jobs().cancelByLabel(arguments.get(0), number(1)));
            case CANCEL_ALL -> value(caller.jobs().cancelAll(0));
            case DETACH_ALL -> value(caller.jobs().detachAll());
            case PURGE -> value(caller.jobs().purge());
            case FULL_SQL -> value(job().request().fullSql());
        };
    }

    private static Given nothing(SqlAction action) throws SQLException {
        action.run();
        return row(List.of());
    }

    private static Given value(Object value) {
        return row(Collections.singletonList(ResultTexts.text(value)));
    }

    private static Given row(List<String> row) {
        return rows(List.of(row));
    }

    private static Given rows(List<List<String>> rows) {
        return new Given.Rows(rows);
    }

    private Given launch(String label, boolean submitted) throws SQLException {
        SessionQuery.Launch launch = caller.launch();
        Job job = caller.jobs().launch(context(launch), request(label, submitted, launch),
                caller.waiting());
        return new Given.Launched(job,
                function == Function.LAUNCH ? List.of(Integer.toString(job.pid())) : ResultTexts.of(job.handle()));
    }

    private LaunchContext context(SessionQuery.Launch launch) throws SQLException {
        JobServer server = caller.session().options().jobServer();
        return caller.session().launchContext(launch, server,
                server == JobServer.LAUNCHER ? null : caller.position());
    }

    /** The request of a function; a queue size that is none is the default of the session, as in the extension. */
    private JobRequest request(String label, boolean submitted, SessionQuery.Launch launch) throws SQLException {
        int queueSize = number(1);
        JobRequest request = Launching.request(caller.session(), arguments.get(0),
                queueSize <= 0 ? launch.defaultQueueSize() : queueSize, label, submitted, launch);
        return function == Function.LAUNCH ? request.asWithoutCookie() : request;
    }

    private List<String> run() throws SQLException {
        SessionQuery.Launch launch = caller.launch();
        return ResultTexts.of(waits().run(context(launch),
                request(arguments.get(3), true, launch), number(2), caller::notice));
    }

    /**
     * Runs a job for its rows. What {@code col_def} says is for the caller's own column definition list, which it does
     * not take the place of.
     */
    private JobResult runQuery() throws SQLException {
        SessionQuery.Launch launch = caller.launch();
        return waits().runQuery(context(launch),
                request(arguments.get(3), false, launch), number(2), caller::notice);
    }

    private JobWaits waits() throws SQLException {
        return caller.jobs().waits(caller.waiting());
    }

    private Job jobForResult() throws SQLException {
        return arguments.size() == 1 ? caller.jobs().get(number(0)) : caller.jobs().getForResult(handle());
    }

    private Job job() throws SQLException {
        return arguments.size() == 1 ? caller.jobs().get(number(0)) : caller.jobs().get(handle());
    }

    private boolean await(int timeoutMillis) throws SQLException {
        if (timeoutMillis > 0) {
            return waits().await(handle(), timeoutMillis);
        }
        waits().await(handle());
        return true;
    }

    /** The error of a report that does not come from a job. */
    private static SQLException outsideOfJob() {
        return ServerError.error(SQLState.FEATURE_NOT_SUPPORTED,
                "pg_background_progress can only be called from a background worker").toException();
    }

    private int number(int argument) throws SQLException {
        return (int) longNumber(argument);
    }

    private long longNumber(int argument) throws SQLException {
        try {
            return Long.parseLong(arguments.get(argument));
        } catch (NumberFormatException | IndexOutOfBoundsException e) {
            throw unreadable(e);
        }
    }

    private Handle handle() throws SQLException {
        return new Handle(number(0), longNumber(1));
    }

    /** The array of handles, with null for what names none. */
    private List<Handle> handles() throws SQLException {
        List<String> elements = TextArray.read(BOUNDS.matcher(arguments.get(0)).replaceFirst(""));
        if (elements == null) {
            throw ServerError.error(SQLState.INVALID_TEXT_REPRESENTATION,
                    "an array of handles must have one dimension").toException();
        }
        Handle[] handles = new Handle[elements.size()];
        for (int i = 0; i < handles.length; i++) {
            String element = elements.get(i);
            if (element != null && !NO_HANDLE.equals(element)) {
                handles[i] = handle(element);
            }
        }
        return Arrays.asList(handles);
    }

    private static Handle handle(String text) throws SQLException {
        Matcher parts = HANDLE.matcher(text);
        try {
            if (parts.matches()) {
                return new Handle(Integer.parseInt(parts.group(1)), Long.parseLong(parts.group(2)));
            }
        } catch (NumberFormatException e) {
            throw unreadable(e);
        }
        throw unreadable(null);
    }

    private static SQLException unreadable(Exception cause) {
        return ServerError.error(SQLState.INVALID_TEXT_REPRESENTATION,
                "the arguments of a function did not come in a form that the driver can read").cause(cause)
                .toException();
    }
}
