package io.pgbg.call;

import io.pgbg.ErrorInfo;
import io.pgbg.Handle;
import io.pgbg.JobInfo;
import io.pgbg.JobProgress;
import io.pgbg.JobStatistics;
import io.pgbg.Outcome;
import io.pgbg.ResultInfo;
import io.pgbg.RunOutcome;
import io.pgbg.function.ResultType;
import io.pgbg.wire.Rows;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** What is known of jobs, as rows of texts in the order of the functions' columns. Pure functions. */
final class ResultTexts {

    /** With its offset, and in an order that every DateStyle reads. */
    private static final DateTimeFormatter TIMESTAMP =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSSx").withZone(ZoneOffset.UTC);

    private static final DateTimeFormatter SHOWN = new DateTimeFormatterBuilder()
            .appendPattern("uuuu-MM-dd HH:mm:ss").appendFraction(ChronoField.MICRO_OF_SECOND, 0, 6, true)
            .appendOffset("+HH:mm:ss", "+00").toFormatter(Locale.ROOT);

    /** Numbers up to this one have no exponent. */
    private static final double LARGE = 1e15;

    private ResultTexts() {
    }

    /** The rows of a result whose columns are known. */
    static Rows rows(ResultType result, List<List<String>> rows) {
        return Rows.of(result.columns().stream().map(column -> new Rows.Column(column.name(), column.type().oid(),
                column.type().length(), -1)).toList(), rows);
    }

    /** A time that is written here as the server shows it: in the session's zone, without zeros at its end. */
    static String inZone(String time, ZoneId zone) {
        OffsetDateTime there = OffsetDateTime.parse(time, TIMESTAMP).atZoneSameInstant(zone).toOffsetDateTime();
        return SHOWN.format(there);
    }

    /** A value as the server reads it; null for NULL. */
    static String text(Object value) {
        if (value instanceof Boolean flag) {
            return flag ? "t" : "f";
        }
        if (value instanceof Double number && number == Math.rint(number) && Math.abs(number) < LARGE) {
            return Long.toString(number.longValue());
        }
        return value instanceof Instant instant ? TIMESTAMP.format(instant) : value == null ? null : value.toString();
    }

    private static List<String> texts(Object... values) {
        return Arrays.stream(values).map(ResultTexts::text).toList();
    }

    /** NULLs where there is no handle. */
    static List<String> of(Handle handle) {
        return handle == null ? Arrays.asList(null, null) : texts(handle.pid(), handle.cookie());
    }

    static List<String> ofJobWithoutLabel(JobInfo job) {
        return texts(job.handle().pid(), job.handle().cookie(), job.launchedAt(), job.userId(), job.queueSize(),
                job.state().sqlName(), job.sqlPreview(), job.lastError(), job.consumed());
    }

    static List<String> ofJob(JobInfo job) {
        return plus(ofJobWithoutLabel(job), job.label());
    }

    static List<String> of(JobStatistics numbers) {
        return texts(numbers.launched(), numbers.completed(), numbers.failed(), numbers.canceled(),
                numbers.timedOut(), numbers.active(), numbers.averageExecutionMillis(), numbers.maxWorkers());
    }

    static List<String> withoutTimeOuts(JobStatistics numbers) {
        // so that they add up
        return texts(numbers.launched(), numbers.completed(), numbers.failed() + numbers.timedOut(),
                numbers.canceled(), numbers.active(), numbers.averageExecutionMillis(), numbers.maxWorkers());
    }

    static List<String> of(JobProgress progress) {
        return texts(progress.percent(), progress.message());
    }

    static List<String> of(ResultInfo info) {
        return texts(info.rowCount(), info.commandTag(), info.completed(), info.hasError(), info.startedAt(),
                info.finishedAt());
    }

    /** NULLs where there is no error. */
    static List<String> of(ErrorInfo error) {
        return error == null ? texts(null, null, null, null, null, null, null, null, null)
                : texts(error.sqlState(), error.message(), error.detail(), error.hint(), error.context(),
                        error.schema(), error.table(), error.column(), error.constraint());
    }

    static List<String> of(Outcome outcome) {
        return texts(outcome.handle().pid(), outcome.handle().cookie(),
                outcome.state() == null ? null : outcome.state().sqlName(), outcome.consumed(), outcome.completed(),
                outcome.hasError(), outcome.rowCount(), outcome.commandTag(), outcome.sqlState(),
                outcome.errorMessage(), outcome.label(), outcome.launchedAt());
    }

    static List<String> of(RunOutcome run) {
        return plus(of(run.outcome()), text(run.timedOut()), text(run.elapsedMillis()));
    }

    private static List<String> plus(List<String> texts, String... more) {
        List<String> all = new ArrayList<>(texts);
        all.addAll(Arrays.asList(more));
        return all;
    }
}
