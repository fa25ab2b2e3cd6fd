#!/bin/sh
# Make the two roles and the database on a new PostgreSQL. Run once by the database's container; on
# a server of your own, run it with PGHOST, PGUSER and so on set, as a role that may create roles.
# The passwords come from OWNER_PASSWORD and APP_PASSWORD and appear on no command line.
set -eu
: "${OWNER_PASSWORD:?}" "${APP_PASSWORD:?}"

psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 \
    --username "${POSTGRES_USER:-${PGUSER:-postgres}}" --dbname postgres <<'SQL'
\getenv owner_password OWNER_PASSWORD
\getenv app_password APP_PASSWORD
SET log_statement = 'none';
CREATE ROLE alongside_owner LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE PASSWORD :'owner_password';
CREATE ROLE alongside_app LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE PASSWORD :'app_password';
CREATE DATABASE alongside OWNER alongside_owner ENCODING 'UTF8' LOCALE 'C' TEMPLATE template0;
REVOKE CONNECT, TEMPORARY ON DATABASE alongside FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE alongside TO alongside_app;
SQL
