package io.pgbg.dispatch;

import io.pgbg.ErrorInfo;
import io.pgbg.Handle;
import io.pgbg.JobInfo;
import io.pgbg.JobProgress;
import io.pgbg.JobStatistics;
import io.pgbg.Outcome;
import io.pgbg.ResultInfo;
import io.pgbg.RunOutcome;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/**
 * What is known of jobs, in the text form of the server and in the order of the functions' columns; null for NULL.
 *
 * <p>Immutable.
 */
final class ResultValues {

    /** As pgjdbc has the server write it: the style is ISO, the zone the session's. */
    private static final DateTimeFormatter TIMESTAMP = new DateTimeFormatterBuilder()
            .appendPattern("uuuu-MM-dd HH:mm:ss")
            .appendFraction(ChronoField.MICRO_OF_SECOND, 0, 6, true)
            .appendOffset("+HH:mm:ss", "+00").toFormatter(Locale.ROOT);

    private final ZoneId zone;

    /** @param zone the session's TimeZone */
    ResultValues(ZoneId zone) {
        this.zone = zone;
    }

    List<String> handle(Handle handle) {
        return List.of(Integer.toString(handle.pid()), Long.toString(handle.cookie()));
    }

    /** One job of {@code list}: all ten columns, the label the last. */
    List<String> listed(JobInfo job) {
        return and(handle(job.handle()), time(job.launchedAt()), Long.toString(job.userId()),
                Integer.toString(job.queueSize()), job.state().sqlName(), job.sqlPreview(), job.lastError(),
                bool(job.consumed()), job.label());
    }

    /**
     * The statistics of a session.
     *
     * @param timeOuts whether those that have taken too long are a column of their own; otherwise they are among the
     *     failed ones
     */
    List<String> statistics(JobStatistics statistics, boolean timeOuts) {
        List<String> values = new ArrayList<>(List.of(Long.toString(statistics.launched()),
                Long.toString(statistics.completed()),
                Long.toString(statistics.failed() + (timeOuts ? 0 : statistics.timedOut())),
                Long.toString(statistics.canceled())));
        if (timeOuts) {
            values.add(Long.toString(statistics.timedOut()));
        }
        values.addAll(List.of(Integer.toString(statistics.active()), number(statistics.averageExecutionMillis()),
                Integer.toString(statistics.maxWorkers())));
        return values;
    }

    List<String> progress(JobProgress progress) {
        return Arrays.asList(text(progress.percent()), progress.message());
    }

    List<String> resultInfo(ResultInfo info) {
        return Arrays.asList(Long.toString(info.rowCount()), info.commandTag(), bool(info.completed()),
                bool(info.hasError()), time(info.startedAt()), time(info.finishedAt()));
    }

    /** @param error null when there is none: then all is NULL */
    List<String> errorInfo(ErrorInfo error) {
        if (error == null) {
            return Collections.nCopies(9, null);
        }
        return Arrays.asList(error.sqlState(), error.message(), error.detail(), error.hint(), error.context(),
                error.schema(), error.table(), error.column(), error.constraint());
    }

    List<String> outcome(Outcome outcome) {
        return and(handle(outcome.handle()), outcome.state() == null ? null : outcome.state().sqlName(),
                bool(outcome.consumed()), bool(outcome.completed()), bool(outcome.hasError()),
                text(outcome.rowCount()), outcome.commandTag(), outcome.sqlState(), outcome.errorMessage(),
                outcome.label(), time(outcome.launchedAt()));
    }

    List<String> run(RunOutcome run) {
        return and(outcome(run.outcome()), bool(run.timedOut()), Long.toString(run.elapsedMillis()));
    }

    static String bool(Boolean value) {
        return value == null ? null : value ? "t" : "f";
    }

    private static String text(Number value) {
        return value == null ? null : value.toString();
    }

    private static String number(double value) {
        return BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
    }

    private String time(Instant instant) {
        if (instant == null) {
            return null;
        }
        ZonedDateTime local = instant.truncatedTo(ChronoUnit.MICROS).atZone(zone);
        return TIMESTAMP.format(local.getOffset().getTotalSeconds() == 0
                ? local.withZoneSameInstant(ZoneOffset.UTC) : local);
    }

    private static List<String> and(List<String> values, String... more) {
        List<String> all = new ArrayList<>(values);
        all.addAll(Arrays.asList(more));
        return all;
    }
}
