-- Installs the functions in a schema, or renews them there. It is one statement, and therefore takes effect as a whole
-- or not at all.
--
-- The body of pg_background_relay_version() lists what belongs to the installation, one line each:
--
--   SELECT '1'::pg_catalog.text        the version
--   -- pgbg-jdbc                       who wrote this
--   -- pg_background_launch(..)        the functions; types of the installation without its schema
--   -- TYPE pg_background_handle       the types
--   -- VIEW pg_background_list         the views
--   -- USAGE                           if pgbackground_role was granted the use of the schema
DO LANGUAGE plpgsql $install$
DECLARE
  home CONSTANT pg_catalog.regnamespace := '@schema@';
  renewing CONSTANT pg_catalog.bool := @renewing@;
  path CONSTANT pg_catalog.text := pg_catalog.current_setting('search_path');
  strings CONSTANT pg_catalog.text := pg_catalog.current_setting('standard_conforming_strings');
  -- the functions that were in the schema before, and the places of their rows
  there pg_catalog.oid[];
  rows_there pg_catalog.text[];
  views_there pg_catalog.oid[];
  -- the functions of the installation, and the new ones among them
  ours pg_catalog.oid[];
  added pg_catalog.oid[];
  views_added pg_catalog.oid[];
  types pg_catalog.text[] := '{}';
  -- the installation that is renewed
  list pg_catalog.text;
  owner pg_catalog.oid;
  grants pg_catalog.aclitem[];
  again pg_catalog.text[] := '{}';
  command pg_catalog.text;
  usage pg_catalog.bool := false;
  f pg_catalog.record;
  g pg_catalog.record;
BEGIN
  PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true),
    pg_catalog.set_config('standard_conforming_strings', 'on', true);
