-- The functions that a session has for GRANT and REVOKE as long as nothing is installed: there is nothing to be
-- granted, and they say so as the driver does for a direct call.

CREATE FUNCTION @schema@.@name@(user_name pg_catalog.text,
  print_commands pg_catalog.bool DEFAULT false)
RETURNS pg_catalog.bool
LANGUAGE plpgsql VOLATILE STRICT
SET search_path TO pg_catalog, pg_temp
AS $grant$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = user_name) THEN
    RAISE NOTICE 'Error granting pg_background privileges to %: role "%" does not exist', user_name, user_name;
    RETURN false;
  END IF;
  RAISE NOTICE 'nothing was granted to %: the driver answers the pg_background functions itself, and %', user_name,
    'every role that can connect may call them';
  RETURN true;
END
$grant$;

CREATE FUNCTION @schema@.@name@(user_name pg_catalog.text,
  print_commands pg_catalog.bool DEFAULT false)
RETURNS pg_catalog.bool
LANGUAGE plpgsql VOLATILE STRICT
SET search_path TO pg_catalog, pg_temp
AS $revoke$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = user_name) THEN
    RAISE NOTICE 'Error revoking pg_background privileges from %: role "%" does not exist', user_name, user_name;
    RETURN false;
  END IF;
  RAISE WARNING 'nothing was revoked from %: the driver answers the pg_background functions itself, and %', user_name,
    'every role that can connect may call them';
  RETURN false;
END
$revoke$;
