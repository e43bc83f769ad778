package io.pgbg.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLWarning;
import org.junit.jupiter.api.Test;

class NewestWarningsTest {

    private final NewestWarnings warnings = new NewestWarnings(0);

    @Test
    void keepsTheOrder() {
        warnings.add(new SQLWarning("a"));
        warnings.add(new SQLWarning("b"));
        assertThat(warnings.first().getMessage()).isEqualTo("a");
        assertThat(warnings.last().getMessage()).isEqualTo("b");
        assertThat(warnings.poll().getMessage()).isEqualTo("a");
        assertThat(warnings.poll().getMessage()).isEqualTo("b");
        assertThat((Object) warnings.poll()).isNull();
        assertThat(warnings.takeDropped()).isZero();
    }

    @Test
    void keepsNoMoreThanSoMany() {
        for (int i = 0; i < NewestWarnings.MOST + 5; i++) {
            warnings.add(new SQLWarning(Integer.toString(i)));
        }
        assertThat(warnings.first().getMessage()).isEqualTo("5");
        assertThat(warnings.takeDropped()).isEqualTo(5);
        assertThat(warnings.takeDropped()).isZero();
    }

    @Test
    void countsAllTextsOfANotice() {
        for (int i = 0; i < 100; i++) {
            warnings.add(ServerError.notice("n" + i).detail("x".repeat(NewestWarnings.MOST_CHARACTERS / 20))
                    .toWarning());
        }
        assertThat(warnings.takeDropped()).isBetween(90L, 95L);
        assertThat(warnings.last().getMessage()).isEqualTo("n99");
    }

    @Test
    void keepsTheNewestHoweverLongItIs() {
        warnings.add(new SQLWarning("x".repeat(NewestWarnings.MOST_CHARACTERS)));
        warnings.add(new SQLWarning("y".repeat(NewestWarnings.MOST_CHARACTERS + 1)));
        assertThat((Object) warnings.first()).isSameAs(warnings.last());
        assertThat(warnings.takeDropped()).isEqualTo(1);
    }
}
