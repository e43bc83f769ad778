package io.pgbg.sql;

import java.util.ArrayList;
import java.util.List;

/** Recognises the statements about the extension pg_background. Used by one thread for one statement. */
final class ExtensionParser {

    private static final String NAME = "pg_background";

    private final Fragment fragment;
    private int at = 2;

    private ExtensionParser(Fragment fragment) {
        this.fragment = fragment;
    }

    /**
     * CREATE EXTENSION, DROP EXTENSION or ALTER EXTENSION .. UPDATE.
     *
     * @return null when it is another statement, about other extensions only, or one that the server would not take
     */
    static ParsedStatement parse(Fragment fragment) {
        if (!fragment.isWord(1, "extension")) {
            return null;
        }
        ExtensionParser parser = new ExtensionParser(fragment);
        return switch (fragment.word(0)) {
            case "create" -> parser.create();
            case "drop" -> parser.drop();
            case "alter" -> parser.update();
            default -> null;
        };
    }

    private ParsedStatement create() {
        boolean ifNotExists = take("if", "not", "exists");
        if (!NAME.equals(takeName())) {
            return null;
        }
        take("with");
        String schema = null;
        String version = null;
        String from = null;
        boolean cascade = false;
        while (at < fragment.size()) {
            if (schema == null && take("schema")) {
                schema = takeName();
            } else if (version == null && take("version")) {
                version = takeValue();
            } else if (from == null && take("from")) {
                from = takeValue();
            } else if (!cascade && take("cascade")) {
                cascade = true;
            } else {
                return null;
            }
        }
        return isWhole() ? new ParsedStatement.CreateExtension(fragment.text(), fragment.start(), fragment.parameters(),
                ifNotExists, schema, version, cascade) : null;
    }

    private ParsedStatement drop() {
        boolean ifExists = take("if", "exists");
        List<String> others = new ArrayList<>();
        boolean named = false;
        do {
            int token = at;
            String name = takeName();
            if (NAME.equals(name)) {
                named = true;
            } else if (name != null) {
                others.add(fragment.text(token, token));
            }
        } while (takeComma());
        boolean cascade = take("cascade");
        if (!cascade) {
            take("restrict");
        }
        return named && isWhole() ? new ParsedStatement.DropExtension(fragment.text(), fragment.start(),
                fragment.parameters(), ifExists, others, cascade) : null;
    }

    private ParsedStatement update() {
        boolean ours = NAME.equals(takeName()) && take("update");
        String version = ours && take("to") ? takeValue() : null;
        return ours && isWhole() ? new ParsedStatement.UpdateExtension(fragment.text(), fragment.start(),
                fragment.parameters(), version) : null;
    }

    private boolean take(String... words) {
        for (int i = 0; i < words.length; i++) {
            if (!fragment.isWord(at + i, words[i])) {
                return false;
            }
        }
        at += words.length;
        return true;
    }

    private boolean takeComma() {
        boolean comma = fragment.isSymbol(at, ",");
        at += comma ? 1 : 0;
        return comma;
    }

    private String takeName() {
        return takeIf(ReservedWords.allowName(fragment, at) ? fragment.name(at) : null);
    }

    /** A version: a name, or a literal other than {@code N'..'}. */
    private String takeValue() {
        if (!fragment.is(at, Token.Kind.STRING)) {
            return takeName();
        }
        boolean national = Characters.lowerCase(fragment.text(at, at).charAt(0)) == 'n';
        return takeIf(national ? null : fragment.literal(at));
    }

    /** A missing value ends the reading: the position moves to where no statement has a token. */
    private String takeIf(String value) {
        at = value == null ? Integer.MAX_VALUE : at + 1;
        return value;
    }

    private boolean isWhole() {
        return at == fragment.size();
    }
}
