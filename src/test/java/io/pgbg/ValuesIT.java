package io.pgbg;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Failure;
import io.pgbg.testkit.Grid;
import io.pgbg.testkit.NotAmongTraps;
import io.pgbg.testkit.SinceRelease;
import io.pgbg.testkit.Sql;
import io.pgbg.testkit.TestDatabase;
import io.pgbg.testkit.WithConnection;
import java.sql.SQLException;
import java.util.List;
import java.util.regex.Matcher;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A value of a job arrives as it is, whatever the settings are by which job and launcher write values as texts. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@AlsoAmongTraps
@SinceRelease(value = 12, because = "floats in their shortest form, and types")
class ValuesIT extends WithConnection {

    @BeforeAll
    static void createObjects(TestDatabase database) throws SQLException {
        database.execute("""
                CREATE SCHEMA dt;
                CREATE TABLE dt.n (i int);
                CREATE TABLE n (i int);
                CREATE TABLE dt.alone (i int);
                CREATE TYPE span AS (i interval, f float8);
                CREATE TABLE seen (i int);
                CREATE TYPE mood AS ENUM ('sad', 'very happy');
                CREATE DOMAIN posint AS int CHECK (int4gt(VALUE, 0));
                CREATE TYPE dt.mixed AS (m mood, i interval, t timestamptz, c regclass, f float8[], n dt.n);
                """);
    }

    /** A statement that is nothing but the call. */
    private static String direct(String job, String columns) {
        return "SELECT * FROM pg_background_result(pg_background_launch($job$" + job + "$job$)) AS t(" + columns + ")";
    }

    /** A query on the server that reads a job. */
    private static String relayed(String job, String columns) {
        return "SELECT t.* FROM pg_background_result(pg_background_launch($job$" + job + "$job$)) AS t(" + columns
                + ") WHERE true";
    }

    private void run(String sql) throws SQLException {
        Sql.run(connection, sql);
    }

    private String value(String sql) throws SQLException {
        return Sql.value(connection, sql);
    }

    // Settings that the job has changed

    @ParameterizedTest
    @ValueSource(strings = {
        "SET intervalstyle = sql_standard; SELECT '-1 day -04:05:06'::interval",
        "SET LOCAL intervalstyle = sql_standard; SELECT '-1 day -04:05:06'::interval",
        "SELECT set_config('intervalstyle', 'sql_standard', true); SELECT '-1 day -04:05:06'::interval",
        "SET intervalstyle = sql_standard; SELECT '-1 day -04:05:06'::interval FROM pg_class LIMIT 1",
        "DO $$ BEGIN SET intervalstyle = sql_standard; END $$; SELECT '-1 day -04:05:06'::interval"
    })
    void anIntervalDoesNotDependOnTheJobsStyle(String job) throws SQLException {
        for (String style : List.of("postgres", "sql_standard", "iso_8601", "postgres_verbose")) {
            run("SET intervalstyle = " + style);
            String own = value("SELECT '-1 day -04:05:06'::interval");
            assertThat(value(relayed(job, "v interval"))).isEqualTo(own);
            assertThat(value(direct(job, "v interval"))).isEqualTo(own);
        }
    }

    @Test
    void intervalsInsideOtherValuesDoNotEither() throws SQLException {
        String job = "SET intervalstyle = sql_standard; SELECT ARRAY['-1 day -04:05:06'::interval],"
                + " ROW('-1 day -04:05:06'::interval, 1)::span, ARRAY[ROW('-1 day -04:05:06'::interval, 1)::span]";
        String columns = "a interval[], b span, c span[]";
        assertThat(Sql.rows(connection, relayed(job, columns))).isEqualTo(Sql.rows(connection,
                job.replace("SET intervalstyle = sql_standard; ", "")));
        assertThat(Sql.rows(connection, direct(job, columns))).isEqualTo(Sql.rows(connection,
                job.replace("SET intervalstyle = sql_standard; ", "")));
    }

