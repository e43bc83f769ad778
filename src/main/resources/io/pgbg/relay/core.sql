-- The function that all pg_background functions on the server call: it requests the work of the driver of its own
-- session, and returns the reply.
--
--   the function                                   the driver, on a connection of its own
--                                                  holds the answer lock of the session's mailbox
--   reads the mailbox as the login: the secret
--   raises INFO BG001: the request and its proof   sees the notice, compares the proof, does the work
--     (a long one in parts, in notices before)
--   waits for the answer lock                      takes the next answer lock, writes the reply, commits,
--   reads the reply as the login                   releases the lock
--
-- The mailbox is a large object of the role that has logged in, and no other role may read it. Code that can read it
-- may return to the login's rights anyway. Where the server does not allow that (in SECURITY DEFINER functions, in
-- referential actions, and while it refreshes, analyzes or indexes on behalf of another role) no request can be made.
-- The lock only wakes the function, which then looks in the mailbox for its reply; it looks several times a second at
-- least.
--
-- The mailbox begins with an array of texts, padded to 512 bytes:
--   1 'pgbg2'            2 the secret for the next request    3 the token of the request that is answered
--   4 the answer lock    5 pid of the driver's connection     6 the token of the request for this mailbox
--   7 length of the settings' names, which stand at 2048      8 digest of the session's description that the driver has
--   9 length of the head of the reply, an array of texts     10 the length of the whole reply
--   11 where the reply stands: 0 for here at 512, otherwise the number of a large object, in which it stands at 16
--   12 how long the function may keep silent while it waits, an interval; empty for as long as it takes
--   13 a lock that the driver's connection holds as long as it may write; functions need not know it
--   14 the token of a request on which the driver has been at work for a while: only the driver has seen it
--
-- The function runs with the caller's search_path and other settings, because a launch takes them over. Therefore every
-- name is written with its schema.
CREATE FUNCTION @schema@.pg_background_call(operation pg_catalog.text, arguments pg_catalog.text[],
  asks pg_catalog.bool DEFAULT false, awaited pg_catalog.text DEFAULT NULL)
RETURNS pg_catalog.text[]
LANGUAGE plpgsql VOLATILE COST 1
AS $call$
DECLARE
  caller CONSTANT pg_catalog.text := current_user;
  role CONSTANT pg_catalog.text := pg_catalog.current_setting('role');
  version CONSTANT pg_catalog.int4 := pg_catalog.current_setting('server_version_num')::pg_catalog.int4;
  -- How long a driver may take to notice that it is asked.
  patience pg_catalog.interval := '5 s';
  -- In a read-only transaction newer servers open no large object for writing, which sees what was committed last.
  mode CONSTANT pg_catalog.int4 := CASE WHEN pg_catalog.current_setting('transaction_read_only')::pg_catalog.bool
      AND version OPERATOR(pg_catalog.>=) 160000
    THEN 262144 ELSE 393216 END;
  token pg_catalog.text := awaited;
  requested pg_catalog.bool := awaited IS NOT NULL;
  setting CONSTANT pg_catalog.text := pg_catalog.current_setting('pgbg.mailbox', true);
  number pg_catalog.int8;
  -- Whether this call has requested the mailbox itself; any other one may be out of date, or a trap.
  mine pg_catalog.bool := false;
  asked pg_catalog.timestamptz;
  asks_again pg_catalog.interval := '500 ms';
  -- How long a mailbox that may be a trap is trusted, whose lock is held.
  trusted CONSTANT pg_catalog.interval := '3 s';
  sent pg_catalog.timestamptz := pg_catalog.clock_timestamp();
  since pg_catalog.timestamptz := pg_catalog.clock_timestamp();
  spoken pg_catalog.timestamptz := pg_catalog.clock_timestamp();
  confined pg_catalog.bool;
  login pg_catalog.text;
  answer_lock pg_catalog.int8;
  free pg_catalog.bool;
  file pg_catalog.int4;
  content pg_catalog.bytea;
  box pg_catalog.text[];
  names pg_catalog.text[];
  session pg_catalog.text;
  digest pg_catalog.text;
  request pg_catalog.text;
  rest pg_catalog.text;
  -- A long request goes in parts of so many bytes: a client needs many times the length of a notice to read it.
  part pg_catalog.int4 := 524288;
  context pg_catalog.text;
  parts pg_catalog.int4;
  answer pg_catalog.text[];
  size pg_catalog.int4;
  place pg_catalog.int4;
  pause pg_catalog.float8 := 0.0005;
  done pg_catalog.text;
