package io.pgbg.job;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CommandTagsTest {

    @ParameterizedTest
    @CsvSource({"INSERT 0 2, 2", "SELECT 5, 5", "CREATE TABLE, 0", "VACUUM, 0", "COPY 9999999999, 9999999999", "'', 0",
        "7, 0"})
    void counts(String tag, long count) {
        assertThat(CommandTags.count(tag)).isEqualTo(count);
    }

    @ParameterizedTest
    @CsvSource(nullValues = "null", value = {"null, null"})
    void nothingHasNoCount(String tag) {
        assertThat(CommandTags.count(tag)).isZero();
    }
}
