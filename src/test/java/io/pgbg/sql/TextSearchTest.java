package io.pgbg.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TextSearchTest {

    @ParameterizedTest
    @ValueSource(strings = {"pg_background", "PG_Background_launch", "xpg_backgroundx",
            "grant_pg_background_privileges",
            "pg_backgrounpg_background", "pppg_background", "äpg_backgroundä"})
    void findsTheName(String sql) {
        assertThat(TextSearch.mentionsDriver(sql)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "pg_backgroun", "pg background", "g_background", "pg_backgrounđ", "SELECT 1",
            "PG\u007fBACKGROUND"})
    void doesNotFindTheName(String sql) {
        assertThat(TextSearch.mentionsDriver(sql)).isFalse();
    }

    @Test
    void findsTheNameAsTheLibraryDoes() {
        Random random = new Random(7);
        String[] pieces = {"pg", "_", "back", "ground", "PG_BACK", "d", "GROUND", "pg_background", "p"};
        for (int i = 0; i < 20_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int j = random.nextInt(8); j >= 0; j--) {
                text.append(pieces[random.nextInt(pieces.length)]);
            }
            String sql = text.toString();
            assertThat(TextSearch.mentionsDriver(sql)).as(sql)
                    .isEqualTo(sql.toLowerCase(Locale.ROOT).contains("pg_background"));
        }
    }

    @Test
    void findsSetAsTheLibraryDoes() {
        Random random = new Random(11);
        for (int i = 0; i < 50_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int j = random.nextInt(12); j > 0; j--) {
                text.append("setSETx3\u0133\u0165".charAt(random.nextInt(10)));
            }
            String sql = text.toString();
            int from = random.nextInt(3);
            assertThat(TextSearch.findSet(sql, from)).as(sql)
                    .isEqualTo(sql.toLowerCase(Locale.ROOT).indexOf("set", Math.min(from, sql.length())));
        }
    }
}
