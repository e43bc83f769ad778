package io.pgbg.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.Await;
import io.pgbg.worker.DriverThreads;
import java.sql.SQLWarning;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class NoticePollerTest {

    /** Where the machine has no thread to give, a statement without a call runs, and the next one is listened to. */
    @Test
    void aThreadThatCannotBeStartedIsStartedWithTheNextStatement() throws Exception {
        AtomicBoolean full = new AtomicBoolean(true);
        Executor threads = task -> {
            if (full.get()) {
                throw new OutOfMemoryError("unable to create native thread");
            }
            DriverThreads.run(task);
        };
        RunningStatements statements = new RunningStatements(new NoticePoller(threads), 1);
        Asking asking = new Asking();
        // more often than there are slots
        for (int i = 0; i < 20; i++) {
            statements.end(statements.begin(asking));
        }
        assertThat(asking.asked).isFalse();
        full.set(false);
        int slot = statements.begin(asking);
        Await.until("it is listened to", Duration.ofSeconds(10), asking.asked::get);
        statements.end(slot);
        statements.close();
    }

    /** A statement whose function has asked for something. */
    private static final class Asking implements RunningStatement {

        private final AtomicBoolean asked = new AtomicBoolean();

        @Override
        public SQLWarning firstNotice() {
            return new SQLWarning("a request", Request.STATE);
        }

        @Override
        public void clearNotices() {
            // there is one for ever
        }

        @Override
        public void asked() {
            asked.set(true);
        }
    }
}
