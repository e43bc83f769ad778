package io.pgbg.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The traps themselves: that they are sprung by whom they are meant for, and tell so. */
@NotAmongTraps("has traps anyway")
@SinceRelease(value = 12, because = "the traps can be planted")
class TrapsIT {

    @Test
    void aSprungTrapIsToldWhoeverCatchesItsError() throws Exception {
        TestDatabase database = TestDatabase.createTrapped();
        try (Connection raw = database.connectRaw()) {
            assertThat(database.sprungTraps()).isEmpty();
            assertThat(Sql.stateOf(raw, "SELECT 'a'::name !~~ 'b'")).isEqualTo("TRAP0");
            assertThat(Sql.stateOf(raw, "BEGIN READ ONLY; SELECT 1::oid || 'b'::text")).isEqualTo("TRAP0");
            Sql.run(raw, "ROLLBACK");
            assertThat(Sql.stateOf(raw, "SELECT to_regtype('b'::name)")).isEqualTo("TRAP0");
            assertThat(database.sprungTraps()).hasSize(3).first().asString()
                    .contains("trap traps.\"!~~\"(name,name) was sprung by", "SELECT 'a'::name !~~ 'b'");
        }
        assertThatThrownBy(database::close).isInstanceOf(AssertionError.class).hasMessageContaining("!~~");
    }

    @Test
    void aTrapWhoseErrorIsCaughtCounts() throws Exception {
        TestDatabase database = TestDatabase.createTrapped();
        database.execute("DO $$ BEGIN PERFORM 'a'::name !~~ 'b'; EXCEPTION WHEN OTHERS THEN NULL; END $$");
        assertThatThrownBy(database::close).isInstanceOf(AssertionError.class);
    }

    @Test
    void trapsBeforeCatalogAreSprungByWhatLeavesAnythingToTheSearchPath() throws Exception {
        TestDatabase database = TestDatabase.createTrappedBeforeCatalog();
        try (Connection raw = database.connectRaw()) {
            for (String sql : List.of("SELECT 1 = 1", "SELECT 'a'::pg_catalog.text || 'b'",
                    "SELECT 1 IS DISTINCT FROM 2", "SELECT NULLIF(1, 2)", "SELECT lower('A'::pg_catalog.text)",
                    "SELECT oid FROM pg_class", "SELECT 'a'::text", "SELECT CASE 1 WHEN 1 THEN 2 END",
                    "SELECT 1 WHERE 1 IN (1, 2)", "SELECT 1 WHERE 1 BETWEEN 0 AND 2",
                    "SELECT 1 WHERE 1 = ANY ('{1}'::pg_catalog.int4[])")) {
                assertThat(Sql.stateOf(raw, sql)).as(sql).isEqualTo("TRAP0");
            }
        }
        assertThatThrownBy(database::close).isInstanceOf(AssertionError.class);
    }
}
