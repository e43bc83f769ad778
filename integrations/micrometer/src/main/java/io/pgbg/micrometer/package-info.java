/** What the driver counts, as metrics of Micrometer. */
package io.pgbg.micrometer;
