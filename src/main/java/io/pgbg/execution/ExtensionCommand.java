package io.pgbg.execution;

import io.pgbg.SQLState;
import io.pgbg.call.StatementResult;
import io.pgbg.function.Api;
import io.pgbg.relay.ExtensionState;
import io.pgbg.relay.FunctionTexts;
import io.pgbg.relay.Installation;
import io.pgbg.session.Session;
import io.pgbg.sql.ParsedStatement;
import io.pgbg.wire.ServerError;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.SQLWarning;
import java.util.regex.Pattern;
import org.postgresql.util.PSQLWarning;
import org.postgresql.util.ServerErrorMessage;

/**
 * CREATE, DROP and ALTER EXTENSION pg_background: installs the functions on the server, removes or renews them, in the
 * words of the server's own commands. Where its own extension is installed the server gets the statement as it is.
 *
 * <p>Used by one thread.
 */
final class ExtensionCommand {

    /** The releases of the extension; whichever is named, what is installed are the functions of this driver. */
    private static final Pattern KNOWN_VERSION = Pattern.compile("1\\.(\\d|10)|2\\.0|" + Installation.VERSION);

    /** The release in which launch returns a handle. */
    private static final String SECOND_VERSION = "2.0";

    /** What the server does not take in the schema of an extension either. */
    private static final Pattern BAD_SCHEMA = Pattern.compile("[\"$'\\\\]");

    private final Execution execution;
    private final Session session;

    ExtensionCommand(Execution execution) {
        this.execution = execution;
        this.session = execution.session();
    }

    /** Executes a text that is the server's business on the caller's statement, and adds its results. */
    @FunctionalInterface
    interface Passing {

        void pass(String sql) throws SQLException;
    }

    /**
     * Executes the statement.
     *
     * @throws SQLException what the server says in its place: 42710, 3F000, 22023, 25006, 2BP01, 42501
     */
    void run(ParsedStatement statement, Passing passing) throws SQLException {
        ExtensionState state = session.relay().installation().isUsed() ? ask(schemaOf(statement)) : null;
        boolean create = statement instanceof ParsedStatement.CreateExtension;
        if (state == null || state.extension() || !create && state.installation() == null) {
            passing.pass(statement.text());
            return;
        }
        checkAllowed(state, statement);
        if (statement instanceof ParsedStatement.CreateExtension creation) {
            create(creation, state);
        } else if (statement instanceof ParsedStatement.DropExtension removal) {
            drop(removal, state.installation());
        } else {
            update(((ParsedStatement.UpdateExtension) statement).version(), state.installation());
        }
        session.relay().installation().change();
        execution.add(new StatementResult.CountResult(0));
    }

    private static String schemaOf(ParsedStatement statement) {
        return statement instanceof ParsedStatement.CreateExtension create ? create.schema() : null;
    }

    private ExtensionState ask(String schema) throws SQLException {
        try (PreparedStatement question = ExtensionState.ask(session.connection(), schema)) {
            return execution.on(question, () -> ExtensionState.read(question.executeQuery()));
        }
    }

    private static void checkAllowed(ExtensionState state, ParsedStatement statement) throws SQLException {
        if (state.readOnly()) {
            String verb = statement instanceof ParsedStatement.CreateExtension ? "CREATE"
                    : statement instanceof ParsedStatement.DropExtension ? "DROP" : "ALTER";
            throw ServerError.error(SQLState.READ_ONLY_SQL_TRANSACTION,
                    "cannot execute %s EXTENSION in a read-only transaction", verb).toException();
        }
        if (!(statement instanceof ParsedStatement.CreateExtension) && !state.owner()) {
            throw ServerError.error(SQLState.INSUFFICIENT_PRIVILEGE, "must be owner of extension pg_background")
                    .toException();
        }
    }

