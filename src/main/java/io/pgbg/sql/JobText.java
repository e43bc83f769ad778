package io.pgbg.sql;

import java.util.List;
import java.util.Set;

/**
 * What the driver has to know of a job's SQL before it runs. Immutable.
 *
 * @param statements the texts of its statements in order; empty ones are left out
 * @param transactionControl the first transaction statement in the text, by its keyword ({@code COMMIT},
 *     {@code START TRANSACTION}), or null; such statements are not allowed in a job
 * @param copyWithClient whether a COPY sends rows to the client or takes them from it
 * @param listens whether it has a LISTEN, which nobody would hear
 * @param rows whether the last statement may return many rows, as a query that reads from something does. A SELECT
 *     without FROM is not one: it calls a function, and its work must not depend on a reader
 * @param unreadRows whether a statement before the last may return many rows, and the last returns none for sure: then
 *     nobody reads any rows
 * @param head the text before the last statement, its semicolon included; empty when there is none
 * @param last the text of the last statement; empty when there is none
 * @param tag the command tag of the last statement if it returns rows, up to their number
 * @param holdable whether the last statement is a query that a cursor can hold
 * @param changesTexts whether the text may change a setting by which its values are written as texts
 * @param writes whether some statement is one that no standby carries out
 * @param onlyQueries whether all statements are queries by their form
 * @param customSettings the names of the custom settings that the text may set
 */
public record JobText(List<String> statements, String transactionControl, boolean copyWithClient, boolean listens,
        boolean rows, boolean unreadRows, String head, String last, String tag, boolean holdable,
        boolean changesTexts, boolean writes, boolean onlyQueries, Set<String> customSettings) {

    private static final TextTable<JobText> READ = new TextTable<>(JobText::readAnew);

    public JobText {
        statements = List.copyOf(statements);
        customSettings = Set.copyOf(customSettings);
    }

    /** Reads a job's text. An application launches the same texts again and again, so what was read is kept for a while. */
    public static JobText read(String sql, Dialect dialect) {
        return READ.get(sql, dialect);
    }

    private static JobText readAnew(String sql, Dialect dialect) {
        List<Fragment> fragments = StatementSplitter.split(sql, dialect);
        if (fragments.isEmpty()) {
            return new JobText(List.of(), null, false, false, false, false, "", "", "", false, false,
                    false, true, Set.of());
        }
        List<String> statements = fragments.stream().map(Fragment::text).toList();
        String control = fragments.stream().map(StatementKinds::transactionControl)
                .filter(keyword -> !keyword.isEmpty()).findFirst().orElse(null);
        boolean copy = fragments.stream().anyMatch(StatementKinds::copiesWithClient);
        Fragment last = fragments.get(fragments.size() - 1);
        boolean unread = ReturnedRows.none(last) && fragments.stream().anyMatch(ReturnedRows::mayBeMany);
        boolean listens = fragments.stream().anyMatch(fragment -> fragment.isWord(0, "listen"));
        return new JobText(statements, control, copy, listens, ReturnedRows.mayBeMany(last), unread,
                sql.substring(0, last.start()), last.text(), ReturnedRows.tag(last), ReturnedRows.mayBeHeld(last),
                TextSettingMentions.in(sql), fragments.stream().anyMatch(ReturnedRows::writes),
                fragments.stream().allMatch(ReturnedRows::onlyQueries), SettingMentions.in(sql).names());
    }
}
