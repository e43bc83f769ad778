-- Fills public with what an ordinary role may plant there for SQL that leaves a name to the search path: operators for
-- pairs of types for which pg_catalog has none, so that they are a better match than its own, and functions likewise.
-- Each counts that it was called, says by whom, and fails.
--
-- The rows of the catalogs are written directly: CREATE OPERATOR and CREATE FUNCTION would take a minute.

CREATE SCHEMA traps AUTHORIZATION pgbg_trapper;
GRANT USAGE ON SCHEMA traps TO PUBLIC;
GRANT CREATE, USAGE ON SCHEMA public TO PUBLIC;

-- What a roll-back does not take away.
CREATE SEQUENCE traps.sprung;
GRANT ALL ON SEQUENCE traps.sprung TO PUBLIC;

CREATE FUNCTION traps.spring() RETURNS pg_catalog.void LANGUAGE plpgsql SET search_path TO pg_catalog AS $spring$
DECLARE
  context text;
BEGIN
  GET DIAGNOSTICS context = PG_CONTEXT;
  IF NOT current_setting('transaction_read_only')::bool THEN
    PERFORM nextval('traps.sprung');
  END IF;
  RAISE EXCEPTION USING ERRCODE = 'TRAP0', MESSAGE = format('trap %s was sprung by %s: %s',
    substring(context FROM E'PL/pgSQL function ([^\\n]*) line 1 at PERFORM'), session_user,
    regexp_replace(current_query(), E'\\s+', ' ', 'g'));
END
$spring$;

-- Has the name, the arguments and the result of each trap in turn.
CREATE FUNCTION traps.model() RETURNS pg_catalog.bool LANGUAGE plpgsql SET search_path TO pg_catalog
  AS 'BEGIN PERFORM traps.spring(); END';

ALTER SEQUENCE traps.sprung OWNER TO pgbg_trapper;
ALTER FUNCTION traps.spring() OWNER TO pgbg_trapper;
ALTER FUNCTION traps.model() OWNER TO pgbg_trapper;

CREATE TEMPORARY TABLE types ON COMMIT DROP AS
  SELECT t.oid, t.oid IN ('text'::regtype, 'name'::regtype, 'varchar'::regtype, 'oid'::regtype, 'int4'::regtype,
    'int8'::regtype, 'bool'::regtype, 'text[]'::regtype, 'name[]'::regtype) AS usual
  FROM pg_type AS t WHERE t.oid = ANY ('{name,text,varchar,bpchar,"\"char\"",oid,regclass,regproc,regprocedure,regtype,
    regrole,regnamespace,int2,int4,int8,bool,xid,cid,tid,timestamptz,interval,float8,numeric,bytea,aclitem,text[],name[],
    varchar[],oid[],int2[],int4[],aclitem[],int2vector,oidvector,anyelement,anyarray}'::regtype[]);

CREATE TEMPORARY TABLE planted ON COMMIT DROP AS
  SELECT 20000000 + row_number() OVER () AS number, p.* FROM (
    SELECT true AS operator, o.name, ARRAY[l.oid, r.oid] AS types, o.result
    FROM types AS l, types AS r, (VALUES ('=', 'bool'), ('<>', 'bool'), ('<', 'bool'), ('>', 'bool'), ('<=', 'bool'),
      ('>=', 'bool'), ('~~', 'bool'), ('!~~', 'bool'), ('~~*', 'bool'), ('!~~*', 'bool'), ('~', 'bool'),
      ('!~', 'bool'), ('~*', 'bool'), ('!~*', 'bool'), ('@>', 'bool'), ('<@', 'bool'), ('&&', 'bool'), ('^@', 'bool'),
      ('||', 'text'), ('+', 'int4'), ('-', 'int4'), ('*', 'int4'), ('/', 'int4'), ('%', 'int4'))
      AS o(name, result)
    WHERE NOT EXISTS (SELECT FROM pg_operator AS there WHERE there.oprname = o.name AND there.oprleft = l.oid
      AND there.oprright = r.oid)
    UNION ALL
    SELECT false, f.name, a.types, 'text'
    FROM unnest('{current_setting,set_config,string_agg,array_agg,quote_ident,quote_literal,unnest,pg_has_role,
        has_function_privilege,has_parameter_privilege,has_schema_privilege,has_table_privilege,format_type,to_regtype,
        to_regclass,to_regproc,to_regprocedure,to_regnamespace,strpos,split_part,translate,replace,regexp_replace,
        pg_blocking_pids,pg_advisory_lock,pg_advisory_unlock,pg_advisory_xact_lock,pg_cancel_backend,
        pg_terminate_backend,pg_describe_object,pg_size_bytes,lo_get,lo_put,lo_unlink,lo_from_bytea,encode,convert_to,
        convert_from,array_cat,array_length,array_to_string,string_to_array,substr,left,shobj_description,textcat,
        booleq,int4up,int8up,aclexplode,current_schemas,pg_current_xact_id,pg_sleep}'::text[]) AS f(name),
      (SELECT ARRAY[l.oid] FROM types AS l
        UNION ALL SELECT ARRAY[l.oid, r.oid] FROM types AS l, types AS r WHERE l.usual AND r.usual) AS a(types)
    WHERE NOT EXISTS (SELECT FROM pg_proc AS there WHERE there.proname = f.name
      AND there.proargtypes::oid[] = a.types)) AS p;

INSERT INTO pg_proc
  SELECT row.* FROM pg_proc AS model, planted, LATERAL jsonb_populate_record(model, jsonb_build_object(
    'oid', number, 'proname', name, 'pronamespace',
    CASE WHEN operator THEN 'traps'::regnamespace ELSE 'public'::regnamespace END::oid, 'pronargs', cardinality(types),
    'proargtypes', array_to_string(types, ' '), 'prorettype', result::regtype::oid)) AS row
  WHERE model.oid = 'traps.model'::regproc;

INSERT INTO pg_operator
  SELECT row.* FROM pg_operator AS model, planted, LATERAL jsonb_populate_record(model, jsonb_build_object(
    'oid', number, 'oprname', name, 'oprnamespace', 'public'::regnamespace::oid,
    'oprowner', 'pgbg_trapper'::regrole::oid, 'oprleft', types[1], 'oprright', types[2],
    'oprresult', result::regtype::oid, 'oprcom', 0, 'oprnegate', 0, 'oprcode', number, 'oprrest', 0, 'oprjoin', 0,
    'oprcanmerge', false, 'oprcanhash', false)) AS row
  WHERE model.oid = '=(int4,int4)'::regoperator AND operator
;
ANALYZE pg_proc;
ANALYZE pg_operator;