    private void create(ParsedStatement.CreateExtension create, ExtensionState state) throws SQLException {
        if (state.installation() != null) {
            String exists = "extension \"pg_background\" already exists";
            if (!create.ifNotExists()) {
                throw ServerError.error(SQLState.DUPLICATE_OBJECT, exists).toException();
            }
            execution.warn(ServerError.notice(SQLState.DUPLICATE_OBJECT, exists + ", skipping").toWarning());
            return;
        }
        if (!isKnown(create.version())) {
            throw ServerError.error(SQLState.INVALID_PARAMETER_VALUE, "extension \"pg_background\" has no installation "
                    + "script nor update path for version \"%s\"", create.version()).toException();
        }
        String schema = checkedSchema(create.schema(), state.schema());
        if (!state.trusted()) {
            throw ServerError.error(SQLState.INSUFFICIENT_PRIVILEGE,
                    "permission denied to create extension \"pg_background\"")
                    .hint("Must be the owner of the database or superuser to create this extension.").toException();
        }
        script(session.relay().texts().install(schema,
                SECOND_VERSION.equals(create.version()) ? Api.TWO : session.options().api(), false));
    }

    private static boolean isKnown(String version) {
        return version == null || KNOWN_VERSION.matcher(version).matches();
    }

    private static String checkedSchema(String named, String found) throws SQLException {
        if (found == null) {
            throw (named == null
                    ? ServerError.error(SQLState.INVALID_SCHEMA_NAME, "no schema has been selected to create in")
                    : ServerError.error(SQLState.INVALID_SCHEMA_NAME, "schema \"%s\" does not exist", named))
                    .toException();
        }
        String name = found.startsWith("\"") ? found.substring(1, found.length() - 1) : found;
        if (BAD_SCHEMA.matcher(name).find()) {
            throw ServerError.error(SQLState.INVALID_PARAMETER_VALUE,
                    "invalid character in extension \"pg_background\" schema: must not contain any of \"%s\"",
                    "\"$'\\").toException();
        }
        return found;
    }

    private void drop(ParsedStatement.DropExtension drop, Installation installation) throws SQLException {
        String remove = FunctionTexts.remove(installation.schema(), drop.cascade());
        if (drop.others().isEmpty()) {
            script(remove);
            return;
        }
        execution.asOneTransaction(() -> {
            script(remove);
            script("DROP EXTENSION " + (drop.ifExists() ? "IF EXISTS " : "") + String.join(", ", drop.others())
                    + (drop.cascade() ? " CASCADE" : ""));
        });
    }

    private void update(String version, Installation installation) throws SQLException {
        String now = version == null ? Installation.VERSION : version;
        if (!isKnown(version) || installation.isNewer()) {
            throw ServerError.error(SQLState.INVALID_PARAMETER_VALUE, "extension \"pg_background\" has no update path "
                    + "from version \"%s\" to version \"%s\"", installation.version(), now)
                    .toException();
        }
        // also those of the same version: some may have been changed or dropped
        script(session.relay().texts().install(installation.schema(),
                SECOND_VERSION.equals(version) ? Api.TWO
                        : version == null ? installation.api() : session.options().api(),
                true));
        if (installation.version().equals(Installation.VERSION)) {
            execution.warn(ServerError.notice("version \"" + now
                    + "\" of extension \"pg_background\" is already installed").toWarning());
        }
    }

    /** Runs a text of the driver's own. Where in it something is reported from is of no interest to the caller. */
    private void script(String text) throws SQLException {
        try (Statement statement = session.connection().createStatement()) {
            statement.setEscapeProcessing(false);
            execution.on(statement, () -> {
                statement.execute(text);
                for (SQLWarning notice = statement.getWarnings(); notice != null; notice = notice.getNextWarning()) {
                    execution.warn(withoutContext(notice));
                }
                statement.clearWarnings();
                return null;
            });
        } catch (SQLException e) {
            ServerErrorMessage message = ServerError.messageOf(e);
            throw message == null ? e : ServerError.copyOf(message).where(null).position(0).cause(e.getCause())
                    .toException(session.wire().showsErrorDetails());
        }
    }

    private static SQLWarning withoutContext(SQLWarning notice) {
        ServerErrorMessage message = notice instanceof PSQLWarning warning ? warning.getServerErrorMessage() : null;
        return message == null ? new SQLWarning(notice.getMessage(), notice.getSQLState())
                : ServerError.copyOf(message).where(null).toWarning();
    }
}
