/** What runs while the project is built; nothing of it is in the jar. */
package io.pgbg.build;
