/** The examples of the documentation, which must compile and run. */
package io.pgbg.examples;
