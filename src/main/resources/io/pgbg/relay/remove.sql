-- Removes what install.sql has made. It is one statement, and therefore takes effect as a whole or not at all.
DO LANGUAGE plpgsql $remove$
DECLARE
  home CONSTANT pg_catalog.regnamespace := '@schema@';
  path CONSTANT pg_catalog.text := pg_catalog.current_setting('search_path');
  list pg_catalog.text;
  drop_functions pg_catalog.text[];
  drop_function pg_catalog.text;
  drop_views pg_catalog.text;
  drop_types pg_catalog.text;
  detail pg_catalog.text;
  hint pg_catalog.text;
BEGIN
  PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
@alone@
  SELECT p.prosrc INTO list FROM pg_proc AS p
    WHERE p.pronamespace = home AND p.proname = 'pg_background_relay_version' AND p.pronargs = 0;
  -- With the schemas of their types, so that the names are still valid when the caller's path is in force.
  SELECT array_agg(format('%s.%I(%s)', home, p.proname, (
      SELECT string_agg(format('%I.%I', n.nspname, t.typname), ', ' ORDER BY a.position)
      FROM unnest(p.proargtypes) WITH ORDINALITY AS a(type, position) JOIN pg_type AS t ON t.oid = a.type
        JOIN pg_namespace AS n ON n.oid = t.typnamespace)) ORDER BY p.oid) INTO drop_functions
    FROM unnest(string_to_array(list, E'\n')) AS line JOIN pg_proc AS p ON p.oid = to_regprocedure(home || '.'
      || replace(substr(line, 4), '(pg_background_', '(' || home || '.pg_background_'))
    WHERE line LIKE '-- %(%)';
  SELECT 'DROP VIEW ' || string_agg(format('%s.%I', home, c.relname), ', ') || ' @behaviour@' INTO drop_views
    FROM unnest(string_to_array(list, E'\n')) AS line JOIN pg_class AS c
      ON c.relnamespace = home AND line = '-- VIEW ' || c.relname;
  SELECT 'DROP TYPE ' || string_agg(format('%s.%I', home, t.typname), ', ') || ' @behaviour@' INTO drop_types
    FROM unnest(string_to_array(list, E'\n')) AS line JOIN pg_type AS t
      ON t.typnamespace = home AND line = '-- TYPE ' || t.typname;
  IF drop_functions IS NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'undefined_object', MESSAGE = 'extension "pg_background" does not exist';
  END IF;
  -- All at once, so that a message tells all that depends; before PostgreSQL 10 one at a time.
  IF current_setting('server_version_num')::int4 >= 100000 THEN
    drop_functions := ARRAY[array_to_string(drop_functions, ', ')];
  END IF;
  -- Under the caller's path, so that messages name dependent objects as the caller does. No operator may be used there.
  PERFORM set_config('search_path', path, true);
  BEGIN
    IF drop_views IS NOT NULL THEN
      EXECUTE drop_views;
    END IF;
    FOREACH drop_function IN ARRAY drop_functions LOOP
      EXECUTE pg_catalog.concat('DROP FUNCTION ', drop_function, ' @behaviour@');
    END LOOP;
    IF drop_types IS NOT NULL THEN
      EXECUTE drop_types;
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

  -- The role belongs to the whole server: it stays as long as it has members or privileges.
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'pgbackground_role'
      AND shobj_description(oid, 'pg_authid') LIKE '%(made by pgbg-jdbc)') THEN
    -- Since PostgreSQL 16 the role that creates another one becomes its member, with the right to grant it only. That
    -- member does not count.
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
