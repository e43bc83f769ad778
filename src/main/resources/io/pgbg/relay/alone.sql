  -- One installation at a time. Any role can take the lock: only one that may install, too, is waited for.
  WHILE NOT pg_try_advisory_xact_lock(1885823593, 0) AND EXISTS (SELECT FROM pg_database AS d
      JOIN pg_locks AS l ON l.database = d.oid JOIN pg_stat_get_activity(NULL) AS a ON a.pid = l.pid
      JOIN pg_roles AS r ON r.oid = a.usesysid
      WHERE d.datname = current_database() AND l.locktype = 'advisory' AND l.granted
        AND l.classid = 1885823593 AND l.objid = 0 AND l.objsubid = 2
        AND (r.rolsuper OR pg_has_role(r.oid, d.datdba, 'MEMBER'))) LOOP
    PERFORM pg_sleep(0.05);
  END LOOP;
