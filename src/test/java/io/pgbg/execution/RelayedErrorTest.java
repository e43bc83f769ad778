package io.pgbg.execution;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.SQLState;
import io.pgbg.execution.CallTargets;
import io.pgbg.execution.RelayedError;
import io.pgbg.function.Api;
import io.pgbg.function.Function;
import io.pgbg.sql.Dialect;
import io.pgbg.sql.ParsedStatement;
import io.pgbg.sql.Qualified;
import io.pgbg.sql.SqlReader;
import io.pgbg.wire.ServerError;
import java.sql.SQLException;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.postgresql.util.ServerErrorMessage;

/** What the server says of what it was sent, told of what the caller wrote; whatever language it speaks. */
class RelayedErrorTest {

    private static final String SQL = "SELECT 1, pg_background_launch(q, 5), pg_background_result(p)";

    private static ParsedStatement.Relayed relayed(String sql) {
        SqlReader reader = new SqlReader(Function.names(), (form, call) -> false, Set.of(), Set.of());
        return (ParsedStatement.Relayed) reader.read(sql, Dialect.STATEMENT).statements().get(0);
    }

    private static ServerErrorMessage explained(ServerError error, String sql) {
        ParsedStatement.Relayed statement = relayed(sql);
        Qualified text = statement.in(CallTargets.session(Api.ONE));
        SQLException explained = RelayedError.explain(error.toException(), text, statement, true);
        return ServerError.messageOf(explained);
    }

    private static int position(String sql, String part) {
        assertThat(sql).contains(part);
        return sql.indexOf(part) + 1;
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "pg_catalog.repeat|function pg_catalog.repeat(boolean, integer) does not exist"
            + "|function pg_background_launch(boolean, integer) does not exist",
        "pg_catalog.repeat|Funktion pg_catalog.repeat(numeric(3,2)[], integer) existiert nicht"
            + "|Funktion pg_background_launch(numeric(3,2)[], integer) existiert nicht",
        "pg_catalog.int4up(5|function pg_catalog.int4up(s.\"my (type\") does not exist"
            + "|function pg_catalog.int4up(s.\"my (type\") does not exist",
        "pg_catalog.int4up(5|la fonction pg_catalog.int4up(date) n'existe pas"
            + "|la fonction pg_background_launch(unknown, date) n'existe pas",
        "pg_catalog.int4up(p|function pg_catalog.int4up(text) does not exist"
            + "|function pg_background_result(text) does not exist"})
    void namesTheFunctionThatTheCallerCalled(String at, String message, String expected) {
        String sent = relayed(SQL).in(CallTargets.session(Api.ONE)).text();
        ServerErrorMessage told = explained(ServerError.error(SQLState.UNDEFINED_FUNCTION, message)
                .position(position(sent, at)).hint("a hint"), SQL);
        assertThat(told.getMessage()).isEqualTo(expected);
        assertThat(told.getPosition()).isEqualTo(position(SQL, at.endsWith("p") ? "pg_background_result"
                : "pg_background_launch"));
        assertThat(told.getHint()).isEqualTo("a hint");
    }

    @Test
    void restoresWhatTheServerQuotes() {
        String sql = "DO $$BEGIN PERFORM pg_background_launch(true); END$$";
        String query = "SELECT pg_temp.pg_background_launch(pg_catalog.repeat(true, 1), 0)";
        ServerErrorMessage told = explained(ServerError.error(SQLState.UNDEFINED_FUNCTION,
                "function pg_catalog.repeat(boolean, integer) does not exist")
                .internal(position(query, "pg_catalog.repeat"), query)
                .where("SQL statement \"" + query + "\"\nPL/pgSQL function \"F\"() line 1 at RETURN\nSQL expression \""
                        + "a := pg_temp.pg_background_result(pg_catalog.int4up(pg_temp.pg_background_launch("
                        + "pg_catalog.repeat('it''s (', 1), pg_catalog.int4up(0))))\""),
                sql.replace("PERFORM", "PERFORM pg_background_result(1),"));
        assertThat(told.getMessage()).isEqualTo("function pg_background_launch(boolean) does not exist");
        assertThat(told.getInternalQuery()).isEqualTo("SELECT pg_background_launch(true)");
        assertThat(told.getInternalPosition()).isEqualTo(8);
        assertThat(told.getPosition()).isZero();
        assertThat(told.getWhere()).isEqualTo("SQL statement \"SELECT pg_background_launch(true)\"\nPL/pgSQL function"
                + " \"F\"() line 1 at RETURN\nSQL expression \"a := pg_background_result(pg_background_launch("
                + "'it''s (', 0))\"");
    }

    @Test
    void namesTheCharacterThatTheCallerWrote() {
        String sql = "SELECT 1, pg_background_launch(q + /* a */)";
        String sent = relayed(sql).in(CallTargets.session(Api.ONE)).text();
        ServerErrorMessage told = explained(ServerError.error(SQLState.SYNTAX_ERROR, "syntax error at or near \",\"")
                .position(sent.indexOf(", 1)") + 1), sql);
        assertThat(told.getMessage()).isEqualTo("syntax error at or near \")\"");
        assertThat(told.getPosition()).isEqualTo(sql.indexOf(" /*") + 1);
    }

    @Test
    void leavesTheRestAsItIs() {
        SQLException plain = new SQLException("pg_catalog.repeat(true, 1)", "42883");
        ParsedStatement.Relayed statement = relayed(SQL);
        Qualified text = statement.in(CallTargets.session(Api.ONE));
        assertThat((Exception) RelayedError.explain(plain, text, statement, true)).isSameAs(plain);
        ServerErrorMessage told = explained(ServerError.error(SQLState.UNDEFINED_FUNCTION,
                "function pg_catalog.repeat(boolean, integer) does not exist").position(1).detail("d"), SQL);
        assertThat(told.getMessage()).isEqualTo("function pg_catalog.repeat(boolean, integer) does not exist");
        assertThat(told.getDetail()).isEqualTo("d");
    }
}
