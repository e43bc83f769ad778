package io.pgbg.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.pgbg.wire.Rows;
import java.io.IOException;
import java.nio.file.Files;
import java.sql.SQLException;
import java.util.Collections;
import org.junit.jupiter.api.Test;

/** Rows in a temporary file. */
class RowSpoolTest {

    private static final Rows MEGABYTES = Rows.texts("t", Collections.nCopies(8, "x".repeat(1 << 20)));

    private static RowSpool in(long total) throws IOException {
        long[] written = new long[1];
        return RowSpool.create(Files.createTempFile("pgbg", ".test").toFile(), new RowSpool.Room() {
            @Override
            public long total() {
                return total;
            }

            @Override
            public long left() {
                // as if 64 MB had been written since the last look
                long left = total - written[0];
                written[0] += 64L << 20;
                return left;
            }
        });
    }

    @Test
    void leavesATenthOfTheRoom() throws Exception {
        RowSpool spool = in(200L << 20);
        try {
            SQLException failure = catchThrowableOfType(SQLException.class, () -> {
                for (int i = 0; i < 40; i++) {
                    spool.write(MEGABYTES);
                }
            });
            assertThat(failure.getSQLState()).isEqualTo("53100");
            assertThat(failure.getMessage()).contains("192 MB");
            assertThat(spool.read().size()).isEqualTo(8);
        } finally {
            spool.close();
        }
    }

    @Test
    void givesBackWhatWasWritten() throws Exception {
        RowSpool spool = in(1L << 40);
        spool.write(Rows.texts("t", Collections.nCopies(3, "row")));
        assertThat(spool.hasRows()).isTrue();
        assertThat(spool.read().texts()).hasSize(3).allMatch(row -> row.get(0).equals("row"));
        assertThat(spool.read()).isNull();
        spool.close();
    }
}
