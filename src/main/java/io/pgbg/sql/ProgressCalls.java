package io.pgbg.sql;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * The calls by which a job's SQL reports its progress, and the text with these calls qualified, so that they reach the
 * functions in the worker's temporary schema: the server looks there for a function only when a call names the schema.
 * DO blocks are read, too; other literals are data, and statements that create or prepare something stay as they are.
 *
 * <p>Immutable.
 */
public final class ProgressCalls {

    private static final SqlReader READER = new SqlReader(
            Set.of("pg_background_progress", "pg_background_report_progress"), (form, call) -> false, Set.of(),
            Set.of());

    /** A call with a schema means another function. */
    private static final CallTarget TARGET = new CallTarget("pg_temp", false, function -> null, name -> null);

    /** Statements that store calls and do not make them. */
    private static final Set<String> STORING = Set.of("CREATE", "ALTER", "PREPARE");

    /** Stands where a call is left out: gives NULL, whatever its other arguments are. */
    private static final String NOTHING = "pg_catalog.concat_ws(NULL::pg_catalog.text, ";

    private final TextEdits edits;
    private final Set<String> names;

    private ProgressCalls(TextEdits edits, Set<String> names) {
        this.edits = edits;
        this.names = Collections.unmodifiableSet(names);
    }

    /** Finds the calls in a job's SQL and qualifies them. */
    public static ProgressCalls in(String sql, Dialect dialect) {
        return in(sql, dialect, false);
    }

    /** Finds the calls and leaves them out: their arguments are evaluated, and nothing is reported. */
    public static ProgressCalls leftOut(String sql, Dialect dialect) {
        return in(sql, dialect, true);
    }

    private static ProgressCalls in(String sql, Dialect dialect, boolean leavesOut) {
        List<TextEdits.Edit> edits = new ArrayList<>();
        Set<String> names = new TreeSet<>();
        if (TextSearch.mentionsDriver(sql)) {
            for (ParsedStatement statement : READER.read(sql, dialect).statements()) {
                if (statement instanceof ParsedStatement.Relayed relayed && !STORING.contains(relayed.keyword())) {
                    add(relayed, leavesOut, edits, names);
                }
            }
        }
        return new ProgressCalls(new TextEdits(sql, edits), names);
    }

    private static void add(ParsedStatement.Relayed statement, boolean leavesOut, List<TextEdits.Edit> edits,
            Set<String> names) {
        for (RelayedCall call : statement.calls()) {
            String qualifier = TARGET.isMeantBy(call) ? TARGET.qualifier(call) : null;
            if (qualifier != null) {
                names.add(call.function());
                if (leavesOut) {
                    leaveOut(statement.start(), call, edits);
                } else {
                    edits.add(TextEdits.Edit.insertion(statement.start() + call.start(), qualifier));
                }
            }
        }
    }

    /** A call whose arguments cannot be told apart stays, and the server finds no such function. */
    private static void leaveOut(int offset, RelayedCall call, List<TextEdits.Edit> edits) {
        List<RelayedCall.Argument> arguments = call.arguments();
        if (arguments == null || arguments.isEmpty() || !arguments.stream().allMatch(ProgressCalls::isReadable)) {
            return;
        }
        RelayedCall.Argument first = arguments.get(0);
        edits.add(new TextEdits.Edit(offset + call.start(), offset + first.start(), NOTHING));
        arguments.stream().skip(1).filter(argument -> argument.name() != null).forEach(argument ->
                edits.add(TextEdits.Edit.removal(offset + argument.nameStart(), offset + argument.start())));
    }

    private static boolean isReadable(RelayedCall.Argument argument) {
        return argument.start() >= 0 && (argument.name() == null || argument.nameStart() >= 0);
    }

    /** The text with qualified calls; the text itself when it has none. */
    public String sql() {
        return edits.text();
    }

    /** The names of the functions called, in lower case and in order; empty when the text has no such call. */
    public Set<String> names() {
        return names;
    }

    /** Turns a position in the qualified text into one in the original; both count from 1. */
    public int original(int position) {
        return edits.originalOffset(position - 1) + 1;
    }
}
