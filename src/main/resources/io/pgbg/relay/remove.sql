-- Removes what install.sql has made. One statement, and therefore all of it or nothing.
DO LANGUAGE plpgsql $remove$
DECLARE
  home CONSTANT pg_catalog.regnamespace := '@schema@';
  path CONSTANT pg_catalog.text := pg_catalog.current_setting('search_path');
  list pg_catalog.text;
  functions pg_catalog.text;
  views pg_catalog.text;
  detail pg_catalog.text;
  hint pg_catalog.text;
BEGIN
  PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
  PERFORM pg_advisory_xact_lock(1885823593, 0);
  SELECT p.prosrc INTO list FROM pg_proc AS p
    WHERE p.pronamespace = home AND p.proname = 'pg_background_relay_version';
  SELECT string_agg(to_regprocedure(home || '.'
      || replace(substr(line, 4), '(pg_background_', '(' || home || '.pg_background_'))::text, ', ') INTO functions
    FROM unnest(string_to_array(list, E'\n')) AS line WHERE line LIKE '-- %(%)';
  SELECT string_agg(c.oid::regclass::text, ', ') INTO views
    FROM unnest(string_to_array(list, E'\n')) AS line JOIN pg_class AS c
      ON c.relnamespace = home AND line = '-- VIEW ' || c.relname;
  IF functions IS NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'undefined_object', MESSAGE = 'extension "pg_background" does not exist';
  END IF;
  -- What depends on them is told in the words that the caller's path gives.
  PERFORM set_config('search_path', path, true);
  BEGIN
    IF views IS NOT NULL THEN
      EXECUTE 'DROP VIEW ' || views || ' @behaviour@';
    END IF;
    EXECUTE 'DROP FUNCTION ' || functions || ' @behaviour@';
    IF list LIKE '%-- TYPE pg!_background!_handle%' ESCAPE '!' THEN
      DROP TYPE IF EXISTS @schema@.pg_background_handle @behaviour@;
    END IF;
  EXCEPTION
    WHEN dependent_objects_still_exist THEN
      GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
      RAISE EXCEPTION USING ERRCODE = 'dependent_objects_still_exist', DETAIL = detail, HINT = hint,
        MESSAGE = 'cannot drop extension pg_background because other objects depend on it';
  END;

  PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);

  IF list LIKE '%-- USAGE%' AND EXISTS (SELECT FROM pg_roles WHERE rolname = 'pgbackground_role') THEN
    BEGIN
      REVOKE USAGE ON SCHEMA @schema@ FROM pgbackground_role;
    EXCEPTION
      WHEN insufficient_privilege THEN
        RAISE NOTICE 'role "pgbackground_role" keeps the use of the schema: %', SQLERRM;
    END;
  END IF;

  -- The role belongs to the whole server: it stays as long as anybody has any use for it.
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'pgbackground_role'
      AND shobj_description(oid, 'pg_authid') LIKE '%(made by pgbg-jdbc)') THEN
    -- Since PostgreSQL 16 who makes a role gets the right to grant it, as a member; that one does not count.
    IF EXISTS (SELECT FROM pg_auth_members AS m, to_jsonb(m) AS j
        WHERE 'pgbackground_role'::regrole IN (m.roleid, m.member)
          AND NOT (m.admin_option AND j @> '{"inherit_option": false, "set_option": false}')) THEN
      RAISE NOTICE 'role "pgbackground_role" was kept: it has members';
    ELSE
      BEGIN
        DROP ROLE pgbackground_role;
      EXCEPTION
        WHEN dependent_objects_still_exist OR insufficient_privilege THEN
          RAISE NOTICE 'role "pgbackground_role" was kept: %', SQLERRM;
      END;
    END IF;
  END IF;
  PERFORM set_config('search_path', path, true);
END
$remove$
