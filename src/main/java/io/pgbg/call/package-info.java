/**
 * What a pg_background function does when it is called, either by a statement that is nothing but the call, or
 * by SQL on the server through the relay. Arguments come in as texts, and texts and rows go out.
 */
package io.pgbg.call;
