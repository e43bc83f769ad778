package io.pgbg.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExtensionParserTest {

    @ParameterizedTest
    @CsvSource(delimiter = '~', quoteCharacter = '`', nullValues = "-", value = {
            "CREATE EXTENSION pg_background ~ false ~ - ~ - ~ false",
            "create extension if not exists PG_Background ~ true ~ - ~ - ~ false",
            "CREATE EXTENSION \"pg_background\" WITH ~ false ~ - ~ - ~ false",
            "/* a */ CREATE EXTENSION/* b */U&\"pg_background\" CASCADE -- c ~ false ~ - ~ - ~ true",
            "CREATE EXTENSION pg_background WITH SCHEMA Ext ~ false ~ ext ~ - ~ false",
            "CREATE EXTENSION pg_background SCHEMA \"My \"\"S\" ~ false ~ My \"S ~ - ~ false",
            "CREATE EXTENSION pg_background VERSION '1.8' ~ false ~ - ~ 1.8 ~ false",
            "CREATE EXTENSION pg_background VERSION E'1\\x2E8' ~ false ~ - ~ 1.8 ~ false",
            "CREATE EXTENSION pg_background VERSION \"1.8\" ~ false ~ - ~ 1.8 ~ false",
            "CREATE EXTENSION pg_background VERSION Next ~ false ~ - ~ next ~ false",
            "CREATE EXTENSION IF NOT EXISTS pg_background CASCADE VERSION $$2.0$$ SCHEMA a ~ true ~ a ~ 2.0 ~ true",
            "CREATE EXTENSION pg_background WITH SCHEMA s VERSION '1' CASCADE FROM unpackaged ~ false ~ s ~ 1 ~ true",
            "CREATE EXTENSION pg_background FROM '1.0' VERSION v ~ false ~ - ~ v ~ false",
            "CREATE EXTENSION pg_background WITH SCHEMA cascade ~ false ~ cascade ~ - ~ false"})
    void readsCreate(String sql, boolean ifNotExists, String schema, String version, boolean cascade) {
        assertThat(TestReader.one(sql))
                .isEqualTo(new ParsedStatement.CreateExtension(sql, 0, 0, ifNotExists, schema, version, cascade));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', quoteCharacter = '`', nullValues = "-", emptyValue = "", value = {
            "DROP EXTENSION pg_background ~ false ~ - ~ false",
            "drop extension if exists PG_BACKGROUND ~ true ~ - ~ false",
            "DROP EXTENSION pg_background CASCADE ~ false ~ - ~ true",
            "DROP EXTENSION pg_background RESTRICT ~ false ~ - ~ false",
            "DROP EXTENSION a, pg_background, \"B\" cascade ~ false ~ a|\"B\" ~ true",
            "DROP EXTENSION IF EXISTS Hstore , \"pg_background\" ~ true ~ Hstore ~ false",
            "DROP EXTENSION cascade, pg_background ~ false ~ cascade ~ false"})
    void readsDrop(String sql, boolean ifExists, String others, boolean cascade) {
        List<String> names = others == null ? List.of() : List.of(others.split("\\|"));
        assertThat(TestReader.one(sql)).isEqualTo(new ParsedStatement.DropExtension(sql, 0, 0, ifExists, names, cascade));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', quoteCharacter = '`', nullValues = "-", value = {
            "ALTER EXTENSION pg_background UPDATE ~ -",
            "alter extension \"pg_background\" update to '1.9' ~ 1.9",
            "ALTER EXTENSION pg_background UPDATE TO \"2.0\" ~ 2.0",
            "ALTER EXTENSION pg_background UPDATE TO latest ~ latest"})
    void readsUpdate(String sql, String version) {
        assertThat(TestReader.one(sql)).isEqualTo(new ParsedStatement.UpdateExtension(sql, 0, 0, version));
    }

    @ParameterizedTest
    @ValueSource(strings = {
            "CREATE EXTENSION pg_background2",
            "CREATE EXTENSION \"PG_BACKGROUND\"",
            "CREATE EXTENSION hstore SCHEMA pg_background",
            "CREATE EXTENSION pg_background SCHEMA",
            "CREATE EXTENSION pg_background SCHEMA 's'",
            "CREATE EXTENSION pg_background SCHEMA a.b",
            "CREATE EXTENSION pg_background SCHEMA select",
            "CREATE EXTENSION pg_background SCHEMA a SCHEMA b",
            "CREATE EXTENSION pg_background CASCADE CASCADE",
            "CREATE EXTENSION pg_background VERSION 1.8",
            "CREATE EXTENSION pg_background VERSION N'1.8'",
            "CREATE EXTENSION pg_background VERSION U&'1.8' UESCAPE '!'",
            "CREATE EXTENSION pg_background VERSION '1' VERSION '2'",
            "CREATE EXTENSION pg_background VERSION '1",
            "CREATE EXTENSION pg_background WITH WITH",
            "CREATE EXTENSION pg_background RESTRICT",
            "CREATE EXTENSION IF EXISTS pg_background",
            "CREATE EXTENSION pg_background, hstore",
            "CREATE EXTENSION 'pg_background'",
            "CREATE OR REPLACE EXTENSION pg_background",
            "DROP EXTENSION hstore, pg_background_x",
            "DROP EXTENSION pg_background,",
            "DROP EXTENSION pg_background hstore",
            "DROP EXTENSION , pg_background",
            "DROP EXTENSION pg_background CASCADE RESTRICT",
            "DROP EXTENSION IF NOT EXISTS pg_background",
            "DROP EXTENSION s.pg_background",
            "DROP SCHEMA pg_background",
            "ALTER EXTENSION pg_background SET SCHEMA s",
            "ALTER EXTENSION pg_background ADD FUNCTION f()",
            "ALTER EXTENSION pg_background UPDATE TO",
            "ALTER EXTENSION pg_background UPDATE TO 1.8",
            "ALTER EXTENSION pg_background UPDATE TO '1' TO '2'",
            "ALTER EXTENSION pg_background",
            "ALTER EXTENSION hstore UPDATE TO pg_background",
            "COMMENT ON EXTENSION pg_background IS 'x'",
            "SELECT 'CREATE EXTENSION pg_background'"})
    void passesTheRest(String sql) {
        assertThat(TestReader.one(sql)).isInstanceOf(ParsedStatement.Passed.class);
    }

    @Test
    void takesNoParameters() {
        assertThat(TestReader.one("CREATE EXTENSION pg_background VERSION ?", Dialect.PREPARED))
                .isInstanceOf(ParsedStatement.Passed.class);
    }

    @Test
    void knowsItsPlaceInTheScript() {
        assertThat(TestReader.read("VACUUM; DROP EXTENSION pg_background; DROP EXTENSION a").statements().get(1))
                .isEqualTo(new ParsedStatement.DropExtension("DROP EXTENSION pg_background", 8, 0, false, List.of(), false));
    }
}
