package io.pgbg.proxy;

/** What a {@code wrap} method throws when the classes were compiled without the build step that completes them. */
final class Unbuilt {

    private Unbuilt() {
    }

    static IllegalStateException error() {
        return new IllegalStateException("The classes of io.pgbg.proxy are incomplete: they must be built with Maven, "
                + "see CONTRIBUTING.md");
    }
}
