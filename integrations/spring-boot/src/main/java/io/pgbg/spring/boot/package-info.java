/** For Spring Boot, which finds what is in here by itself. */
package io.pgbg.spring.boot;
