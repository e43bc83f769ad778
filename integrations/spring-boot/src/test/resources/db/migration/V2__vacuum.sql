SELECT * FROM pg_background_result(pg_background_launch('VACUUM (ANALYZE) fruits')) AS (result text);
