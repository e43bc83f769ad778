package io.pgbg.sql;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Finds the calls in the bodies of DO blocks, and in the SQL that the bodies build and execute. Thread-safe. */
final class BlockReader {

    private static final String PLPGSQL = "plpgsql";

    /** Blocks in dynamic SQL in blocks: no application nests them deeper, and the time would grow with the depth. */
    private static final int DEEPEST = 6;

    private final CallFinder finder;
    private final ObjectFinder objects;

    BlockReader(CallFinder finder, ObjectFinder objects) {
        this.finder = finder;
        this.objects = objects;
    }

    /** The calls in a {@code DO [LANGUAGE plpgsql] body} statement, in text order. */
    List<RelayedCall> calls(Fragment block) {
        List<RelayedCall> found = new ArrayList<>();
        addBlock(block, EmbeddedText.around(block), 0, found);
        found.sort(Comparator.comparingInt(call -> call.start()));
        List<RelayedCall> calls = new ArrayList<>(found.size());
        int end = -1;
        for (RelayedCall call : found) {
            // a literal may belong to two expressions when the block is not well formed
            if (call.start() > end) {
                calls.add(call);
                end = call.schemaEnd();
            }
        }
        return calls;
    }

    private void addBlock(Fragment block, EmbeddedText around, int depth, List<RelayedCall> found) {
        if (depth == DEEPEST || !isPlpgsql(block)) {
            return;
        }
        for (int i = 1; i < block.size(); i++) {
            boolean body = block.is(i, Token.Kind.STRING) && !block.isWord(i - 1, "language")
                    && !block.isWord(i + 1, "uescape");
            if (body) {
                addBody(new EmbeddedText.Builder(around).add(block, i).build(), block.dialect(), depth, found);
            }
        }
    }

    private static boolean isPlpgsql(Fragment block) {
        for (int i = 1; i < block.size(); i++) {
            if (block.isWord(i, "language")) {
                String literal = block.literal(i + 1);
                if (!PLPGSQL.equalsIgnoreCase(literal == null ? block.name(i + 1) : literal)) {
                    return false;
                }
            }
        }
        return true;
    }

    private void addBody(EmbeddedText text, Dialect dialect, int depth, List<RelayedCall> found) {
        if (!TextSearch.mentionsDriver(text.text())) {
            return;
        }
        // as in every literal, a question mark in a body is no JDBC parameter
        Dialect ofBody = Dialect.of(dialect.standardConformingStrings(), false);
        List<Token> tokens = Lexer.tokens(text.text(), ofBody);
        Fragment body = new Fragment(text.text(), ofBody, tokens, 0, text.text().length());
        addSites(body, finder.inBody(body), text, found);
        addSites(body, objects.in(body), text, found);
        for (EmbeddedText dynamic : DynamicSql.in(body, text)) {
            addDynamic(dynamic, ofBody, depth, found);
        }
    }

    private void addDynamic(EmbeddedText dynamic, Dialect dialect, int depth, List<RelayedCall> found) {
        if (!TextSearch.mentionsDriver(dynamic.text())) {
            return;
        }
        for (Fragment statement : StatementSplitter.split(dynamic.text(), dialect)) {
            if (statement.isWord(0, "do")) {
                addBlock(statement, dynamic, depth + 1, found);
            } else {
                addSites(statement, finder.inDynamicStatement(statement), dynamic, found);
                addSites(statement, objects.in(statement), dynamic, found);
            }
        }
    }

    private static void addSites(Fragment fragment, List<CallSite> sites, EmbeddedText text, List<RelayedCall> found) {
        for (CallSite site : sites) {
            RelayedCall call = RelayedCall.of(fragment, site, text);
            if (call != null) {
                found.add(call);
            }
        }
    }
}
