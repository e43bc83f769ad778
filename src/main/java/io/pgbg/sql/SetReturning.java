package io.pgbg.sql;

import java.util.Set;

/** The functions of PostgreSQL that return sets. What an application's own functions return, no text tells. */
final class SetReturning {

    private static final Set<String> NAMES = Set.of("generate_series", "generate_subscripts", "unnest",
            "regexp_matches", "regexp_split_to_table", "string_to_table", "json_array_elements",
            "json_array_elements_text", "jsonb_array_elements", "jsonb_array_elements_text", "json_each",
            "json_each_text", "jsonb_each", "jsonb_each_text", "json_object_keys", "jsonb_object_keys",
            "json_populate_recordset", "jsonb_populate_recordset", "json_to_recordset", "jsonb_to_recordset",
            "jsonb_path_query", "jsonb_path_query_tz", "aclexplode", "pg_ls_dir", "pg_listening_channels",
            "pg_options_to_table", "ts_stat", "ts_parse", "ts_debug", "ts_token_type", "pg_get_keywords");

    private SetReturning() {
    }

    /** Whether a name in lower case is one of theirs. */
    private static boolean isName(String name) {
        return NAMES.contains(name);
    }

    /** Whether one of them is called anywhere in a statement. */
    static boolean isCalledIn(Fragment fragment) {
        for (int i = 0; i < fragment.size() - 1; i++) {
            if (fragment.isSymbol(i + 1, "(") && isName(fragment.word(i))) {
                return true;
            }
        }
        return false;
    }
}
