package io.pgbg.sql;

/**
 * Where a statement names a function that it calls, or a type or a view, as offsets in its text. The name may stand in
 * a literal.
 *
 * @param function the name, in lower case
 * @param schema the schema that is written, as the server knows it, or null
 * @param start offset of the first character: of the schema, or of the name when no schema is written
 * @param schemaEnd offset behind the schema; the start when none is written
 * @param apart whether a schema in place of what is written would run into what stands before it
 * @param patterns in how many patterns of {@code format}, one in the other, it stands
 * @param found whether the server finds it without a schema
 */
public record CallName(String function, String schema, int start, int schemaEnd, boolean apart, int patterns,
        boolean found) {

    /**
     * @param statement the text around the fragment
     * @return null when the name is put together in a way that leaves no place for a schema
     */
    static CallName of(Fragment fragment, CallSite site, EmbeddedText statement) {
        int first = fragment.start() + fragment.startOf(site.first());
        boolean qualified = site.first() < site.open() - 1;
        int last = fragment.start() + fragment.endOf(site.first()) - 1;
        if (qualified && !statement.isUnbroken(first, last)) {
            return null;
        }
        int start = statement.start(first);
        boolean call = site.close() >= 0 || fragment.isSymbol(site.open(), "(");
        return new CallName(site.function(), qualified ? fragment.name(site.first()) : null, start,
                qualified ? statement.end(last) : start, statement.runsOn(first), statement.patterns(first),
                !call && !qualified);
    }
}