BEGIN
  IF pg_catalog.pg_is_in_recovery() THEN
    RAISE EXCEPTION USING ERRCODE = 'read_only_sql_transaction',
      MESSAGE = 'pg_background functions cannot be called from other SQL during recovery',
      HINT = 'Over jdbc:pgbg: a statement that is nothing but the call works here.';
  END IF;
  IF mode OPERATOR(pg_catalog.=) 262144 AND pg_catalog.current_setting('transaction_isolation')
      OPERATOR(pg_catalog.~) '^(repeatable read|serializable)$' THEN
    RAISE EXCEPTION USING ERRCODE = 'read_only_sql_transaction',
      MESSAGE = pg_catalog.concat('pg_background functions cannot be called from other SQL in a read-only transaction',
        ' of isolation level ', pg_catalog.upper(pg_catalog.current_setting('transaction_isolation'))),
      HINT = 'Over jdbc:pgbg: a statement that is nothing but the call works here.';
  END IF;
  IF role OPERATOR(pg_catalog.<>) 'none' AND (@forgets@) THEN
    RAISE EXCEPTION USING ERRCODE = 'feature_not_supported', MESSAGE = '@refusal@', HINT = '@advice@';
  END IF;
  IF token IS NULL THEN
    token := @token@;
  END IF;
  IF setting OPERATOR(pg_catalog.~) '^[0-9]{1,10}$' THEN
    number := setting::pg_catalog.int8;
  END IF;
  LOOP
    box := NULL;
    -- The block is always rolled back: role, settings, lock and file are afterwards as they were before.
    BEGIN
      confined := true;
      SET LOCAL SESSION AUTHORIZATION DEFAULT;
      confined := false;
      login := current_user;
      done := pg_catalog.set_config('array_nulls', 'on', true);
      IF answer_lock IS NOT NULL THEN
        free := false;
        BEGIN
          done := pg_catalog.set_config('lock_timeout', '250', true);
          done := pg_catalog.pg_advisory_xact_lock_shared(answer_lock);
          free := true;
        EXCEPTION
          WHEN lock_not_available THEN
            NULL;
        END;
      END IF;
      IF number IS NOT NULL THEN
        file := pg_catalog.lo_open(number::pg_catalog.oid, mode);
        content := pg_catalog.loread(file, 2048);
        IF pg_catalog.substr(content, 1, 7) OPERATOR(pg_catalog.=) '{pgbg2,'::pg_catalog.bytea THEN
          box := pg_catalog.convert_from(pg_catalog.substr(content, 1, 512), 'UTF8')::pg_catalog.text[];
        END IF;
        IF asks AND NOT requested AND box IS NOT NULL THEN
          done := pg_catalog.lo_lseek64(file, 2048, 0);
          names := pg_catalog.convert_from(pg_catalog.loread(file, box[7]::pg_catalog.int4), 'UTF8')
            ::pg_catalog.text[];
        END IF;
        IF box[3] OPERATOR(pg_catalog.=) token THEN
          place := 512;
          IF box[11] OPERATOR(pg_catalog.<>) '0' THEN
            place := 16;
            file := pg_catalog.lo_open(box[11]::pg_catalog.oid, mode);
            content := pg_catalog.loread(file, place OPERATOR(pg_catalog.+) box[10]::pg_catalog.int4);
          END IF;
          size := box[9]::pg_catalog.int4;
          answer := pg_catalog.convert_from(pg_catalog.substr(content, place OPERATOR(pg_catalog.+) 1, size), 'UTF8')
            ::pg_catalog.text[];
          IF answer[1] OPERATOR(pg_catalog.~) '^(rows|tags)$' THEN
            -- Behind the head stand the columns; it holds their lengths.
            place := place OPERATOR(pg_catalog.+) size OPERATOR(pg_catalog.+) 1;
            FOR i IN 4 .. pg_catalog.array_length(answer, 1) LOOP
              size := answer[i]::pg_catalog.int4;
              answer[i] := pg_catalog.convert_from(pg_catalog.substr(content, place, size), 'UTF8');
              place := place OPERATOR(pg_catalog.+) size;
            END LOOP;
          END IF;
        END IF;
      END IF;
      RAISE SQLSTATE 'BG000';
    EXCEPTION
      WHEN SQLSTATE 'BG000' THEN
        NULL;
      WHEN undefined_object THEN
        -- The mailbox is gone, or not there yet.
        box := NULL;
      WHEN data_exception THEN
        -- Something that only looks like a mailbox.
        box := NULL;
        answer := NULL;
      WHEN insufficient_privilege THEN
        IF confined THEN
          RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
            MESSAGE = pg_catalog.concat('cannot ', CASE WHEN asks THEN 'launch' ELSE 'call pg_background functions' END,
              ' from within a SECURITY DEFINER function or a restricted operation'),
            HINT = 'Launch a job that calls the function.';
        END IF;
        box := NULL;
    END;
    EXIT WHEN answer IS NOT NULL;
    IF current_user OPERATOR(pg_catalog.<>) caller::pg_catalog.name
        OR pg_catalog.current_setting('role') OPERATOR(pg_catalog.<>) role THEN
      RAISE EXCEPTION USING ERRCODE = 'feature_not_supported',
        MESSAGE = 'this release of PostgreSQL does not give back the role after SET SESSION AUTHORIZATION',
        HINT = 'Install the latest minor release of the server.';
    END IF;
    IF mine AND box[6] OPERATOR(pg_catalog.<>) token THEN
      box := NULL;
    END IF;

    IF box IS NOT NULL AND NOT requested THEN
      IF asks AND session IS NULL THEN
        session := @session@::pg_catalog.text;
        digest := @digest@;
      END IF;
      request := pg_catalog.array_cat(ARRAY[token, operation, caller, digest,
        CASE WHEN digest OPERATOR(pg_catalog.<>) COALESCE(box[8], '') THEN session END], arguments)::pg_catalog.text;
      answer_lock := box[4]::pg_catalog.int8;
      parts := 0;
      rest := request;
      IF pg_catalog.length(request) OPERATOR(pg_catalog.>) part THEN
        -- With each notice goes the text of the statement, which may hold all that is requested.
        GET DIAGNOSTICS context = PG_CONTEXT;
        part := GREATEST(part, pg_catalog.octet_length(context) OPERATOR(pg_catalog./) 4);
        -- As bytes, because the server finds a place in a text by counting all characters before it.
        content := pg_catalog.convert_to(request, 'UTF8');
        place := 1;
        WHILE pg_catalog.length(content) OPERATOR(pg_catalog.-) place OPERATOR(pg_catalog.>=) part LOOP
          size := part;
          -- Between two characters.
          WHILE (pg_catalog.get_byte(content, place OPERATOR(pg_catalog.+) size OPERATOR(pg_catalog.-) 1)
              OPERATOR(pg_catalog.&) 192) OPERATOR(pg_catalog.=) 128 LOOP
            size := size OPERATOR(pg_catalog.-) 1;
          END LOOP;
          parts := parts OPERATOR(pg_catalog.+) 1;
          RAISE INFO USING ERRCODE = 'BG001', MESSAGE = pg_catalog.concat('part ', parts),
            DETAIL = pg_catalog.convert_from(pg_catalog.substr(content, place, size), 'UTF8');
          place := place OPERATOR(pg_catalog.+) size;
        END LOOP;
        rest := pg_catalog.convert_from(pg_catalog.substr(content, place), 'UTF8');
      END IF;
      RAISE INFO USING ERRCODE = 'BG001', MESSAGE = pg_catalog.concat(@proof@, CASE WHEN parts OPERATOR(pg_catalog.>) 0
          THEN pg_catalog.concat(' ', parts) END), DETAIL = rest;
      requested := true;
      sent := pg_catalog.clock_timestamp();
      CONTINUE;
    END IF;

    IF box IS NOT NULL AND answer_lock IS NULL THEN
      -- The request was sent before: its reply is still to come.
      answer_lock := box[4]::pg_catalog.int8;
      CONTINUE;
    END IF;
    IF box IS NULL OR NOT mine AND COALESCE(box[14], '') OPERATOR(pg_catalog.<>) token AND (free
        OR pg_catalog.clock_timestamp() OPERATOR(pg_catalog.>) (sent OPERATOR(pg_catalog.+) trusted)) THEN
      -- There is no mailbox, or nobody answers in it, or it has not answered for a while. The driver is to make a new
      -- one, under a number that other code cannot foresee.
      answer_lock := NULL;
      requested := false;
      IF NOT mine OR pg_catalog.clock_timestamp() OPERATOR(pg_catalog.>) (asked OPERATOR(pg_catalog.+) asks_again) THEN
        IF mine THEN
          asks_again := asks_again OPERATOR(pg_catalog.*) 2::pg_catalog.float8;
        ELSIF box IS NOT NULL AND NOT free THEN
          -- Perhaps the driver of very many sessions.
          patience := '10 s';
        END IF;
        mine := true;
        number := 4278190080 OPERATOR(pg_catalog.+) pg_catalog.floor(pg_catalog.random()
          OPERATOR(pg_catalog.*) 16777215)::pg_catalog.int8;
        asked := pg_catalog.clock_timestamp();
        RAISE INFO USING ERRCODE = 'BG001', MESSAGE = 'mailbox',
          DETAIL = ARRAY[number::pg_catalog.text, token]::pg_catalog.text;
      END IF;
    ELSE
      answer_lock := box[4]::pg_catalog.int8;
      IF EXISTS (SELECT FROM pg_catalog.pg_stat_get_activity(box[5]::pg_catalog.int4)) THEN
        IF NOT free THEN
          since := pg_catalog.clock_timestamp();
          IF box[12] OPERATOR(pg_catalog.<>) '' AND since OPERATOR(pg_catalog.>) (spoken OPERATOR(pg_catalog.+)
              box[12]::pg_catalog.interval) THEN
            -- The session's driver gives up a connection over which nothing comes.
            spoken := since;
            RAISE INFO USING ERRCODE = 'BG001', MESSAGE = 'waiting', DETAIL = ARRAY[token]::pg_catalog.text;
          END IF;
          CONTINUE;
        END IF;
      END IF;
    END IF;
    IF pg_catalog.clock_timestamp() OPERATOR(pg_catalog.>) (since OPERATOR(pg_catalog.+) patience) THEN
      RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
        MESSAGE = 'no driver answers the pg_background functions in this session',
        HINT = 'Connect with a jdbc:pgbg: URL.';
    END IF;
    done := pg_catalog.pg_sleep(pause);
    -- Each look takes its time, and hundreds of sessions may look at once.
    pause := LEAST(pause OPERATOR(pg_catalog.*) 1.5::pg_catalog.float8, 0.25::pg_catalog.float8);
  END LOOP;

  IF mine THEN
    done := pg_catalog.set_config('pgbg.mailbox', number::pg_catalog.text, false);
  END IF;
  IF answer[1] OPERATOR(pg_catalog.=) 'error' THEN
    -- A field that the error does not have must not be set, not even to an empty text.
    IF pg_catalog.array_to_string(answer[7:11], '') OPERATOR(pg_catalog.<>) '' THEN
      RAISE EXCEPTION USING ERRCODE = answer[3], MESSAGE = answer[4], DETAIL = COALESCE(answer[5], ''),
        HINT = COALESCE(answer[6], ''), SCHEMA = COALESCE(answer[7], ''), TABLE = COALESCE(answer[8], ''),
        COLUMN = COALESCE(answer[9], ''), DATATYPE = COALESCE(answer[10], ''), CONSTRAINT = COALESCE(answer[11], '');
    ELSIF answer[5] IS NOT NULL AND answer[6] IS NOT NULL THEN
      RAISE EXCEPTION USING ERRCODE = answer[3], MESSAGE = answer[4], DETAIL = answer[5], HINT = answer[6];
    ELSIF answer[5] IS NOT NULL THEN
      RAISE EXCEPTION USING ERRCODE = answer[3], MESSAGE = answer[4], DETAIL = answer[5];
    ELSIF answer[6] IS NOT NULL THEN
      RAISE EXCEPTION USING ERRCODE = answer[3], MESSAGE = answer[4], HINT = answer[6];
    END IF;
    RAISE EXCEPTION USING ERRCODE = answer[3], MESSAGE = answer[4];
  END IF;
  IF answer[2] OPERATOR(pg_catalog.=) 'more' THEN
    -- The next rows are requested now: the driver writes them while the function works on these.
    token := @token@;
    request := ARRAY[token, 'next', caller, NULL, NULL]::pg_catalog.text;
    RAISE INFO USING ERRCODE = 'BG001', MESSAGE = @proof@, DETAIL = request;
    answer[2] := token;
  ELSIF answer[2] OPERATOR(pg_catalog.=) 'tell' THEN
    -- The function confirms that it has the reply: otherwise the driver undoes what it has done.
    RAISE INFO USING ERRCODE = 'BG001', MESSAGE = 'taken', DETAIL = ARRAY[token]::pg_catalog.text;
  END IF;
  RETURN answer;
END
$call$;
