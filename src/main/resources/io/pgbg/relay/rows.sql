DECLARE
  answer pg_catalog.text[];
  queries pg_catalog.text[];
  query pg_catalog.text;
  tried pg_catalog.int4 := 1;
  detail pg_catalog.text;
  fits pg_catalog.bool;
BEGIN
@nulls@  answer := @call@;
  -- In the reply: the token of the request for the next rows or NULL, an array of queries for these rows, and the
  -- columns as arrays. The first query gives them their own types. Behind it stand pairs of queries for column
  -- definition lists that may be the caller's: whether the types in the list are the right ones, and the rows fitted
  -- into it. Only the server knows the caller's list. It compares it with the types of a query before it evaluates
  -- that, so that no constraint of a domain is checked that the caller has not named.
  queries := answer[3]::pg_catalog.text[];
  query := queries[1];
  LOOP
    -- Always rolled back, because the query changes settings; the rows stay.
    BEGIN
      fits := false;
      RETURN QUERY EXECUTE query USING answer[4:];
      fits := true;
      RAISE SQLSTATE 'BG000';
    EXCEPTION
      WHEN SQLSTATE 'BG000' THEN
        NULL;
      WHEN datatype_mismatch THEN
        GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    END;
    IF fits THEN
      EXIT WHEN answer[2] IS NULL;
      answer := @schema@.pg_background_call('next', '{}', awaited => answer[2]);
      CONTINUE;
    END IF;
    WHILE fits IS NOT TRUE AND queries[tried OPERATOR(pg_catalog.+) 1] IS NOT NULL LOOP
      BEGIN
        EXECUTE queries[tried OPERATOR(pg_catalog.+) 1] INTO fits;
      EXCEPTION
        WHEN syntax_error_or_access_rule_violation OR invalid_schema_name OR data_exception
            OR feature_not_supported THEN
          -- a list from elsewhere, perhaps another role's, with types or modifiers that do not exist here
          NULL;
      END;
      tried := tried OPERATOR(pg_catalog.+) 2;
      query := queries[tried];
    END LOOP;
    IF fits IS NOT TRUE THEN
      RAISE EXCEPTION USING ERRCODE = 'datatype_mismatch',
        MESSAGE = CASE WHEN answer[1] OPERATOR(pg_catalog.=) 'tags'
          THEN 'remote query did not return a result set, but result rowtype is not a single text column'
          ELSE 'remote query result rowtype does not match the specified FROM clause rowtype' END,
        DETAIL = detail;
    END IF;
  END LOOP;
END