    @Test
    void aFloatKeepsAllItsDigits() throws SQLException {
        String value = "LONG, ARRAY[LONG], ROW(NULL, LONG)::span, '0.033333335'::float4, point(LONG, 1)"
                .replace("LONG", "'0.30000000000000004'::float8");
        String columns = "a float8, b float8[], c span, d float4, e point";
        String same = "SELECT record_image_eq(ROW(t.*), ROW(o.*)) FROM"
                + " (SELECT " + value + ") AS o(a, b, c, d, e),";
        for (String launcher : List.of("3", "0", "-5")) {
            for (String job : List.of("", "SET extra_float_digits = 0; ", "SET extra_float_digits = -15; ")) {
                run("SET extra_float_digits = " + launcher);
                for (String from : List.of("", " FROM pg_class LIMIT 1")) {
                    String text = job + "SELECT " + value + from;
                    assertThat(value(relayed(text, columns).replaceFirst("SELECT t\\.\\* FROM",
                            Matcher.quoteReplacement(same)))).as(launcher + text).isEqualTo("t");
                }
            }
        }
    }

    @Test
    void aJobThatShowsFewDigitsStillWritesTextsWithFew() throws SQLException {
        run("SET extra_float_digits = 0");
        assertThat(value(relayed("SELECT '0.30000000000000004'::float8::text, 1::float8", "t text, f float8")))
                .isEqualTo("0.3");
    }

    @Test
    void anObjectsNameIsReadAsTheJobWroteIt() throws SQLException {
        for (String job : List.of("SET search_path = dt; SELECT 'n'::regclass",
                "SET SCHEMA 'dt'; SELECT 'n'::regclass", "SET search_path = dt; SELECT ARRAY['n'::regclass]",
                "SET search_path = dt; SELECT 'n'::regclass FROM pg_class LIMIT 1")) {
            boolean array = job.contains("ARRAY");
            String columns = "v regclass" + (array ? "[]" : "");
            assertThat(value("SELECT " + (array ? "v[1]" : "v") + "::oid = 'dt.n'::regclass::oid FROM ("
                    + relayed(job, columns) + ") AS r")).isEqualTo("t");
            assertThat(value(relayed(job, columns))).isEqualTo(array ? "{dt.n}" : "dt.n");
            assertThat(value(direct(job, columns))).isEqualTo(array ? "{dt.n}" : "dt.n");
        }
        assertThat(value(relayed("SET search_path = dt; SELECT 'alone'::regclass", "v regclass")))
                .isEqualTo("dt.alone");
    }

    @Test
    void settingsThatChangeBetweenLaunchAndResultDoNotMatter() throws SQLException {
        run("SET search_path = dt; SET intervalstyle = sql_standard");
        int pid = Sql.launch(connection, "SELECT 'n'::regclass, '-1 day -04:05:06'::interval");
        run("SET search_path = public; SET intervalstyle = postgres");
        assertThat(Sql.rows(connection, "SELECT r.*, 1 FROM pg_background_result(" + pid
                + ") AS r(c regclass, i interval)")).containsExactly("dt.n,-1 days -04:05:06,1");
        assertThat(value("SHOW search_path")).isEqualTo("public");
        assertThat(value("SHOW intervalstyle")).isEqualTo("postgres");
    }

