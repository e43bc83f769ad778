package io.pgbg.demo;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Starts an embedded PostgreSQL, connects to it with {@code jdbc:pgbg:} and shows what the driver is for. Ends with an
 * exception when something does not come out as it should.
 */
public final class Demo {

    private final Terminal terminal;

    private Demo(Terminal terminal) {
        this.terminal = terminal;
    }

    public static void main(String[] arguments) throws Exception {
        try (EmbeddedPostgres server = EmbeddedPostgres.builder()
                .setOutputRedirector(ProcessBuilder.Redirect.DISCARD)
                .setErrorRedirector(ProcessBuilder.Redirect.DISCARD)
                .start()) {
            String url = server.getJdbcUrl("postgres", "postgres").replaceFirst("^jdbc:postgresql:", "jdbc:pgbg:");
            try (Connection connection = DriverManager.getConnection(url)) {
                System.out.printf("PostgreSQL %s, without any extension, over %s%n",
                        connection.getMetaData().getDatabaseProductVersion(), url);
                new Demo(new Terminal(connection, System.out)).show();
            }
        }
    }

    private void show() throws SQLException {
        vacuum();
        audit();
        counts();
        error();
        terminal.heading("That is all.");
    }

    private void vacuum() throws SQLException {
        terminal.heading("A table is filled, and a quarter of it deleted.");
        terminal.run("CREATE TABLE orders (id int PRIMARY KEY, amount int, note text)");
        terminal.run("""
                INSERT INTO orders
                SELECT i, i % 1000, repeat('note ', 20) FROM generate_series(1, 200000) AS i""");
        terminal.run("DELETE FROM orders WHERE id % 4 = 0");

        terminal.heading("VACUUM in the background, slowed down to be watched: the job takes the session's settings over.");
        terminal.run("SET vacuum_cost_delay = '5ms'");
        terminal.run("SET vacuum_cost_limit = 40");
        String vacuum = terminal.run("SELECT pg_background_launch('VACUUM (VERBOSE, ANALYZE) orders')").onlyValue();

        terminal.heading("The connection is free for other work meanwhile.");
        terminal.run("UPDATE orders SET amount = 0 WHERE id <= 2");
        terminal.run("SELECT count(*), sum(amount) FROM orders");
        Table state = terminal.run("SELECT pid, state, query FROM pg_stat_activity WHERE pid = " + vacuum);
        expect(state.rows().size() == 1 && state.rows().get(0).get(1).equals("active"), "the VACUUM runs by itself");

        terminal.heading("Its notices arrive while the result is waited for, and then its command tag.");
        terminal.timing(true);
        Table result = terminal.run("SELECT * FROM pg_background_result(" + vacuum + ") AS (result text)");
        expect(result.onlyValue().equals("VACUUM"), "the result is the command tag");
        expect(terminal.millisBetweenNotices() > 200, "the notices arrived while the job ran");
        terminal.timing(false);
        terminal.run("RESET vacuum_cost_delay");
    }

    private void audit() throws SQLException {
        terminal.heading("A row that survives the ROLLBACK: the job is a transaction of its own.");
        terminal.run("CREATE TABLE account (owner text PRIMARY KEY, balance int CHECK (balance >= 0))");
        terminal.run("INSERT INTO account VALUES ('alice', 100), ('bob', 50)");
        terminal.run("CREATE TABLE audit (happened timestamptz DEFAULT now(), what text)");
        terminal.run("BEGIN");
        terminal.run("UPDATE account SET balance = balance - 80 WHERE owner = 'alice'");
        terminal.run("""
                SELECT * FROM pg_background_result(pg_background_launch(
                  $$INSERT INTO audit (what) VALUES ('alice tried to pay 80')$$)) AS (result text)""");
        terminal.run("ROLLBACK");
        Table accounts = terminal.run("SELECT owner, balance FROM account ORDER BY owner");
        expect(accounts.rows().equals(List.of(List.of("alice", "100"), List.of("bob", "50"))), "the update is undone");
        Table audited = terminal.run("SELECT what FROM audit");
        expect(audited.onlyValue().equals("alice tried to pay 80"), "the audit row is there");
    }

    private void counts() throws SQLException {
        terminal.heading("Two counts at the same time; each also sleeps for a second, so that it can be seen.");
        terminal.timing(true);
        long start = System.nanoTime();
        String small = terminal.run("SELECT pg_background_launch("
                + "'SELECT count(*) FROM orders, pg_sleep(1) WHERE amount < 500') AS small").onlyValue();
        String large = terminal.run("SELECT pg_background_launch("
                + "'SELECT count(*) FROM orders, pg_sleep(1) WHERE amount >= 500') AS large").onlyValue();
        Table running = terminal.run("SELECT pid, state, wait_event FROM pg_stat_activity WHERE pid IN ("
                + small + ", " + large + ") AND state = 'active'");
        expect(running.rows().size() == 2, "both counts are running");
        long smallCount = count(small, "small");
        long largeCount = count(large, "large");
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
        terminal.timing(false);
        System.out.printf("Both together: %d ms, of which each slept 1000 ms.%n%n", millis);
        expect(smallCount + largeCount == 150_000, "the counts are those of the whole table");
        expect(millis >= 1000 && millis < 1900, "the counts ran at the same time");
    }

    private long count(String pid, String name) throws SQLException {
        return Long.parseLong(terminal.run("SELECT * FROM pg_background_result(" + pid + ") AS (" + name + " bigint)")
                .onlyValue());
    }

    private void error() throws SQLException {
        terminal.heading("A job's error is raised where its result is read.");
        String pid = terminal.run("SELECT pg_background_launch($$INSERT INTO account VALUES ('bob', 1)$$)").onlyValue();
        SQLException error = terminal.runFailing("SELECT * FROM pg_background_result(" + pid + ") AS (result text)");
        expect("23505".equals(error.getSQLState()), "the error is the server's own");
        SQLException gone = terminal.runFailing("SELECT * FROM pg_background_result(" + pid + ") AS (result text)");
        expect("42704".equals(gone.getSQLState()), "a result is read once");
    }

    private static void expect(boolean holds, String what) {
        if (!holds) {
            throw new IllegalStateException("It is not so that " + what + ".");
        }
    }
}
