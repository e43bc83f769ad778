-- What stands beside functions.sql in an installation.

-- Marks the installation: install.sql writes the version and the list of the functions into its body, from where they
-- are read without a call.
CREATE FUNCTION @schema@.pg_background_relay_version() RETURNS pg_catalog.text
LANGUAGE sql IMMUTABLE
AS $version$SELECT NULL::pg_catalog.text$version$;

-- The functions of the installation, written as GRANT wants them.
CREATE FUNCTION @schema@.pg_background_relay_functions() RETURNS SETOF pg_catalog.text
LANGUAGE sql STABLE
SET search_path TO pg_catalog, pg_temp
AS $functions$
  SELECT format('%I.%I(%s)', n.nspname, p.proname, (
      SELECT string_agg(format('pg_catalog.%I', t.typname), ', ' ORDER BY a.position)
      FROM unnest(p.proargtypes) WITH ORDINALITY AS a(type, position) JOIN pg_type AS t ON t.oid = a.type))
  FROM pg_namespace AS n JOIN pg_proc AS m ON m.pronamespace = n.oid AND m.proname = 'pg_background_relay_version'
    CROSS JOIN unnest(string_to_array(m.prosrc, E'\n')) AS line
    JOIN pg_proc AS p ON p.oid = to_regprocedure(quote_ident(n.nspname) || '.' || substr(line, 4))
  WHERE n.oid = to_regnamespace('@schema@') AND line LIKE '-- %(%)'
  ORDER BY p.oid
$functions$;

CREATE FUNCTION @schema@.grant_pg_background_privileges(user_name pg_catalog.text,
  print_commands pg_catalog.bool DEFAULT false)
RETURNS pg_catalog.bool
LANGUAGE plpgsql VOLATILE STRICT
SET search_path TO pg_catalog, pg_temp
AS $grant$
DECLARE
  function text;
  command text;
BEGIN
  FOR function IN SELECT * FROM @schema@.pg_background_relay_functions() LOOP
    IF NOT has_function_privilege(function, 'EXECUTE WITH GRANT OPTION') THEN
      -- the server would only warn
      RAISE insufficient_privilege USING MESSAGE = 'permission denied for function ' || function,
        HINT = 'The owner of the function may grant and revoke it, and who was granted it with the right to grant it.';
    END IF;
    command := format('GRANT EXECUTE ON FUNCTION %s TO %I', function, user_name);
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
  function text;
  command text;
BEGIN
  FOR function IN SELECT * FROM @schema@.pg_background_relay_functions() LOOP
    IF NOT has_function_privilege(function, 'EXECUTE WITH GRANT OPTION') THEN
      -- the server would only warn
      RAISE insufficient_privilege USING MESSAGE = 'permission denied for function ' || function,
        HINT = 'The owner of the function may grant and revoke it, and who was granted it with the right to grant it.';
    END IF;
    command := format('REVOKE EXECUTE ON FUNCTION %s FROM %I', function, user_name);
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
