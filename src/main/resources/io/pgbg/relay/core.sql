-- What the pg_background functions on the server are made of. Called, they ask the driver of their own session for the
-- work:
--
--   the function                                    the driver, on a connection of its own
--                                                   holds the gate of the session
--   locks a desk
--   raises INFO BG001: a token, the request
--   waits for the gate                              sees the notice, does the work
--                                                   writes the answer, a large object, and commits
--                                                   opens the gate, waits for the desk
--   reads the answer, leaves the desk
--                                                   removes the answer, closes the gate, leaves the desk
--
-- Gate and desk are advisory locks of classes 1885823591 and 1885823592. A session has one gate, its number the
-- backend's pid, and for each request a desk of its own, its number from the token: the function may be back with the
-- next request before the driver has seen it leave. Where nobody holds the gate no driver listens (yet). A request is
-- made twice: asked for in the name of a role, and confirmed with a word from the answer, which only that role can
-- read. So no role can ask in the name of another one.

CREATE FUNCTION @schema@.pg_background_relay(request pg_catalog.text[]) RETURNS pg_catalog.text[]
LANGUAGE plpgsql VOLATILE
SET search_path TO pg_catalog, pg_temp
SET lock_timeout TO 0
SET array_nulls TO on
AS $relay$
DECLARE
  -- How long a driver may take to notice that it is asked.
  patience CONSTANT interval := '5 s';
  gate CONSTANT int4 := 1885823591;
  desk CONSTANT int4 := 1885823592;
  me CONSTANT int4 := pg_backend_pid();
  token CONSTANT text := @token@;
  answer text[];
  ours CONSTANT int4 := ('x' || left(token, 7))::bit(28)::int4;
  number int8 := 2147483648 + ours;
  last CONSTANT int8 := number + 7;
  -- In a read-only transaction newer servers open no large object for writing, which sees what was committed last.
  mode CONSTANT int4 := CASE WHEN current_setting('transaction_read_only')::bool
      AND current_setting('server_version_num')::int4 >= 160000 THEN 262144 ELSE 393216 END;
  since CONSTANT timestamptz := clock_timestamp();
  pause float8 := 0.001;
  file int4;
  size int4;
  content bytea;
  at int4;
  done text;
BEGIN
  IF pg_is_in_recovery() THEN
    RAISE EXCEPTION USING ERRCODE = 'read_only_sql_transaction',
      MESSAGE = 'pg_background functions cannot be called from other SQL during recovery',
      HINT = 'Over jdbc:pgbg: a statement that is nothing but the call works here.';
  END IF;
  IF mode = 262144 AND current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
    RAISE EXCEPTION USING ERRCODE = 'read_only_sql_transaction',
      MESSAGE = 'pg_background functions cannot be called from other SQL in a read-only transaction of isolation level '
        || upper(current_setting('transaction_isolation')),
      HINT = 'Over jdbc:pgbg: a statement that is nothing but the call works here.';
  END IF;
  -- The subtransaction gives back the desk and the file however it ends.
  BEGIN
    done := pg_advisory_xact_lock(desk, ours);
    RAISE INFO USING ERRCODE = 'BG001', MESSAGE = token, DETAIL = request::text;
    LOOP
      -- This one gives back the gate where no answer is found.
      BEGIN
        done := pg_advisory_xact_lock_shared(gate, me);
        file := lo_open(number::oid, mode);
        size := lo_lseek64(file, 0, 2);
        done := lo_lseek64(file, 0, 0);
        content := loread(file, size);
        at := 9 + convert_from(substring(content FROM 1 FOR 8), 'UTF8')::int4;
        answer := convert_from(substring(content FROM 9 FOR at - 9), 'UTF8')::text[];
        EXIT WHEN answer[1] = token;
        RAISE SQLSTATE 'BG000';
      EXCEPTION
        WHEN undefined_object THEN
          answer := NULL;
        WHEN OTHERS THEN
          -- Somebody else's large object: the driver has found it, too, and taken the next number.
          answer := NULL;
          number := number + 1;
          CONTINUE WHEN number <= last;
      END;
      IF clock_timestamp() > since + patience THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
          MESSAGE = 'no driver answers the pg_background functions in this session',
          HINT = 'Connect with a jdbc:pgbg: URL.';
      END IF;
      done := pg_sleep(pause);
      pause := least(pause * 1.5, 0.05);
    END LOOP;
    IF answer[2] IN ('rows', 'tags') THEN
      -- Behind the head stand the columns, whose lengths it tells.
      FOR i IN 5 .. array_length(answer, 1) LOOP
        size := answer[i]::int4;
        answer[i] := convert_from(substring(content FROM at FOR size), 'UTF8');
        at := at + size;
      END LOOP;
    END IF;
    RAISE SQLSTATE 'BG000';
  EXCEPTION
    WHEN SQLSTATE 'BG000' THEN
      NULL;
  END;
  RETURN answer;
