package io.pgbg.session;

import io.pgbg.wire.Rows;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The columns of a definition list. Immutable.
 *
 * @param columns a domain as what it is over
 * @param types as they are written
 * @param domains the numbers of the columns that are domains, counted from 1
 */
public record DeclaredColumns(List<Rows.Column> columns, List<String> types, Set<Integer> domains) {

    public DeclaredColumns {
        columns = List.copyOf(columns);
        types = List.copyOf(types);
        domains = Set.copyOf(domains);
    }

    /**
     * The declared types of the columns into which values have to be fitted, by their numbers.
     *
     * @param actual the columns of the values, of the same types
     */
    public SortedMap<Integer, String> fits(List<Rows.Column> actual) {
        SortedMap<Integer, String> fits = new TreeMap<>();
        for (int n = 1; n <= columns.size(); n++) {
            int modifier = columns.get(n - 1).modifier();
            if (domains.contains(n) || modifier >= 0 && modifier != actual.get(n - 1).modifier()) {
                fits.put(n, types.get(n - 1));
            }
        }
        return fits;
    }
}
