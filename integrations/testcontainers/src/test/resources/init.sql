CREATE TABLE audit (said text);
BEGIN;
SELECT pg_background_run($$INSERT INTO audit VALUES ('on its own')$$);
INSERT INTO audit VALUES ('undone');
ROLLBACK;
