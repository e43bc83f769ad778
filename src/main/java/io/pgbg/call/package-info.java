/**
 * What a pg_background function does when it is called, whoever has called it: a statement that is nothing but the call,
 * or a function on the server through the relay. Arguments come in as texts, and texts and rows go out.
 */
package io.pgbg.call;
