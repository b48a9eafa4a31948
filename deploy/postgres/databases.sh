#!/bin/bash
# One server, five databases, five users: each owns its own database and may not even connect to another's.
# PostgreSQL's image runs this once, when its data folder is empty.

# The image may source this file into a shell of its own, so no option of that shell is changed.
for service in ticketing hourbank sla billing notify; do
  variable=${service^^}_DATABASE_PASSWORD
  psql --set ON_ERROR_STOP=1 --quiet --no-psqlrc --username "$POSTGRES_USER" --dbname postgres \
    --set service="$service" --set password="${!variable:?$variable is not set}" <<'SQL' || exit 1
create role :"service" login password :'password';
create database :"service" owner :"service";
revoke all on database :"service" from public;
SQL
  # PostgreSQL before 15 lets everyone create in the schema public.
  psql --set ON_ERROR_STOP=1 --quiet --no-psqlrc --username "$POSTGRES_USER" --dbname "$service" \
    --set service="$service" <<'SQL' || exit 1
alter schema public owner to :"service";
revoke all on schema public from public;
SQL
done
psql --set ON_ERROR_STOP=1 --quiet --no-psqlrc --username "$POSTGRES_USER" --dbname postgres \
  --command 'revoke connect on database postgres from public' || exit 1
