/**
 * What is known of one connection of the application: its options, settings and transactions, the role in force, its
 * jobs and the pool that their workers come from.
 */
package io.pgbg.session;
