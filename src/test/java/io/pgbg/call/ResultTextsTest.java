package io.pgbg.call;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.ZoneId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Values and times as the server would write them. */
class ResultTextsTest {

    @ParameterizedTest
    @CsvSource({"0, 0", "12, 12", "-3, -3", "0.5, 0.5", "999999999999999, 999999999999999", "1E15, 1.0E15"})
    void aNumber(double number, String text) {
        assertThat(ResultTexts.text(number)).isEqualTo(text);
    }

    @Test
    void otherValues() {
        assertThat(ResultTexts.text(true)).isEqualTo("t");
        assertThat(ResultTexts.text(false)).isEqualTo("f");
        assertThat(ResultTexts.text(null)).isNull();
        assertThat(ResultTexts.text(42L)).isEqualTo("42");
        assertThat(ResultTexts.text("x")).isEqualTo("x");
    }

    @ParameterizedTest
    @CsvSource({
        "2026-01-02T03:04:05.6Z, 2026-01-02 03:04:05.600000+00, UTC, 2026-01-02 03:04:05.6+00",
        "2026-01-02T03:04:05Z, 2026-01-02 03:04:05.000000+00, Europe/Berlin, 2026-01-02 04:04:05+01",
        "2026-07-01T00:00:00.000001Z, 2026-07-01 00:00:00.000001+00, Asia/Kolkata, 2026-07-01 05:30:00.000001+05:30",
        "1890-01-01T00:00:00Z, 1890-01-01 00:00:00.000000+00, Europe/Berlin, 1890-01-01 00:53:28+00:53:28",
    })
    void aTime(Instant time, String text, ZoneId zone, String shown) {
        assertThat(ResultTexts.text(time)).isEqualTo(text);
        assertThat(ResultTexts.inZone(text, zone)).isEqualTo(shown);
    }
}
