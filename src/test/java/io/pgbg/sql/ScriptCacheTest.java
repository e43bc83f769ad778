package io.pgbg.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ScriptCacheTest {

    private static final String CALL = "SELECT pg_background_launch('x')";

    private final ScriptCache cache = new ScriptCache(TestReader.READER);

    private Reading read(String sql) {
        return cache.read(sql, Dialect.STATEMENT);
    }

    @Test
    void givesPlainForOrdinaryText() {
        assertThat(read("SELECT 1")).isSameAs(Reading.PLAIN);
        assertThat(read("SELECT 1")).isSameAs(Reading.PLAIN);
        assertThat(read("SELECT ".concat("1"))).isSameAs(Reading.PLAIN);
        assertThat(read("SELECT 'pg_background_launch(1)'")).isSameAs(Reading.PLAIN);
    }

    @Test
    void givesScriptAndMentions() {
        Reading reading = read(CALL);
        assertThat(reading).isEqualTo(new Reading(TestReader.read(CALL), SettingMentions.NONE));
        assertThat(read("SET a.b = 1"))
                .isEqualTo(new Reading(null, new SettingMentions(Set.of("a.b"), false)));
    }

    @Test
    void keepsReadings() {
        assertThat(read(CALL)).isSameAs(read(CALL));
        assertThat(read("SELECT pg_background_".concat("launch('x')"))).isSameAs(read(CALL));
    }

    @Test
    void tellsDialectsApart() {
        String sql = "SELECT pg_background_launch('?', ?)";
        assertThat(cache.read(sql, Dialect.PREPARED).script().statements().get(0).parameters()).isEqualTo(1);
        assertThat(read(sql).script().statements().get(0).parameters()).isZero();
        String quotes = "SELECT 'a\\', pg_background_launch(1), '";
        assertThat(cache.read(quotes, Dialect.of(false, false))).isSameAs(Reading.PLAIN);
        assertThat(read(quotes)).isNotSameAs(Reading.PLAIN);
        assertThat(cache.read(quotes, Dialect.of(false, false))).isSameAs(Reading.PLAIN);
    }

    @Test
    void readsButDoesNotKeepLongText() {
        String sql = CALL + " ".repeat(40_000);
        assertThat(read(sql)).isEqualTo(read(sql)).isNotSameAs(read(sql));
    }

    @Test
    void survivesTextsOfTheSameHash() {
        assertThat("AaBB".hashCode()).isEqualTo("BBAa".hashCode());
        String one = CALL + " AS AaBB";
        String other = CALL + " AS BBAa";
        for (int i = 0; i < 3; i++) {
            assertThat(read(one).script().text()).isEqualTo(one);
            assertThat(read(other).script().text()).isEqualTo(other);
        }
    }

    @Test
    void servesManyThreads() {
        ConcurrentLinkedQueue<String> wrong = new ConcurrentLinkedQueue<>();
        IntStream.range(0, 20_000).parallel().forEach(i -> {
            String sql = i % 3 == 0 ? "SELECT " + i % 2000 : CALL + " AS c" + i % 2000;
            Reading reading = read(sql);
            if (i % 3 == 0 ? reading != Reading.PLAIN : !reading.script().text().equals(sql)) {
                wrong.add(sql);
            }
        });
        assertThat(wrong).isEmpty();
    }
}
