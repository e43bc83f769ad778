package io.pgbg;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SQLStateTest {

    @Test
    void everyCodeIsOneOfItsOwnWithFiveCharacters() {
        assertThat(SQLState.values()).extracting(SQLState::code).doesNotHaveDuplicates()
                .allMatch(code -> code.matches("[0-9A-Z]{5}"));
        assertThat(Stream.of(SQLState.values()).map(SQLState::toString)).isSorted();
    }

    @Test
    void makesExceptionsOfItsState() {
        Throwable cause = new IllegalStateException("why");

        SQLException exception = SQLState.QUERY_CANCELED.exception("The wait was canceled.", cause);

        assertThat(exception.getMessage()).isEqualTo("The wait was canceled.");
        assertThat(exception.getCause()).isSameAs(cause);
        assertThat(exception.getSQLState()).isEqualTo("57014");
        assertThat(SQLState.QUERY_CANCELED.isStateOf(exception)).isTrue();
        assertThat(SQLState.NO_DATA.isStateOf(new SQLException("no state"))).isFalse();
    }
}
