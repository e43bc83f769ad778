package io.pgbg.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ObjectFinderTest {

    private static final SqlReader READER = new SqlReader(Set.of("pg_background_list", "pg_background_drain"),
            (form, call) -> true, Set.of("pg_background_handle"),
            Set.of("pg_background_list", "pg_background_activity"));

    private static ParsedStatement read(String sql) {
        return READER.read(sql, Dialect.STATEMENT).statements().get(0);
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "SELECT x::pg_background_handle", "SELECT CAST(x AS pg_background_handle)",
        "SELECT ARRAY[]::PG_background_HANDLE[]", "CREATE TEMP TABLE t (h pg_background_handle)",
        "CREATE FUNCTION f(h pg_background_handle) RETURNS int LANGUAGE sql AS ''",
        "CREATE FUNCTION f(pg_background_handle) RETURNS int LANGUAGE sql AS ''",
        "CREATE FUNCTION f() RETURNS SETOF pg_background_handle LANGUAGE sql AS ''",
        "CREATE TYPE t AS (h pg_background_handle)", "CREATE DOMAIN d AS pg_background_handle",
        "ALTER TABLE t ADD COLUMN h pg_background_handle",
        "SELECT * FROM pg_background_list", "SELECT * FROM a, pg_background_list l", "TABLE pg_background_activity",
        "SELECT * FROM a JOIN (pg_background_activity JOIN b ON true) ON true", "WITH l AS (SELECT * FROM"
        + " pg_background_list) SELECT * FROM l", "DECLARE c CURSOR FOR SELECT * FROM pg_background_list",
        "DO 'DECLARE h pg_background_handle; BEGIN END'", "DO $$DECLARE r pg_background_list%ROWTYPE; BEGIN END$$",
        "DO $$BEGIN EXECUTE 'SELECT x::pg_background_handle FROM t'; END$$"})
    void anUnqualifiedNameIsNoticedAndLeftAlone(String sql) {
        assertThat(read(sql)).isInstanceOfSatisfying(ParsedStatement.Relayed.class,
                relayed -> assertThat(relayed.in(TestReader.names("pg_temp")).text()).isEqualTo(sql));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "SELECT x::public.pg_background_handle[]|SELECT x::pg_temp.pg_background_handle[]",
        "SELECT CAST(x AS \"public\" . pg_background_handle)|SELECT CAST(x AS pg_temp . pg_background_handle)",
        "SELECT * FROM public.pg_background_list l|SELECT * FROM pg_temp.pg_background_list l",
        "SELECT * FROM a, public.pg_background_activity|SELECT * FROM a, pg_temp.pg_background_activity",
        "DO 'DECLARE h public.pg_background_handle; BEGIN END'|DO 'DECLARE h pg_temp.pg_background_handle; BEGIN END'",
        "SELECT d.pid FROM pg_background_drain(x::public.pg_background_handle[]) d"
        + "|SELECT d.pid FROM pg_temp.pg_background_drain(x::pg_temp.pg_background_handle[]) d"})
    void theSchemaOfAQualifiedNameIsReplaced(String sql, String expected) {
        assertThat(read(sql)).isInstanceOfSatisfying(ParsedStatement.Relayed.class,
                relayed -> assertThat(relayed.in(TestReader.names("pg_temp")).text()).isEqualTo(expected));
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "SELECT 1 AS pg_background_handle", "SELECT t.pg_background_handle FROM t",
        "SELECT pg_background_list FROM t", "SELECT a, t.pg_background_list FROM t",
        "SELECT * FROM pg_background_list.t", "SELECT * FROM pg_catalog.pg_background_list",
        "INSERT INTO pg_background_handle SELECT 1", "CREATE TABLE pg_background_handle AS SELECT 1",
        "UPDATE pg_background_handle SET x = 1", "UPDATE ONLY pg_background_handle SET x = 1",
        "SELECT 1 FROM a JOIN pg_background_handle ON true", "SELECT 1 INTO pg_background_handle",
        "CREATE TABLE IF NOT EXISTS pg_background_handle AS SELECT 1", "DELETE FROM pg_background_handle",
        "CREATE VIEW pg_background_handle AS SELECT 1",
        "SELECT 'pg_background_handle'", "SELECT 1 -- x::pg_background_handle", "DROP TYPE pg_background_handle",
        "COMMENT ON VIEW pg_background_list IS 'x'", "GRANT SELECT ON pg_background_list TO x"})
    void whatOnlyLooksLikeOneIsPassed(String sql) {
        assertThat(read(sql)).isInstanceOf(ParsedStatement.Passed.class);
    }
}