    @Test
    void theCallersSettingsAreAsBeforeWithinTheSameTransaction() throws SQLException {
        run("SET search_path = dt; SET intervalstyle = sql_standard");
        int pid = Sql.launch(connection, "SELECT 'n'::regclass, '-1 day -04:05:06'::interval");
        connection.setAutoCommit(false);
        run("SET LOCAL search_path = public; SET LOCAL intervalstyle = postgres");
        assertThat(Sql.rows(connection, "SELECT r.*, current_setting('search_path'), current_setting('intervalstyle')"
                + " FROM pg_background_result(" + pid + ") AS r(c regclass, i interval)"))
                .containsExactly("dt.n,-1 days -04:05:06,public,postgres");
        assertThat(value("SHOW search_path")).isEqualTo("public");
        assertThat(value("SHOW intervalstyle")).isEqualTo("postgres");
        connection.rollback();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', value = {
        "SET timezone = 'Asia/Tokyo' ~ '2024-01-02 03:04:05+00'::timestamptz ~ timestamptz",
        "SET TIME ZONE 9 ~ '2024-01-02 03:04:05+00'::timestamptz ~ timestamptz",
        "SET timezone = 'Asia/Tokyo' ~ '[2024-01-02 03:04:05+00,)'::tstzrange ~ tstzrange",
        "SET bytea_output = escape ~ '\\x0041ff'::bytea ~ bytea",
        "SET intervalstyle = iso_8601 ~ '1 year 2 days'::interval ~ interval",
        "SET search_path = dt ~ 'dt.n'::regclass ~ regclass",
        "SET search_path = dt ~ 'public.n'::regclass ~ regclass"
    })
    void aValueIsShownAsTheLauncherShowsIt(String setting, String value, String type) throws SQLException {
        String own = value("SELECT " + value);
        for (String from : List.of("", " FROM pg_class LIMIT 1")) {
            String job = setting + "; SELECT " + value + from;
            assertThat(value(direct(job, "v " + type))).isEqualTo(own);
            assertThat(value("SELECT * FROM pg_background_result(pg_background_launch($j$" + job + "$j$))"))
                    .isEqualTo(own);
            assertThat(value(relayed(job, "v " + type))).isEqualTo(own);
        }
    }

    // Jobs that change such a setting are jobs like others

    @Test
    void aJobThatChangesASettingHasRowsTagsAndErrorsLikeOthers() throws SQLException {
        String set = "SET search_path = dt, public; SET extra_float_digits = 0; ";
        assertThat(Sql.rows(connection, direct(set + "SELECT g, '0.6666666666666666'::float8 FROM"
                + " generate_series(1, 50000) AS g", "g int, f float8"))).hasSize(50000)
                .contains("2,0.6666666666666666");
        assertThat(Sql.rows(connection, direct(set + "INSERT INTO seen VALUES (1), (2)", "tag text")))
                .containsExactly("SET", "SET", "INSERT 0 2");
        assertThat(Sql.rows(connection, direct(set + "DELETE FROM seen RETURNING i::float8", "f float8")))
                .containsExactly("1", "2");
        assertThat(Sql.rows(connection, direct(set + "WITH d AS (INSERT INTO seen VALUES (3) RETURNING i) SELECT"
                + " i::float8 FROM d", "f float8"))).containsExactly("3");
        assertThat(Sql.rows(connection, direct(set + "SELECT i::float8 FROM seen FOR UPDATE", "f float8")))
                .containsExactly("3");
        assertThat(Sql.rows(connection, direct(set + "VALUES (1.5::float8), (2)", "f float8")))
                .containsExactly("1.5", "2");
        for (String query : List.of("SELECT 1.5::float8, nothing", "SELECT 1.5::float8, nothing FROM seen",
                "SELECT i, nothing FROM seen", "SELECT 1.5::float8,, nothing")) {
            int pid = Sql.launch(connection, set + query);
            Failure failure = Failure.of(connection, "SELECT * FROM pg_background_result(" + pid + ")");
            assertThat(failure.state()).isIn("42703", "42601");
            assertThat(failure.position()).as(query)
                    .isEqualTo((set + query).indexOf(query.contains(",,") ? ", nothing" : "nothing") + 1);
        }
        assertThat(Failure.of(connection, direct(set + "SELECT float8div(1, float8mi(10000, g)) FROM"
                + " generate_series(1, 50000) AS g", "f float8")).state()).isEqualTo("22012");
    }

    @Test
    void theOutcomeOfAJobThatChangesASettingTellsItsTag() throws SQLException {
        for (String query : List.of("SELECT 1.5::float8", "SELECT g::float8 FROM generate_series(1, 3) AS g",
                "SELECT g::float8 FROM generate_series(1, 50000) AS g")) {
            Grid outcome = Grid.query(connection, "SELECT row_count, command_tag FROM pg_background_run($j$"
                    + "SET extra_float_digits = 0; " + query + "$j$)");
            Grid usual = Grid.query(connection, "SELECT row_count, command_tag FROM pg_background_run($j$"
                    + "SET work_mem = '4MB'; " + query + "$j$)");
            assertThat(outcome).isEqualTo(usual);
            String handle = "SELECT (pg_background_result_info(pid, cookie)).command_tag FROM"
                    + " (SELECT * FROM pg_background_launch_v2($j$%s" + query + "$j$)) AS h, LATERAL (SELECT"
                    + " pg_background_wait(pid, cookie)) AS w";
            assertThat(value(String.format(handle, "SET extra_float_digits = 0; ")))
                    .isEqualTo(value(String.format(handle, "SET work_mem = '4MB'; ")));
        }
    }

    // Arrays that are not written with commas

    @Test
    void severalRowsOfBoxesArrive() throws SQLException {
        String job = "SELECT box '((1,2),(3,4))' UNION ALL SELECT NULL UNION ALL SELECT box '((5,6),(7,8))'";
        assertThat(Sql.rows(connection, relayed(job, "b box"))).isEqualTo(Sql.rows(connection, job));
        String arrays = "SELECT ARRAY[box '((1,2),(3,4))', NULL, box '((5,6),(7,8))'] UNION ALL SELECT '{}'";
        assertThat(Sql.rows(connection, relayed(arrays, "b box[]"))).isEqualTo(Sql.rows(connection, arrays));
    }

    // All types

    /** Settings by which the launcher and its jobs show values; only the order of a date's parts is pgjdbc's. */
    private static final List<String> SHOWN = List.of(
            "SET datestyle = 'ISO, MDY'; SET intervalstyle = postgres; SET timezone = 'UTC';"
                    + " SET extra_float_digits = 3; SET bytea_output = hex; SET search_path = public",
            "SET datestyle = 'ISO, DMY'; SET intervalstyle = sql_standard; SET timezone = 'America/St_Johns';"
                    + " SET extra_float_digits = 0; SET bytea_output = escape; SET search_path = dt, public",
            "SET datestyle = 'ISO, YMD'; SET intervalstyle = iso_8601; SET timezone = 'Asia/Kolkata';"
                    + " SET extra_float_digits = -15; SET bytea_output = hex; SET search_path = pg_catalog, dt",
            "SET intervalstyle = postgres_verbose; SET lc_monetary = 'C'; SET quote_all_identifiers = on");

    @ParameterizedTest
    @CsvSource(delimiter = '~', quoteCharacter = '`', value = {
        "bool ~ true ~ false", "int2 ~ -32768 ~ 32767", "int4 ~ -2147483648 ~ 2147483647",
        "int8 ~ -9223372036854775808 ~ 9223372036854775807",
        "numeric ~ NaN ~ -12345678901234567890.1234567890123456789",
        "numeric(5,2) ~ 1.5 ~ -999.99", "float4 ~ 0.1 ~ 3.4028235e38", "float4 ~ NaN ~ -Infinity",
        "float8 ~ 0.30000000000000004 ~ -5e-324", "float8 ~ -0 ~ 1.7976931348623157e308", "float8 ~ NaN ~ Infinity",
        "money ~ 12.34 ~ -1234567.89", "text ~ `` ~ NULL", "text ~ ä€\uD83D\uDE00 \"quoted\" \\ {a,b} ~ null",
        "varchar(5) ~ abc ~ `ab   `", "char(5) ~ abc ~ ``", "\"char\" ~ c ~ ``", "name ~ abc ~ ä b",
        "bytea ~ \\x00ff275c41 ~ ``", "date ~ 2024-02-03 ~ 0044-03-15 BC", "date ~ infinity ~ -infinity",
        "time ~ 24:00:00 ~ 03:04:05.678901", "time(2) ~ 03:04:05.67 ~ 00:00:00",
        "timetz ~ 12:00:00+02 ~ 23:59:59.9-12:30",
        "timestamp ~ 2024-01-02 03:04:05.678901 ~ infinity", "timestamp(3) ~ 2024-01-02 03:04:05.678 ~ 0001-01-01 BC",
        "timestamptz ~ 2024-07-02 03:04:05.678901+00 ~ -infinity", "timestamptz ~ 1800-01-01 00:00:00+00"
            + " ~ 0044-03-15 01:02:03+00 BC", "interval ~ 1 year -2 mons 3 days -04:05:06.789 ~ -1 day -04:05:06",
        "interval ~ 0 ~ -1 year +2 days", "interval day to second(2) ~ 1 day 02:03:04.56 ~ -00:00:00.01",
        "uuid ~ a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11 ~ 00000000-0000-0000-0000-000000000000",
        "json ~ {\"a\":  [1, \"x\\\\n\"], \"a\": null} ~ \"text\"", "jsonb ~ {\"b\": 1, \"a\": \"ä\"} ~ null",
        "xml ~ <a b=\"c\">d</a> ~ content", "inet ~ 10.0.0.1/8 ~ ::1", "cidr ~ 10.0.0.0/8 ~ 2001:db8::/32",
        "macaddr ~ 08:00:2b:01:02:03 ~ ff:ff:ff:ff:ff:ff",
        "macaddr8 ~ 08:00:2b:01:02:03:04:05 ~ 00:00:00:00:00:00:00:00",
        "point ~ (0.30000000000000004,-1) ~ (NaN,Infinity)", "line ~ {1,2,3} ~ {0.1,-1,0.30000000000000004}",
        "lseg ~ [(1,2),(3,4)] ~ [(0.1,0.2),(0.30000000000000004,0)]",
        "box ~ (3,4),(1,2) ~ (0.30000000000000004,4),(0.1,2)",
        "path ~ [(1,2),(3,4)] ~ ((1,2),(3,0.30000000000000004))", "polygon ~ ((1,2),(3,4),(5,0.30000000000000004))"
            + " ~ ((0,0))", "circle ~ <(1,2),0.30000000000000004> ~ <(0,0),0>", "bit(3) ~ 101 ~ 000",
        "varbit ~ 10101 ~ ``",
        "int4range ~ [1,5) ~ empty", "numrange ~ (,1.5] ~ (,)", "tstzrange ~ [2024-01-02 03:04:05+00,infinity] ~ empty",
        "daterange ~ [2024-02-03,2024-03-02) ~ (,2024-01-01)", "tsvector ~ a:1A b:2 'q' ~ ``", "tsquery ~ a & !b ~ ``",
        "oid ~ 4294967295 ~ 0", "xid ~ 4294967295 ~ 3", "cid ~ 0 ~ 7", "tid ~ (0,1) ~ (4294967295,65535)",
        "regclass ~ dt.n ~ public.n", "regclass ~ - ~ pg_catalog.pg_class", "regtype ~ dt.mixed ~ timestamptz[]",
        "regproc ~ pg_catalog.now ~ -", "regprocedure ~ pg_catalog.length(text) ~ -", "regnamespace ~ dt ~ public",
        "regoperator ~ pg_catalog.+(int4,int4) ~ pg_catalog.-(NONE,int4)", "regrole ~ postgres ~ -",
        "regconfig ~ pg_catalog.english ~ pg_catalog.simple", "regdictionary ~ pg_catalog.simple ~ pg_catalog.simple",
        "pg_lsn ~ 16/B374D848 ~ FFFFFFFF/FFFFFFFF", "txid_snapshot ~ 10:20:10,14,15 ~ 1:1:",
        "jsonpath ~ $.a[*] ~ strict $",
        "aclitem ~ postgres=arw/postgres ~ =r/postgres", "public.mood ~ sad ~ very happy", "public.posint ~ 7 ~ 1",
        "public.span ~ (\"-1 day -04:05:06\",0.30000000000000004) ~ (,)",
        "dt.mixed ~ (sad,\"1 year -1 day\",\"2024-01-02 03:04:05+00\",dt.n,\"{0.1,NULL}\",\"(7)\") ~ (,,,,,)",
        "int4[] ~ {1,NULL,3} ~ {}", "int4[] ~ [2:3]={1,2} ~ {{1,2},{3,4}}", "text[] ~ {a,\"b,c\",\"\",NULL,\"NULL\"} ~"
            + " {\"ä \\\\\"}", "interval[] ~ {-1 day -04:05:06,1 mon} ~ {}",
        "float8[] ~ {0.30000000000000004,NaN} ~ {}",
        "timestamptz[] ~ {2024-01-02 03:04:05+00,infinity} ~ {NULL}", "money[] ~ {12.34,-1} ~ {}",
        "box[] ~ {(3,4),(1,2);(0.30000000000000004,4),(0.1,2)} ~ {}", "bytea[] ~ {\"\\\\x00ff\",\"\"} ~ {}",
        "regclass[] ~ {dt.n,public.n} ~ {}", "numeric(5,2)[] ~ {1.5,NULL} ~ {}", "varchar(5)[] ~ {abc} ~ {}",
        "public.mood[] ~ {sad,\"very happy\"} ~ {}", "public.posint[] ~ {1,2} ~ {}", "tstzrange[] ~"
            + " {\"[2024-01-02 03:04:05+00,2024-01-03 03:04:05+00)\"} ~ {}",
        "public.span[] ~ {\"(\\\"-1 day -04:05:06\\\",0.1)\",NULL} ~ {}"
    })
    @NotAmongTraps("which values arrive does not depend on traps, and there are many")
    void aValueOfEveryTypeArrivesAsItIs(String type, String first, String second) throws SQLException {
        String one = "SELECT 1 AS n, " + literal(first) + "::" + type + " AS v";
        String many = "SELECT x.n, x.v::" + type + " AS v FROM (" + one + " UNION ALL SELECT 2, " + literal(second)
                + "::" + type + " UNION ALL SELECT 3, NULL) AS x";
        for (int i = 0; i < SHOWN.size(); i++) {
            run("RESET ALL; " + SHOWN.get(i));
            assertArrives(one, SHOWN.get((i + 1) % SHOWN.size()), "n int4, v " + type);
            assertArrives(many, SHOWN.get((i + 2) % SHOWN.size()), "n int4, v " + type);
        }
    }

    private void assertArrives(String query, String settings, String columns) throws SQLException {
        String job = settings + "; " + query;
        Grid own = Grid.query(connection, query);
        boolean fewDigits = Integer.parseInt(value("SHOW extra_float_digits")) <= 0;
        if (!fewDigits || !columns.contains("span") && !columns.contains("mixed")) {
            // floating-point numbers inside a composite value are shown with all digits
            assertThat(Grid.query(connection, direct(job, columns))).as("directly, " + settings).isEqualTo(own);
        }
        assertThat(Grid.query(connection, relayed(job, columns))).as("relayed, " + settings).isEqualTo(own);
        run("CREATE TEMP TABLE arrived AS " + relayed(job, columns));
        assertThat(value("SELECT pg_catalog.bool_and(pg_catalog.record_image_eq(ROW(a.v), ROW(o.v))) FROM"
                + " pg_temp.arrived AS a JOIN (" + query + ") AS o ON a.n OPERATOR(pg_catalog.=) o.n"))
                .as("in a table, " + settings).isEqualTo("t");
        run("DROP TABLE pg_temp.arrived");
    }

    private static String literal(String value) {
        return "$v$" + value + "$v$";
    }

    @Test
    void aLargeTextArrives() throws SQLException {
        String job = "SELECT pg_catalog.repeat('ä€ \"x\" ', 200000)";
        assertThat(value(direct(job, "v text"))).isEqualTo(value(job)).hasSize(1_400_000);
        assertThat(value(relayed(job, "v text"))).isEqualTo(value(job));
    }
}
