/**
 * The faces: the java.sql objects an application holds, each over the PostgreSQL driver's own object. A face hands
 * everything over to that object except what has a reason to differ, mainly that no method gives away an object which
 * leads past the faces. Only what differs is written here; the rest is generated while the project is built, see
 * {@link io.pgbg.proxy.Delegating}. Values (arrays, large objects, {@code PGobject}) and the server's exceptions are
 * the PostgreSQL driver's own.
 */
package io.pgbg.proxy;
