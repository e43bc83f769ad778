/**
 * The only package that uses the inside of pgjdbc ({@code org.postgresql.core}): it sends a text as one message, opens
 * and reads cursors, keeps command tags, makes result sets and errors like the server's, and watches sockets. It is
 * tested with the oldest and the newest release of pgjdbc that docs/connecting.md names.
 */
package io.pgbg.wire;
