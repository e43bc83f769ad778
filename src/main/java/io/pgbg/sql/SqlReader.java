package io.pgbg.sql;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Reads SQL text into statements, by what the driver has to do with each. Immutable and thread-safe; it takes every
 * text, however broken, in time linear in its length.
 */
public final class SqlReader {

    private final CallFinder finder;

    /** @param functions the names of the driver's functions, in lower case */
    public SqlReader(Set<String> functions) {
        this.finder = new CallFinder(functions);
    }

    /** Splits the text into its statements and tells the kind of each. */
    public Script read(String sql, Dialect dialect) {
        List<Statement> statements = new ArrayList<>();
        boolean mentioned = NameSearch.mentions(sql);
        for (Fragment fragment : StatementSplitter.split(sql, dialect)) {
            statements.add(mentioned ? classify(fragment) : passed(fragment));
        }
        return new Script(sql, statements);
    }

    private Statement classify(Fragment fragment) {
        Statement setting = SettingParser.parse(fragment);
        if (setting != null) {
            return setting;
        }
        if (fragment.isWord(0, "do")) {
            return block(fragment);
        }
        List<CallSite> sites = finder.inStatement(fragment);
        if (!sites.isEmpty()) {
            return call(fragment, sites);
        }
        List<SettingRead> reads = SettingParser.reads(fragment);
        return reads.isEmpty() ? passed(fragment)
                : new Statement.ReadsSettings(fragment.text(), fragment.start(), fragment.parameters(),
                        Keywords.first(fragment), reads);
    }

    private static Statement call(Fragment fragment, List<CallSite> sites) {
        CallSite first = sites.get(0);
        ArgumentReader arguments = new ArgumentReader(fragment, sites);
        Statement.Direct direct = DirectParser.parse(fragment, first, arguments);
        return direct != null ? direct
                : refused(fragment, first.function(), ShapeNamer.name(fragment, first, arguments.obstacle()));
    }

    private Statement block(Fragment fragment) {
        String function = finder.inBlock(fragment);
        return function == null ? passed(fragment) : refused(fragment, function, "a DO block");
    }

    private static Statement refused(Fragment fragment, String function, String shape) {
        return new Statement.Refused(fragment.text(), fragment.start(), fragment.parameters(), function, shape);
    }

    private static Statement passed(Fragment fragment) {
        return new Statement.Passed(fragment.text(), fragment.start(), fragment.parameters(),
                Keywords.first(fragment));
    }
}
