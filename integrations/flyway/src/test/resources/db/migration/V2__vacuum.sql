-- In a transaction, which VACUUM would refuse: the job has a connection of its own.
SELECT * FROM pg_background_result(pg_background_launch('VACUUM (ANALYZE) fruits')) AS (result text);

DO $$
BEGIN
  PERFORM * FROM pg_background_result(pg_background_launch('INSERT INTO audit VALUES (''vacuumed'')')) AS (r text);
END $$;
