package io.pgbg.sql;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/**
 * Reads SQL text into statements, by what the driver has to do with each. Immutable and thread-safe; it takes every
 * text, however broken, in time linear in its length.
 */
public final class SqlReader {

    private final CallFinder finder;
    private final ObjectFinder objects;
    private final BlockReader blocks;
    private final DirectCalls direct;

    /** Knows which calls the driver answers itself where a statement is nothing but the call. Thread-safe. */
    @FunctionalInterface
    public interface DirectCalls {

        /**
         * Whether the driver answers a call; any other goes to the server.
         *
         * @param form how the call stands in its statement
         * @param call a call of one of the driver's functions, with the calls in its arguments
         */
        boolean answers(ParsedStatement.Form form, FunctionCall call);
    }

    /**
     * A reader for the functions, types and views of a version.
     *
     * @param functions the names of the driver's functions, in lower case
     * @param direct which calls of them the driver answers itself
     * @param types the names of the driver's types, in lower case
     * @param views the names of the driver's views, in lower case
     */
    public SqlReader(Set<String> functions, DirectCalls direct, Set<String> types, Set<String> views) {
        this.direct = direct;
        this.finder = new CallFinder(functions);
        this.objects = new ObjectFinder(types, views);
        this.blocks = new BlockReader(finder, objects);
    }

    /** Splits a text into its statements, and tells for each what the driver has to do with it. */
    public Script read(String sql, Dialect dialect) {
        List<ParsedStatement> statements = new ArrayList<>();
        boolean mentioned = TextSearch.mentionsDriver(sql);
        for (Fragment fragment : StatementSplitter.split(sql, dialect)) {
            statements.add(mentioned ? classify(fragment) : passed(fragment));
        }
        return new Script(sql, statements);
    }

    private ParsedStatement classify(Fragment fragment) {
        ParsedStatement own = SettingParser.parse(fragment);
        if (own == null) {
            own = ExtensionParser.parse(fragment);
        }
        if (own != null) {
            return own;
        }
        if (fragment.isWord(0, "do")) {
            List<RelayedCall> calls = blocks.calls(fragment);
            return calls.isEmpty() ? passed(fragment) : relayed(fragment, "a DO block", false, calls, List.of());
        }
        List<CallSite> sites = finder.inStatement(fragment);
        boolean mayName = StatementKinds.holdsExpressions(fragment) || StatementKinds.definesRoutine(fragment)
                || StatementKinds.created(fragment).equals("type");
        List<CallSite> named = mayName ? objects.in(fragment) : List.of();
        if (!named.isEmpty()) {
            return naming(fragment, sites, named);
        }
        if (!sites.isEmpty()) {
            return call(fragment, sites);
        }
        List<ParsedStatement.SettingRead> reads = SettingParser.reads(fragment);
        return reads.isEmpty() ? passed(fragment)
                : new ParsedStatement.ReadsSettings(fragment.text(), fragment.start(), fragment.parameters(),
                        StatementKinds.keyword(fragment), reads);
    }

    private ParsedStatement call(Fragment fragment, List<CallSite> sites) {
        CallSite first = sites.get(0);
        ArgumentReader arguments = new ArgumentReader(fragment, sites);
        ParsedStatement.Direct alone = DirectParser.parse(fragment, first, arguments);
        if (alone != null && direct.answers(alone.form(), alone.call())) {
            return alone;
        }
        return relayed(fragment, ShapeNamer.name(fragment, first, arguments.obstacle()), sites);
    }

    /** A statement that names types or views, and may call functions. */
    private static ParsedStatement naming(Fragment fragment, List<CallSite> calls, List<CallSite> named) {
        List<CallSite> all = new ArrayList<>(calls);
        all.addAll(named);
        all.sort(Comparator.comparingInt(CallSite::first));
        return relayed(fragment, "a statement that names " + all.get(0).function(), all);
    }

    private static ParsedStatement relayed(Fragment fragment, String shape, List<CallSite> sites) {
        EmbeddedText text = EmbeddedText.around(fragment);
        return relayed(fragment, shape, StatementKinds.keepsExpressions(fragment, sites.get(0).first()),
                sites.stream().map(site -> RelayedCall.of(fragment, site, text)).toList(),
                SettingParser.reads(fragment));
    }

    private static ParsedStatement relayed(Fragment fragment, String shape, boolean keeps, List<RelayedCall> calls,
            List<ParsedStatement.SettingRead> reads) {
        return new ParsedStatement.Relayed(fragment.text(), fragment.start(), fragment.parameters(),
                StatementKinds.keyword(fragment), shape, keeps,
                new Rewriting(fragment.text(), fragment.dialect(), calls, reads));
    }

    private static ParsedStatement passed(Fragment fragment) {
        return new ParsedStatement.Passed(fragment.text(), fragment.start(), fragment.parameters(),
                StatementKinds.keyword(fragment));
    }
}
