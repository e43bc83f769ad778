-- The functions that only an installation has.

-- Marks the installation: install.sql writes the version and the list of its parts into the body, where drivers read
-- them without a call.
CREATE FUNCTION @schema@.pg_background_relay_version() RETURNS pg_catalog.text
LANGUAGE sql IMMUTABLE
AS $version$SELECT NULL::pg_catalog.text$version$;

-- The privileges that a role needs to use the installation, in the words of GRANT and REVOKE, and whether the current
-- role may grant them.
CREATE FUNCTION @schema@.pg_background_relay_grants(OUT privilege pg_catalog.text, OUT kind pg_catalog.text,
  OUT name pg_catalog.text, OUT allowed pg_catalog.bool)
RETURNS SETOF record
LANGUAGE sql STABLE
SET search_path TO pg_catalog, pg_temp
AS $grants$
  WITH parts AS (
    SELECT n.oid AS home, n.nspname, line
    FROM pg_namespace AS n JOIN pg_proc AS m
        ON m.pronamespace = n.oid AND m.proname = 'pg_background_relay_version' AND m.pronargs = 0,
      LATERAL unnest(string_to_array(m.prosrc, E'\n')) AS line
    WHERE n.oid = to_regnamespace('@schema@')),
  functions AS (
    SELECT p.oid, format('%I.%I(%s)', nspname, p.proname, (
        SELECT string_agg(format('%I.%I', s.nspname, t.typname), ', ' ORDER BY a.position)
        FROM unnest(p.proargtypes) WITH ORDINALITY AS a(type, position) JOIN pg_type AS t ON t.oid = a.type
          JOIN pg_namespace AS s ON s.oid = t.typnamespace)) AS name
    FROM parts JOIN pg_proc AS p ON p.oid = to_regprocedure(quote_ident(nspname) || '.'
      || replace(substr(line, 4), '(pg_background_', '(' || quote_ident(nspname) || '.pg_background_'))
    WHERE line LIKE '-- %(%)'),
  views AS (
    SELECT c.oid, format('%I.%I', nspname, c.relname) AS name
    FROM parts JOIN pg_class AS c ON c.relnamespace = home AND line = '-- VIEW ' || c.relname)
  SELECT 'EXECUTE', 'FUNCTION', name, has_function_privilege(oid, 'EXECUTE WITH GRANT OPTION')
  FROM (SELECT * FROM functions ORDER BY oid) AS f
  UNION ALL
  SELECT 'SELECT', 'TABLE', name, has_table_privilege(oid, 'SELECT WITH GRANT OPTION')
  FROM (SELECT * FROM views ORDER BY oid) AS v
$grants$;

CREATE FUNCTION @schema@.grant_pg_background_privileges(user_name pg_catalog.text,
  print_commands pg_catalog.bool DEFAULT false)
RETURNS pg_catalog.bool
LANGUAGE plpgsql VOLATILE STRICT
SET search_path TO pg_catalog, pg_temp
AS $grant$
DECLARE
  part record;
  command text;
BEGIN
  FOR part IN SELECT * FROM @schema@.pg_background_relay_grants() LOOP
    IF NOT part.allowed THEN
      -- GRANT and REVOKE would only warn
      RAISE insufficient_privilege USING MESSAGE = format('permission denied for %s %s', lower(part.kind), part.name),
        HINT = 'The owner of the function may grant and revoke it, and who was granted it with the right to grant it.';
    END IF;
    command := format('GRANT %s ON %s %s TO %I', part.privilege, part.kind, part.name, user_name);
    EXECUTE command;
    IF print_commands THEN
      RAISE INFO '%', command;
    END IF;
  END LOOP;
  RETURN true;
EXCEPTION
  WHEN undefined_object THEN
    RAISE NOTICE 'Error granting pg_background privileges to %: %', user_name, SQLERRM;
    RETURN false;
END
$grant$;

CREATE FUNCTION @schema@.revoke_pg_background_privileges(user_name pg_catalog.text,
  print_commands pg_catalog.bool DEFAULT false)
RETURNS pg_catalog.bool
LANGUAGE plpgsql VOLATILE STRICT
SET search_path TO pg_catalog, pg_temp
AS $revoke$
DECLARE
  part record;
  command text;
BEGIN
  FOR part IN SELECT * FROM @schema@.pg_background_relay_grants() LOOP
    IF NOT part.allowed THEN
      -- GRANT and REVOKE would only warn
      RAISE insufficient_privilege USING MESSAGE = format('permission denied for %s %s', lower(part.kind), part.name),
        HINT = 'The owner of the function may grant and revoke it, and who was granted it with the right to grant it.';
    END IF;
    command := format('REVOKE %s ON %s %s FROM %I', part.privilege, part.kind, part.name, user_name);
    EXECUTE command;
    IF print_commands THEN
      RAISE INFO '%', command;
    END IF;
  END LOOP;
  RETURN true;
EXCEPTION
  WHEN undefined_object THEN
    RAISE NOTICE 'Error revoking pg_background privileges from %: %', user_name, SQLERRM;
    RETURN false;
END
$revoke$;
