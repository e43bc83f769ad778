BEGIN
  -- The driver sets this in its workers, and reads the notice there.
  IF pg_catalog.current_setting('pgbg.worker', true) OPERATOR(pg_catalog.=) 'on' THEN
    RAISE INFO USING ERRCODE = 'BG002', MESSAGE = COALESCE(pct::pg_catalog.text, ''),
      DETAIL = COALESCE('m' OPERATOR(pg_catalog.||) msg, '');
  ELSE
    RAISE EXCEPTION USING ERRCODE = 'feature_not_supported',
      MESSAGE = 'pg_background_progress can only be called from a background worker';
  END IF;
END
