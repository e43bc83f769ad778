package io.pgbg.execution;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.execution.WarningChain;
import io.pgbg.testkit.Sql;
import java.sql.SQLWarning;
import org.junit.jupiter.api.Test;

class WarningChainTest {

    private final WarningChain chain = new WarningChain();

    @Test
    void keepsTheOrder() {
        SQLWarning second = new SQLWarning("b");
        second.setNextWarning(new SQLWarning("c"));
        chain.add(new SQLWarning("a"));
        assertThat(Sql.messages(chain.get())).containsExactly("a");
        chain.add(second);
        chain.add(new SQLWarning("d"));
        assertThat(Sql.messages(chain.get())).containsExactly("a", "b", "c", "d");
        assertThat(Sql.messages(chain.get())).containsExactly("a", "b", "c", "d");
    }

    @Test
    void clearingKeepsWhatCameAfterTheLastLook() {
        chain.add(new SQLWarning("seen"));
        chain.get();
        chain.add(new SQLWarning("unseen"));
        chain.clear();
        assertThat(Sql.messages(chain.get())).containsExactly("unseen");
    }

    @Test
    void clearingWhileTheStatementRunsKeepsWhatNobodyHasSeen() {
        // a poller has asked the statement before it had this chain
        chain.add(new SQLWarning("unseen"));
        chain.clear();
        assertThat(Sql.messages(chain.get())).containsExactly("unseen");
    }

    @Test
    void clearingBetweenTheLastLookAndTheEndKeepsTheLastWarnings() {
        chain.get();
        chain.add(new SQLWarning("last"));
        chain.settle();
        chain.clear();
        assertThat(Sql.messages(chain.get())).containsExactly("last");
    }

    @Test
    void clearingAfterTheEndDropsEverything() {
        chain.add(new SQLWarning("a"));
        chain.settle();
        chain.clear();
        assertThat((Object) chain.get()).isNull();
    }

    @Test
    void theNewestAreKeptUntilSomebodyAsks() {
        for (int i = 0; i < 30_000; i++) {
            chain.add(new SQLWarning(Integer.toString(i)));
        }
        assertThat(Sql.messages(chain.get())).hasSize(10_002)
                .startsWith("19999 earlier notices were not kept until they were read").endsWith("29999");
    }

    @Test
    void theNewestAreKeptForAReaderThatClearsNothing() {
        for (int i = 0; i < 30_000; i++) {
            chain.add(new SQLWarning(Integer.toString(i)));
            chain.get();
        }
        assertThat(Sql.messages(chain.get())).hasSize(10_002).startsWith("19998").endsWith("29999");
    }
}
