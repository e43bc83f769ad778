package io.pgbg.tools;

import static org.assertj.core.api.Assertions.catchThrowable;

import java.sql.SQLException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Texts of jobs that all classes use, and what is the same in what the tools throw. */
final class Jobs {

    /** Gives 1 to 3. */
    static final String THREE_ROWS = "SELECT n FROM generate_series(1, 3) AS n";

    /** Has an operator with a question mark, and casts, which a tool may take for parameters. */
    static final String WITH_OPERATORS = "SELECT '{\"red\": 1}'::jsonb ? 'red'";

    /** Says something and returns a command tag. */
    static final String WITH_NOTICE = "DO $$ BEGIN RAISE WARNING 'half of it done'; END $$";

    /** Fails with 23514. */
    static final String FAILING = "CREATE TEMP TABLE prices (price int CONSTRAINT fair_price CHECK (price > 0));"
            + " INSERT INTO prices VALUES (0)";

    private Jobs() {
    }

    /** The error of the driver behind whatever the tool makes of it. */
    static SQLException errorOf(ThrowingCallable code) {
        for (Throwable cause = catchThrowable(code); cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException error) {
                return error;
            }
        }
        throw new AssertionError("There was no SQLException.");
    }
}
