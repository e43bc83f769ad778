package io.pgbg.testkit;

import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** Reads chains of warnings. */
public final class Warnings {

    private Warnings() {
    }

    /** The messages of a statement's warnings, in order. */
    public static List<String> messages(Statement statement) throws SQLException {
        List<String> messages = new ArrayList<>();
        for (SQLWarning at = statement.getWarnings(); at != null; at = at.getNextWarning()) {
            messages.add(at.getMessage());
        }
        return messages;
    }
}
