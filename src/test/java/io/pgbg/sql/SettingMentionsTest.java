package io.pgbg.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingMentionsTest {

    @ParameterizedTest
    @ValueSource(strings = {"", "SELECT 1", "UPDATE t SET a = 1, b = t.c", "SELECT a FROM t OFFSET 3",
            "INSERT INTO settings (setting) VALUES ('x')", "SET work_mem = '1MB'", "SET search_path TO a, b",
            "SET TIME ZONE 'UTC'", "SELECT set_config('work_mem', '1MB', false)", "RESET work_mem",
            "SET SESSION x = 1",
            "SELECT set_configuration('a.b')", "SELECT asset.x = 1", "DISCARD PLANS", "SELECT discarded ALL",
            "ALTER TABLE t SET SCHEMA a", "UPDATE t SET \"a\" = 1", "SET a.b", "set", "SET ", "SET a.", "SET \"",
            "set_config", "reset", "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
            "UPDATE t SET roles = 1", "charset all"})
    void findsNothing(String sql) {
        assertThat(SettingMentions.in(sql)).isSameAs(SettingMentions.NONE);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', quoteCharacter = '`', value = {
            "SET app.tenant = 'x' ~ app.tenant", "set session App.Tenant to 1 ~ app.tenant",
            "SET LOCAL \"App\".\"Ten.ant\" = 1 ~ app.ten.ant", "SET \"app.tenant\" = 1 ~ app.tenant",
            "SET /* x */ app /* y */ . tenant /* z */ = 1 ~ app.tenant",
            "SELECT 1;SET a.b.c=1 ~ a.b.c", "SET local.x = 1 ~ local.x",
            "DO $$BEGIN SET app.x = 1; END$$ ~ app.x",
            "SELECT pg_background_launch('SET app.x = ''1''; SELECT 1') ~ app.x",
            "SELECT set_config('app.tenant', '42', false) ~ app.tenant",
            "SELECT set_config(('App.tenant'), ('42'), ('f')) ~ app.tenant",
            "SELECT pg_catalog.SET_CONFIG ( ( E'app.tenant'::text), '42', false) ~ app.tenant",
            "SELECT \"set_config\"(N'app.tenant', '', true) ~ app.tenant",
            "EXECUTE 'SELECT set_config(''app.x'', ''1'', true)' ~ app.x",
            "SELECT set_config($a$app.x$a$, '', true) ~ app.x",
            "UPDATE t SET a.b = 1 ~ a.b"})
    void findsNames(String sql, String name) {
        Set<String> names = name == null ? Set.of() : Set.of(name);
        assertThat(SettingMentions.in(sql)).isEqualTo(new SettingMentions(names, false));
    }

    @Test
    void findsSeveral() {
        assertThat(SettingMentions.in("SET a.b = 1; SET LOCAL c.d TO 2; "
                + "SELECT set_config('e.f', '', false); DISCARD ALL"))
                .isEqualTo(new SettingMentions(Set.of("a.b", "c.d", "e.f"), false));
        assertThat(SettingMentions.in("SET a.b /* x */\n = 1"))
                .isEqualTo(new SettingMentions(Set.of("a.b"), false));
    }

    @ParameterizedTest
    @ValueSource(strings = {"SELECT set_config(?, 'x', false)", "SELECT set_config($1, 'x', false)",
            "SELECT set_config('app.' || name, 'x', false)", "SELECT set_config(name, value, false) FROM t",
            "SELECT set_config(E'app\\x2ex', '', false)", "SELECT set_config(lower('A.b'), '', false)",
            "SELECT set_config('app.x", "SELECT set_config(", "SELECT set_config(''"})
    void findsHiddenNames(String sql) {
        assertThat(SettingMentions.in(sql)).isEqualTo(new SettingMentions(Set.of(), true));
    }

    @ParameterizedTest
    @ValueSource(strings = {"select * from set_config(?,('app.x'),('3'),false) as result",
            "select * from set_config((NULL),('app.x'),('3'),false) as result",
            "select * from set_config(?,'app.x',?,false) as result"})
    void findsNamesBehindTheResultOfACall(String shown) {
        assertThat(SettingMentions.in(shown)).isEqualTo(new SettingMentions(Set.of("app.x"), true));
    }

    @ParameterizedTest
    @ValueSource(strings = {"SET ROLE x", "set local role 'x'", "SET SESSION ROLE NONE", "SET role = x",
            "SET \"role\" TO x",
            "SET SESSION AUTHORIZATION x", "SET LOCAL SESSION AUTHORIZATION DEFAULT",
            "SET SESSION SESSION AUTHORIZATION x",
            "SET session_authorization TO x", "RESET ROLE", "RESET SESSION AUTHORIZATION", "RESET ALL", "reset  all",
            "DISCARD ALL", "discard\n/* x */ all;", "SELECT set_config('role', 'x', false)",
            "SELECT set_config('Session_Authorization', 'x', false)", "DO $$BEGIN RESET ROLE; END$$"})
    void rolesAreTheServersBusiness(String sql) {
        assertThat(SettingMentions.in(sql)).isSameAs(SettingMentions.NONE);
    }
}
