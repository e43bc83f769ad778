package io.pgbg.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LikePatternTest {

    @ParameterizedTest
    @CsvSource({"nightly-%, nightly-vacuum, true", "nightly-%, weekly-vacuum, false", "a_c, abc, true",
        "a_c, ac, false", "%, anything, true", "a\\_c, a_c, true", "a\\_c, abc, false", "100\\%, 100%, true",
        "a.c, abc, false", "%\u00e4%, b\u00e4r, true", "'', '', true", "'', a, false"})
    void matches(String pattern, String label, boolean matching) throws SQLException {
        assertThat(LikePattern.of(pattern).matches(label)).isEqualTo(matching);
    }

    @Test
    void aPatternThatEndsWithTheEscapeIsRefused() {
        assertThatThrownBy(() -> LikePattern.of("a\\")).isInstanceOfSatisfying(SQLException.class,
                e -> assertThat(e.getSQLState()).isEqualTo("22025"));
    }
}
