--liquibase formatted sql

--changeset pgbg:vacuum dbms:postgresql
--comment in a transaction, which VACUUM would refuse: the job has a connection of its own
SELECT * FROM pg_background_result(pg_background_launch('VACUUM (ANALYZE) fruits')) AS (result text);
--rollback SELECT * FROM pg_background_result(pg_background_launch('ALTER TABLE fruits RENAME TO baskets')) AS (r text);
