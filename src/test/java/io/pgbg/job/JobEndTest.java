package io.pgbg.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.JobState;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the end of a job counts as, and what of it is shown. */
class JobEndTest {

    @ParameterizedTest
    @CsvSource({
        "57014, REQUESTED, CANCELED, CANCELED",
        "57014, TIMED_OUT, TIMED_OUT, ERROR",
        "57014, OVERRUN, TIMED_OUT, CANCELED",
        "57P01, OVERRUN, TIMED_OUT, CANCELED",
        "08006, REQUESTED, CANCELED, CANCELED",
        "22012, REQUESTED, FAILED, ERROR",
        "57014,, CANCELED, CANCELED",
        "57P01,, FAILED, ERROR",
        "08006,, FAILED, ERROR",
        "22012,, FAILED, ERROR"})
    void countsAFailure(String sqlState, CancelReason reason, Ending ending, JobState state) {
        SQLException failure = new SQLException("message", sqlState);

        JobEnd end = JobEnd.failed(failure, reason, 0, 0, 0);

        assertThat(end.ending()).isEqualTo(ending);
        assertThat(end.state()).isEqualTo(state);
        assertThat((Object) end.failure()).isSameAs(failure);
        assertThat(end.error().sqlState()).isEqualTo(sqlState);
        assertThat(end.commandTag()).isNull();
    }

    @ParameterizedTest
    @CsvSource({"1, TIMED_OUT, ERROR", "2, TIMED_OUT, ERROR", "3, CANCELED, CANCELED", "0, CANCELED, CANCELED"})
    void countsACancelOfTheServersAsATimeOutWhenTheTimeIsOver(long timeoutMillis, Ending ending, JobState state) {
        JobEnd end = JobEnd.failed(new SQLException("message", "57014"), null, timeoutMillis, 0, 2_000_000);

        assertThat(end.ending()).isEqualTo(ending);
        assertThat(end.state()).isEqualTo(state);
        assertThat(end.elapsedNanos()).isEqualTo(2_000_000);
    }

    @Test
    void hasTheLastTagAndItsRows() {
        JobEnd several = JobEnd.completed(List.of("CREATE TABLE", "INSERT 0 3"), 2, 0);
        assertThat(several.commandTag()).isEqualTo("INSERT 0 3");
        assertThat(several.rowCount()).isEqualTo(3);
        assertThat(JobEnd.completed(List.of("CREATE TABLE"), 2, 0).rowCount()).isEqualTo(2);
        assertThat(JobEnd.completed(List.of(), 0, 0).commandTag()).isNull();
    }
}
