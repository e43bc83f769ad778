package io.pgbg.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TextArrayTest {

    @Test
    void readsWhatTheServerWrites() {
        assertThat(TextArray.read("{}")).isEmpty();
        assertThat(TextArray.read("{a,NULL,\"NULL\",\"\",\"b c\",\"\\\"\\\\\",\"d,e\",\"{\"}"))
                .containsExactly("a", null, "NULL", "", "b c", "\"\\", "d,e", "{");
        assertThat(TextArray.read("{null}")).containsExactly("null");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "}", "a", "{a", "{a,}", "{,a}", "{\"a}", "{\"a\\\"}", "{\"a\"b}", "{a\"b\"}",
            "{{a}}", "{a\\b}"})
    void readsNothingElse(String text) {
        assertThat(TextArray.read(text)).isNull();
    }

    @Test
    void readsWhatItWrites() {
        Random random = new Random(7);
        for (int i = 0; i < 2_000; i++) {
            List<String> elements = new ArrayList<>();
            for (int j = random.nextInt(5); j >= 0; j--) {
                StringBuilder element = new StringBuilder();
                for (int k = random.nextInt(6); k > 0; k--) {
                    element.append("a\"\\,{} N\u00e9\ud83d\ude00".charAt(random.nextInt(11)));
                }
                elements.add(random.nextInt(6) == 0 ? null : element.toString());
            }
            assertThat(TextArray.read(TextArray.write(elements))).isEqualTo(elements);
        }
        assertThat(TextArray.read(TextArray.write(Arrays.asList("x", null)))).containsExactly("x", null);
    }
}
