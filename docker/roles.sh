#!/bin/sh
# Once, when the database is made: a role for each duty and a user for each that logs in (docs/adr/0012).
set -eu
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
  --set serving="$SERVING_PASSWORD" --set migrating="$MIGRATING_PASSWORD" --set sequencing="$SEQUENCING_PASSWORD" <<'SQL'
create role smertevejen_migrating nologin;
create role smertevejen_serving nologin;
create role smertevejen_sequencing nologin;
create role smertevejen_reporting nologin;
create role serves login password :'serving' in role smertevejen_serving;
create role migrates login password :'migrating' in role smertevejen_migrating;
create role sequences login password :'sequencing' in role smertevejen_sequencing;
revoke all on schema public from public;
grant usage on schema public to smertevejen_migrating, smertevejen_serving, smertevejen_sequencing, smertevejen_reporting;
grant create on schema public to smertevejen_migrating;
create schema job authorization smertevejen_migrating;
SQL
