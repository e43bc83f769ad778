package io.pgbg.wire;

import org.postgresql.core.Oid;

/** Types that every server has and whose values the driver makes itself. */
public enum BuiltInType {
    BOOLEAN(Oid.BOOL, 1),
    INTEGER(Oid.INT4, 4),
    BIGINT(Oid.INT8, 8),
    DOUBLE(Oid.FLOAT8, 8),
    OID(Oid.OID, 4),
    TEXT(Oid.TEXT, -1),
    TIMESTAMP_WITH_TIME_ZONE(Oid.TIMESTAMPTZ, 8),
    /** A client sees an empty string. */
    VOID(Oid.VOID, 4);

    private final int oid;
    private final int length;

    BuiltInType(int oid, int length) {
        this.oid = oid;
        this.length = length;
    }

    int oid() {
        return oid;
    }

    int length() {
        return length;
    }
}
