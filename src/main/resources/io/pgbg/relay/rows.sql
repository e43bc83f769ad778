DECLARE
  answer pg_catalog.text[];
  query pg_catalog.text;
  detail pg_catalog.text;
  parts pg_catalog.text[];
  name pg_catalog.text;
  expected pg_catalog.oid;
  misfit pg_catalog.bool;
BEGIN
@nulls@  answer := @call@;
  -- In the reply: the token of the request for the next rows or NULL, a query for these rows, its columns as arrays.
  query := answer[3];
  LOOP
    -- Always rolled back, because the query changes settings; the rows stay.
    BEGIN
      misfit := false;
      RETURN QUERY EXECUTE query USING answer[4:];
      RAISE SQLSTATE 'BG000';
    EXCEPTION
      WHEN SQLSTATE 'BG000' THEN
        NULL;
      WHEN datatype_mismatch THEN
        misfit := true;
        GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    END;
    IF misfit THEN
      -- Where the expected type differs only by its modifier, or is a domain over the type, the query casts the column.
      parts := pg_catalog.regexp_match(detail,
        E'^Returned type (.+) does not match expected type (.+) in column (?:".*" \\(position )?([0-9]+)');
      expected := pg_catalog.to_regtype(parts[2])::pg_catalog.oid;
      WHILE expected OPERATOR(pg_catalog.<>) pg_catalog.to_regtype(parts[1])::pg_catalog.oid LOOP
        SELECT t.typbasetype INTO expected FROM pg_catalog.pg_type AS t
          WHERE t.oid OPERATOR(pg_catalog.=) expected AND t.typtype OPERATOR(pg_catalog.=) 'd'::pg_catalog."char";
      END LOOP;
      name := pg_catalog.concat('AS c', parts[3]);
      IF expected IS NULL
          OR pg_catalog.strpos(query, pg_catalog.concat('::', parts[2], ' ', name)) OPERATOR(pg_catalog.>) 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'datatype_mismatch',
          MESSAGE = CASE WHEN answer[1] OPERATOR(pg_catalog.=) 'tags'
            THEN 'remote query did not return a result set, but result rowtype is not a single text column'
            ELSE 'remote query result rowtype does not match the specified FROM clause rowtype' END,
          DETAIL = detail;
      END IF;
      query := pg_catalog.regexp_replace(query, pg_catalog.concat(name, E'\\M'), pg_catalog.concat(
        '::', pg_catalog.replace(parts[2], E'\\', E'\\\\'), ' ', name));
    ELSE
      EXIT WHEN answer[2] IS NULL;
      answer := @schema@.pg_background_call('next', '{}', awaited => answer[2]);
    END IF;
  END LOOP;
END