@alone@
  SELECT p.prosrc, p.proowner, p.proacl INTO list, owner, grants FROM pg_proc AS p
    WHERE p.pronamespace = home AND p.proname = 'pg_background_relay_version' AND p.pronargs = 0;
  IF FOUND AND NOT renewing THEN
    RAISE EXCEPTION USING ERRCODE = 'duplicate_object', MESSAGE = 'extension "pg_background" already exists';
  END IF;
  SELECT coalesce(array_agg(p.oid), '{}'), coalesce(array_agg(p.oid || p.ctid::text), '{}') INTO there, rows_there
    FROM pg_proc AS p WHERE p.pronamespace = home;
  SELECT coalesce(array_agg(c.oid), '{}') INTO views_there FROM pg_class AS c WHERE c.relnamespace = home;

  FOR f IN SELECT t.name, t.definition FROM (VALUES @types@) AS t(name, definition) LOOP
    types := types || f.name;
    IF NOT (renewing AND strpos(list, '-- TYPE ' || f.name) > 0
        AND EXISTS (SELECT FROM pg_type WHERE typnamespace = home AND typname = f.name)) THEN
      EXECUTE f.definition;
    END IF;
  END LOOP;
  IF renewing THEN
    -- What CREATE OR REPLACE cannot change: the type of a result, and parameters that have lost a default.
    FOR f IN SELECT p.oid::regprocedure AS name, p.proowner AS owner, p.proacl AS grants FROM pg_proc AS p
        WHERE p.pronamespace = home AND strpos(list, format('-- %s(', p.proname)) > 0
          AND (p.proname = 'pg_background_launch' AND p.pronargs = 2 AND p.prorettype <> '@launched@'::regtype
            OR p.proname ~ '^pg_background_(launch|submit)(_v2)?$' AND p.pronargs = 3 AND p.pronargdefaults > 0
            OR p.proname ~ '^pg_background_(stats_v2|get_progress|get_progress_v2)$'
              AND p.prorettype = 'record'::regtype) LOOP
      -- who was granted it keeps it
      again := again || ARRAY(SELECT format('GRANT EXECUTE ON FUNCTION %s TO %s%s', f.name,
          CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END,
          CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
        FROM aclexplode(f.grants) AS a WHERE a.grantee <> f.owner);
      EXECUTE format('DROP FUNCTION %s', f.name);
    END LOOP;
  END IF;
@functions@

  SELECT array_agg(p.oid ORDER BY p.oid), array_agg(p.oid ORDER BY p.oid) FILTER (WHERE p.oid <> ALL (there))
    INTO ours, added FROM pg_proc AS p
    WHERE p.pronamespace = home AND (p.proname LIKE 'pg!_background!_%' ESCAPE '!'
        OR p.proname IN ('grant_pg_background_privileges', 'revoke_pg_background_privileges'))
      AND (p.oid || p.ctid::text) <> ALL (rows_there);
  SELECT coalesce(array_agg(c.oid), '{}') INTO views_added FROM pg_class AS c
    WHERE c.relnamespace = home AND c.relkind = 'v' AND c.relname IN ('pg_background_list', 'pg_background_activity')
      AND c.oid <> ALL (views_there);
  IF renewing THEN
    -- Whoever owns what was replaced could replace it in turn.
    FOR f IN SELECT 'function ' || p.oid::regprocedure AS name FROM pg_proc AS p
        WHERE p.oid = ANY (ours) AND p.oid = ANY (there) AND p.proowner <> owner
        UNION ALL SELECT 'view ' || c.oid::regclass FROM pg_class AS c
        WHERE c.oid = ANY (views_there) AND c.relname IN ('pg_background_list', 'pg_background_activity')
          AND c.relowner <> owner LOOP
      RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
        MESSAGE = f.name || ' is not a member of extension "pg_background"',
        DETAIL = 'An extension is not allowed to replace an object that it does not own.';
    END LOOP;
  END IF;

  -- Only roles to which they are granted may call them; the driver looks at that when a function asks it.
  FOR f IN SELECT o::regprocedure AS name FROM unnest(added) AS o LOOP
    EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', f.name);
  END LOOP;
  FOR f IN SELECT o::regclass AS name FROM unnest(views_added) AS o LOOP
    EXECUTE format('REVOKE ALL ON TABLE %s FROM PUBLIC', f.name);
  END LOOP;
  -- By itself it can do nothing: a role that has a single function has this one, too.
  GRANT EXECUTE ON FUNCTION @schema@.pg_background_call(text, text[], bool, text) TO PUBLIC;

  IF renewing THEN
    usage := list LIKE '%-- USAGE%';
    FOR f IN SELECT 'EXECUTE' AS privilege, 'FUNCTION' AS kind, p.oid::regprocedure::text AS name, p.proowner AS owner
        FROM pg_proc AS p WHERE p.oid = ANY (added)
        UNION ALL SELECT 'SELECT', 'TABLE', c.oid::regclass::text, c.relowner
        FROM pg_class AS c WHERE c.oid = ANY (views_added) LOOP
      FOR g IN SELECT a.grantee::regrole AS grantee, a.is_grantable FROM aclexplode(grants) AS a
          WHERE a.grantee NOT IN (0, owner) LOOP
        EXECUTE format('GRANT %s ON %s %s TO %s', f.privilege, f.kind, f.name, g.grantee)
          || CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END;
      END LOOP;
      IF f.owner <> owner THEN
        EXECUTE format('ALTER %s %s OWNER TO %s', f.kind, f.name, owner::regrole);
      END IF;
    END LOOP;
    FOREACH command IN ARRAY again LOOP
      EXECUTE command;
    END LOOP;
    FOR f IN SELECT t.typname AS name FROM pg_type AS t
        WHERE t.typnamespace = home AND t.typname = ANY (types) AND t.typowner <> owner LOOP
      EXECUTE format('ALTER TYPE %s.%I OWNER TO %s', home, f.name, owner::regrole);
    END LOOP;
    -- Functions of the older installation that this driver does not have any more.
    FOR f IN SELECT to_regprocedure(home || '.'
          || replace(substr(line, 4), '(pg_background_', '(' || home || '.pg_background_')) AS name
        FROM unnest(string_to_array(list, E'\n')) AS line WHERE line LIKE '-- %(%)' LOOP
      IF f.name::oid <> ALL (ours) THEN
        EXECUTE format('DROP FUNCTION %s', f.name);
      END IF;
    END LOOP;
  ELSE
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'pgbackground_role') THEN
      BEGIN
        CREATE ROLE pgbackground_role NOLOGIN;
        COMMENT ON ROLE pgbackground_role IS 'may call the pg_background functions (made by pgbg-jdbc)';
      EXCEPTION
        WHEN insufficient_privilege THEN
          RAISE NOTICE 'role "pgbackground_role" was not created: %', SQLERRM;
        WHEN duplicate_object OR unique_violation THEN
          -- another session has created it just now, in another database
          NULL;
      END;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'pgbackground_role') THEN
      FOR f IN SELECT o::regprocedure AS name FROM unnest(added) AS o LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO pgbackground_role', f.name);
      END LOOP;
      FOR f IN SELECT o::regclass AS name FROM unnest(views_added) AS o LOOP
        EXECUTE format('GRANT SELECT ON TABLE %s TO pgbackground_role', f.name);
      END LOOP;
      IF NOT has_schema_privilege('pgbackground_role', home::oid, 'USAGE') THEN
        BEGIN
          GRANT USAGE ON SCHEMA @schema@ TO pgbackground_role;
          usage := has_schema_privilege('pgbackground_role', home::oid, 'USAGE');
        EXCEPTION
          WHEN insufficient_privilege THEN
            RAISE NOTICE 'role "pgbackground_role" was not granted the use of the schema: %', SQLERRM;
        END;
      END IF;
    END IF;
  END IF;

  FOR f IN SELECT p.oid::regprocedure AS name, CASE p.proname
        WHEN 'pg_background_launch' THEN 'runs SQL in the background and returns the pid of the process that does'
        WHEN 'pg_background_result' THEN 'waits for a background job and returns its rows'
        WHEN 'pg_background_detach' THEN 'forgets a background job, which runs on'
        WHEN 'grant_pg_background_privileges' THEN 'lets a role call the pg_background functions'
        WHEN 'revoke_pg_background_privileges' THEN 'lets a role call the pg_background functions no more'
        WHEN 'pg_background_relay_version' THEN 'version and parts of this installation of the pg_background functions'
        WHEN 'pg_background_relay' THEN 'used by the pg_background functions'
        WHEN 'pg_background_relay_grants' THEN 'used by the pg_background functions'
        WHEN 'pg_background_call' THEN 'used by the pg_background functions'
        WHEN 'pg_background_raise' THEN 'used by the pg_background functions'
        ELSE 'one of the pg_background functions' END AS purpose
      FROM pg_proc AS p WHERE p.oid = ANY (ours) LOOP
    EXECUTE format('COMMENT ON FUNCTION %s IS %L', f.name, f.purpose || '; works over jdbc:pgbg: (made by pgbg-jdbc)');
  END LOOP;
  FOR f IN SELECT o AS name, CASE o WHEN 'pg_background_handle' THEN 'names a background job'
        WHEN 'pg_background_stats' THEN 'counts the background jobs of a session'
        ELSE 'how far a background job has got' END AS purpose FROM unnest(types) AS o LOOP
    EXECUTE format('COMMENT ON TYPE %s.%I IS %L', home, f.name, f.purpose || ' (made by pgbg-jdbc)');
  END LOOP;
  COMMENT ON VIEW @schema@.pg_background_list
    IS 'the attached background jobs; works over jdbc:pgbg: (made by pgbg-jdbc)';
  COMMENT ON VIEW @schema@.pg_background_activity
    IS 'the attached background jobs and their processes; works over jdbc:pgbg: (made by pgbg-jdbc)';

  EXECUTE format('CREATE OR REPLACE FUNCTION %s.pg_background_relay_version() RETURNS text'
    || ' LANGUAGE sql IMMUTABLE AS %L', home, 'SELECT ''@version@''::pg_catalog.text' || E'\n-- pgbg-jdbc\n'
    || (SELECT string_agg(format('-- %s(%s)', p.proname, replace(oidvectortypes(p.proargtypes), home || '.', '')),
          E'\n' ORDER BY p.oid)
        FROM pg_proc AS p WHERE p.oid = ANY (ours))
    || (SELECT string_agg(E'\n-- TYPE ' || o, '') FROM unnest(types) AS o) || E'\n-- VIEW pg_background_list\n-- VIEW pg_background_activity'
    || CASE WHEN usage THEN E'\n-- USAGE' ELSE '' END);

  PERFORM set_config('standard_conforming_strings', strings, true), set_config('search_path', path, true);
END
$install$
