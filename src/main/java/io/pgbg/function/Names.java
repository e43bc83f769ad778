package io.pgbg.function;

import java.util.List;
import java.util.Set;

/** The names of what the extension has beside the functions: composite types and views. */
public final class Names {

    /** The composite type of a handle: pid and cookie. */
    public static final String HANDLE = "pg_background_handle";

    /** The composite type of a session's statistics, as {@code pg_background_stats_v2} returns them. */
    public static final String STATISTICS = "pg_background_stats";

    /** The composite type of a job's progress; a function has the same name. */
    public static final String PROGRESS = "pg_background_progress";

    /** The view of the attached jobs; a function has the same name. */
    public static final String LIST = "pg_background_list";

    /** The view of the attached jobs and what the server tells of their processes. */
    public static final String ACTIVITY = "pg_background_activity";

    private Names() {
    }

    /** The types, in lower case. */
    public static List<String> types() {
        return List.of(HANDLE, STATISTICS, PROGRESS);
    }

    /** The views, in lower case. */
    public static List<String> views() {
        return List.of(LIST, ACTIVITY);
    }

    /** The types and the views, in lower case. */
    public static Set<String> all() {
        return Set.of(HANDLE, STATISTICS, PROGRESS, LIST, ACTIVITY);
    }
}
