DECLARE
  answer pg_catalog.text[];
  query pg_catalog.text;
  detail pg_catalog.text;
  misfit pg_catalog.bool;
BEGIN
@nulls@  answer := @call@;
  -- The word for the next rows or NULL, a query for these, and what it needs, an array per column.
  query := answer[4];
  LOOP
    BEGIN
      misfit := false;
      RETURN QUERY EXECUTE query USING answer[5:];
    EXCEPTION
      WHEN datatype_mismatch THEN
        misfit := true;
        GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
        query := @schema@.pg_background_fit(query, detail);
        IF query IS NULL THEN
          RAISE EXCEPTION USING ERRCODE = 'datatype_mismatch',
            MESSAGE = CASE WHEN answer[2] OPERATOR(pg_catalog.=) 'tags'
              THEN 'remote query did not return a result set, but result rowtype is not a single text column'
              ELSE 'remote query result rowtype does not match the specified FROM clause rowtype' END,
            DETAIL = detail;
        END IF;
    END;
    CONTINUE WHEN misfit;
    EXIT WHEN answer[3] IS NULL;
    answer := @schema@.pg_background_relay(ARRAY['next', answer[3]]);
    IF answer[2] OPERATOR(pg_catalog.=) 'error' THEN
      PERFORM @schema@.pg_background_raise(answer);
    END IF;
  END LOOP;
END
