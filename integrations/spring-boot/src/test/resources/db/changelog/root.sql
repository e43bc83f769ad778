--liquibase formatted sql

--changeset pgbg:fruits
CREATE TABLE fruits (name text PRIMARY KEY);
INSERT INTO fruits VALUES ('apple'), ('pear');

--changeset pgbg:vacuum dbms:postgresql
SELECT * FROM pg_background_result(pg_background_launch('VACUUM (ANALYZE) fruits')) AS (result text);
