package io.pgbg.sql;
import java.util.List;
public record JobText(List<String> statements, String transactionControl, boolean copyWithClient, boolean rows, String head, String last) {
    public static JobText read(String sql, Dialect dialect) { return null; }
}
