package io.pgbg.demo;

import java.io.PrintStream;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.TransactionState;
import org.postgresql.util.PSQLException;
import org.postgresql.util.PSQLWarning;
import org.postgresql.util.ServerErrorMessage;

/**
 * Executes statements on a connection and prints them and what comes back in the manner of psql. Notices are printed
 * while the statement still runs.
 *
 * <p>Used by one thread.
 */
final class Terminal {

    private final Connection connection;
    private final PrintStream out;
    private boolean timing;
    /** When the first and the last notice of the last statement came. */
    private volatile long firstNotice;
    private volatile long lastNotice;

    Terminal(Connection connection, PrintStream out) {
        this.connection = connection;
        this.out = out;
    }

    void heading(String text) {
        out.printf("%n-- %s%n%n", text);
    }

    /** Whether to print how long statements take, and when notices arrive. */
    void timing(boolean on) {
        timing = on;
        out.printf("%s\\timing %s%nTiming is %2$s.%n%n", prompt('='), on ? "on" : "off");
    }

    /**
     * Executes a statement.
     *
     * @return the last rows it gave, or null when it gave none
     */
    Table run(String sql) throws SQLException {
        out.println(prompt('=') + sql.strip().replace("\n", "\n" + prompt('-')) + ';');
        long start = System.nanoTime();
        Table last = null;
        try (Statement statement = connection.createStatement()) {
            boolean rows;
            try (Notices notices = new Notices(statement, start)) {
                rows = statement.execute(sql);
            }
            while (rows || statement.getUpdateCount() >= 0) {
                if (rows) {
                    try (ResultSet result = statement.getResultSet()) {
                        last = Table.read(result);
                    }
                    out.println(last.toText());
                } else {
                    out.println(commandTag(sql, statement.getUpdateCount()));
                }
                rows = statement.getMoreResults();
            }
        }
        endStatement(start);
        return last;
    }

    /** How much later than its first notice the last one of the last statement came. */
    long millisBetweenNotices() {
        return TimeUnit.NANOSECONDS.toMillis(lastNotice - firstNotice);
    }

    /** Executes a statement that is to fail, and returns its error. */
    SQLException runFailing(String sql) {
        long start = System.nanoTime();
        try {
            run(sql);
        } catch (SQLException e) {
            ServerErrorMessage message = e instanceof PSQLException server ? server.getServerErrorMessage() : null;
            printMessage("", "ERROR", message, e.getMessage());
            endStatement(start);
            return e;
        }
        throw new IllegalStateException("It should have failed: " + sql);
    }

    private void endStatement(long start) {
        if (timing) {
            out.printf(Locale.ROOT, "Time: %.3f ms%n", (System.nanoTime() - start) / 1e6);
        }
        out.println();
    }

    private String prompt(char kind) {
        boolean inTransaction = ((BaseConnection) connection).getTransactionState() != TransactionState.IDLE;
        return "postgres" + kind + (inTransaction ? "*" : "") + "# ";
    }

    private void printMessage(String margin, String severity, ServerErrorMessage message, String text) {
        if (message == null) {
            out.println(margin + severity + ":  " + text);
            return;
        }
        out.println(margin + severity + ":  " + message.getMessage());
        List<String[]> fields = List.of(new String[] {"DETAIL", message.getDetail()},
                new String[] {"HINT", message.getHint()}, new String[] {"CONTEXT", message.getWhere()});
        for (String[] field : fields) {
            if (field[1] != null) {
                out.println(margin + field[0] + ":  " + field[1]);
            }
        }
    }

    /** What the server sends when a statement without rows is done. JDBC tells its number only. */
    private static String commandTag(String sql, int count) {
        String[] words = sql.strip().toUpperCase(Locale.ROOT).split("\\s+");
        return switch (words[0]) {
            case "INSERT" -> "INSERT 0 " + count;
            case "UPDATE", "DELETE" -> words[0] + " " + count;
            case "CREATE" -> "CREATE " + words[1];
            default -> words[0];
        };
    }

    /** Prints the warnings of a statement as they come, from a thread of its own, until it is closed. */
    private final class Notices implements AutoCloseable, Runnable {

        private final Statement statement;
        private final long start;
        private final Thread thread = new Thread(this, "notices");
        private volatile boolean ended;
        private int printed;

        Notices(Statement statement, long start) {
            this.statement = statement;
            this.start = start;
            thread.setDaemon(true);
            thread.start();
        }

        @Override
        public void run() {
            try {
                boolean more = true;
                while (more) {
                    more = !ended;
                    printNew();
                    TimeUnit.MILLISECONDS.sleep(5);
                }
            } catch (SQLException | InterruptedException e) {
                throw new IllegalStateException("The notices cannot be read", e);
            }
        }

        private void printNew() throws SQLException {
            int number = 0;
            for (SQLWarning warning = statement.getWarnings(); warning != null; warning = warning.getNextWarning()) {
                number++;
                if (number > printed) {
                    lastNotice = System.nanoTime();
                    firstNotice = printed == 0 ? lastNotice : firstNotice;
                    print(warning);
                    printed = number;
                }
            }
        }

        private void print(SQLWarning warning) {
            String margin = timing
                    ? String.format(Locale.ROOT, "[%5.2f s] ", (lastNotice - start) / 1e9) : "";
            ServerErrorMessage message = warning instanceof PSQLWarning server ? server.getServerErrorMessage() : null;
            printMessage(margin, message == null ? "WARNING" : message.getSeverity(), message, warning.getMessage());
        }

        @Override
        public void close() {
            ended = true;
            boolean interrupted = false;
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
