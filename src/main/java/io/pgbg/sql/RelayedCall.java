package io.pgbg.sql;

/**
 * A call as it stands in a statement, or the name of a type or a view.
 *
 * @param name where it is named
 * @param arguments its arguments; null when it is no call, or when they cannot be told apart
 */
record RelayedCall(CallName name, CallArguments arguments) {

    /**
     * @param statement the text around the fragment
     * @return null when the name is put together in a way that leaves no place for a schema
     */
    static RelayedCall of(Fragment fragment, CallSite site, EmbeddedText statement) {
        CallName name = CallName.of(fragment, site, statement);
        return name == null ? null : new RelayedCall(name, CallArguments.of(fragment, site, statement));
    }
}
