/** The main job on an embedded PostgreSQL, for a person to watch: {@code mvn -q -Pdemo verify}. */
package io.pgbg.demo;
