
-- The attached jobs.
CREATE VIEW @schema@.pg_background_list AS
  SELECT * FROM @schema@.pg_background_list() AS l(@listed@);

-- The attached jobs with what the server shows of their processes.
CREATE VIEW @schema@.pg_background_activity AS
  SELECT l.pid, l.cookie, l.launched_at, l.user_id, l.queue_size, l.state AS pgbg_state, l.sql_preview, l.last_error,
    l.consumed, l.label, a.state AS backend_state, a.wait_event_type, a.wait_event, a.xact_start, a.query_start,
    a.backend_start, a.query
  FROM @schema@.pg_background_list() AS l(@listed@)
    LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid OPERATOR(pg_catalog.=) l.pid;
