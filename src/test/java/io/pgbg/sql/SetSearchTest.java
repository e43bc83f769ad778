package io.pgbg.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SetSearchTest {

    @Test
    void agreesWithTheLibrary() {
        Random random = new Random(11);
        for (int i = 0; i < 50_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int j = random.nextInt(12); j > 0; j--) {
                text.append("setSETx3\u0133\u0165".charAt(random.nextInt(10)));
            }
            String sql = text.toString();
            int from = random.nextInt(3);
            assertThat(SetSearch.find(sql, from)).as(sql)
                    .isEqualTo(sql.toLowerCase(Locale.ROOT).indexOf("set", Math.min(from, sql.length())));
        }
    }
}
