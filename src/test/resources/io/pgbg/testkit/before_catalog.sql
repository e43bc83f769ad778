-- What a role can plant that has a schema of its own in front of pg_catalog in everybody's search_path: operators and
-- functions of exactly the types of the server's own, relations with the names of the catalogs, and types whose values
-- are checked. Run in a database that traps.sql has prepared.

SET LOCAL search_path TO pg_catalog;
CREATE SCHEMA evil AUTHORIZATION pgbg_trapper;
GRANT USAGE ON SCHEMA evil TO PUBLIC;

CREATE TEMPORARY TABLE pg_temp.planted ON COMMIT DROP AS
  SELECT 30000000 + row_number() OVER () AS number, p.* FROM (
    SELECT true AS operator, o.oprname AS name, ARRAY[o.oprleft, o.oprright] AS types, o.oprresult AS result
    FROM pg_operator AS o JOIN pg_type AS l ON l.oid = o.oprleft JOIN pg_type AS r ON r.oid = o.oprright
    WHERE o.oprnamespace = 'pg_catalog'::regnamespace AND o.oprkind = 'b'
    UNION ALL
    SELECT false, f.proname, f.proargtypes::oid[], f.prorettype
    FROM pg_proc AS f WHERE f.pronamespace = 'pg_catalog'::regnamespace AND f.prokind = 'f' AND f.provariadic = 0
      AND NOT f.proretset
      AND NOT EXISTS (SELECT FROM unnest(f.proargtypes || f.prorettype) AS t(oid) JOIN pg_type ON pg_type.oid = t.oid
        WHERE typtype = 'p' AND t.oid NOT IN ('void'::regtype, 'anyelement'::regtype, 'anyarray'::regtype))) AS p;

INSERT INTO pg_proc
  SELECT row.* FROM pg_proc AS model, planted, LATERAL jsonb_populate_record(model, jsonb_build_object(
    'oid', number, 'proname', name, 'pronamespace',
    CASE WHEN operator THEN 'traps'::regnamespace ELSE 'evil'::regnamespace END::oid, 'pronargs', cardinality(types),
    'proargtypes', array_to_string(types, ' '), 'prorettype', result::oid)) AS row
  WHERE model.oid = 'traps.model'::regproc;

INSERT INTO pg_operator
  SELECT row.* FROM pg_operator AS model, planted, LATERAL jsonb_populate_record(model, jsonb_build_object(
    'oid', number, 'oprname', name, 'oprnamespace', 'evil'::regnamespace::oid,
    'oprowner', 'pgbg_trapper'::regrole::oid, 'oprleft', types[1], 'oprright', types[2],
    'oprresult', result::oid, 'oprcom', 0, 'oprnegate', 0, 'oprcode', number, 'oprrest', 0, 'oprjoin', 0,
    'oprcanmerge', false, 'oprcanhash', false)) AS row
  WHERE model.oid = '=(int4,int4)'::regoperator AND operator;

DO $plant$
DECLARE
  name text;
BEGIN
  FOR name IN SELECT relname FROM pg_class
      WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind IN ('r', 'v') LOOP
    EXECUTE format('CREATE VIEW evil.%I AS SELECT traps.model() AS oid', name);
  END LOOP;
  FOREACH name IN ARRAY '{text,name,bool,int2,int4,int8,oid,float8,bytea,regclass,regproc,regprocedure,regtype,regrole,
      regnamespace,timestamptz,interval,varchar,record,void,xid,aclitem}'::text[] LOOP
    IF name IN ('record', 'void') THEN
      EXECUTE format('CREATE DOMAIN evil.%I AS pg_catalog.text CHECK (traps.model())', name);
    ELSE
      EXECUTE format('CREATE DOMAIN evil.%I AS pg_catalog.%1$I CHECK (traps.model())', name);
    END IF;
  END LOOP;
END
$plant$;