END
$relay$;

-- Raises the error that an answer tells of.
CREATE FUNCTION @schema@.pg_background_raise(answer pg_catalog.text[]) RETURNS pg_catalog.void
LANGUAGE plpgsql VOLATILE
SET search_path TO pg_catalog, pg_temp
AS $raise$
DECLARE
  fields CONSTANT text := array_to_string(answer[7:11], '');
BEGIN
  IF fields <> '' THEN
    RAISE EXCEPTION USING ERRCODE = answer[3], MESSAGE = answer[4], DETAIL = coalesce(answer[5], ''),
      HINT = coalesce(answer[6], ''), SCHEMA = coalesce(answer[7], ''), TABLE = coalesce(answer[8], ''),
      COLUMN = coalesce(answer[9], ''), DATATYPE = coalesce(answer[10], ''), CONSTRAINT = coalesce(answer[11], '');
  ELSIF answer[5] IS NOT NULL AND answer[6] IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = answer[3], MESSAGE = answer[4], DETAIL = answer[5], HINT = answer[6];
  ELSIF answer[5] IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = answer[3], MESSAGE = answer[4], DETAIL = answer[5];
  ELSIF answer[6] IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = answer[3], MESSAGE = answer[4], HINT = answer[6];
  END IF;
  RAISE EXCEPTION USING ERRCODE = answer[3], MESSAGE = answer[4];
END
$raise$;

-- Asks and confirms. Runs with the settings of the caller, because they are what a launch takes over.
CREATE FUNCTION @schema@.pg_background_call(function pg_catalog.text, arguments pg_catalog.text[])
RETURNS pg_catalog.text[]
LANGUAGE plpgsql VOLATILE
AS $call$
DECLARE
  answer pg_catalog.text[];
  session pg_catalog.text;
BEGIN
  answer := @schema@.pg_background_relay(pg_catalog.array_cat(
      ARRAY['ask', function, current_user::pg_catalog.text], arguments));
  IF answer[2] OPERATOR(pg_catalog.=) 'confirm' THEN
    IF answer[4] IS NOT NULL THEN
      EXECUTE answer[4] INTO session;
    END IF;
    answer := @schema@.pg_background_relay(ARRAY['confirm', answer[3], session]);
  END IF;
  IF answer[2] OPERATOR(pg_catalog.=) 'error' THEN
    PERFORM @schema@.pg_background_raise(answer);
  END IF;
  RETURN answer;
END
$call$;

-- Makes a query for rows fit a column whose type is the same but for its modifier or for being a domain. Runs with the
-- search_path of the caller, with which the detail was written.
CREATE FUNCTION @schema@.pg_background_fit(query pg_catalog.text, detail pg_catalog.text) RETURNS pg_catalog.text
LANGUAGE plpgsql STABLE
AS $fit$
DECLARE
  parts CONSTANT pg_catalog.text[] := pg_catalog.regexp_match(detail,
    E'^Returned type (.+) does not match expected type (.+) in column (?:".*" \\(position )?([0-9]+)');
  returned CONSTANT pg_catalog.oid := pg_catalog.to_regtype(parts[1])::pg_catalog.oid;
  expected pg_catalog.oid := pg_catalog.to_regtype(parts[2])::pg_catalog.oid;
  name CONSTANT pg_catalog.text := pg_catalog.concat('AS c', parts[3]);
BEGIN
  WHILE expected OPERATOR(pg_catalog.<>) returned LOOP
    SELECT typbasetype INTO expected FROM pg_catalog.pg_type
      WHERE oid OPERATOR(pg_catalog.=) expected AND typtype OPERATOR(pg_catalog.=) 'd';
  END LOOP;
  IF parts IS NULL OR expected IS NULL OR returned IS NULL
      OR pg_catalog.strpos(query, pg_catalog.concat('::', parts[2], ' ', name)) OPERATOR(pg_catalog.>) 0 THEN
    RETURN NULL;
  END IF;
  RETURN pg_catalog.regexp_replace(query, pg_catalog.concat(name, E'\\M'), pg_catalog.concat(
    '::', pg_catalog.replace(parts[2], E'\\', E'\\\\'), ' ', name));
END
$fit$;
