package io.pgbg.function;

import java.util.List;
import java.util.Set;

/** The names of what the extension has beside the functions: one type and two views. */
public final class Names {

    /** The composite type of a handle: pid and cookie. */
    public static final String HANDLE = "pg_background_handle";

    /** The view of the attached jobs; a function has the same name. */
    public static final String LIST = "pg_background_list";

    /** The view of the attached jobs and what the server tells of their processes. */
    public static final String ACTIVITY = "pg_background_activity";

    private Names() {
    }

    /** The views, in lower case. */
    public static List<String> views() {
        return List.of(LIST, ACTIVITY);
    }

    /** The type and the views, in lower case. */
    public static Set<String> all() {
        return Set.of(HANDLE, LIST, ACTIVITY);
    }
}
