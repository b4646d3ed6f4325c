# A standby of db1: a copy at the first start, which follows from then on.
set -e
chmod 700 "$PGDATA"
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  export PGPASSWORD="$POSTGRES_PASSWORD"
  pg_basebackup -d 'host=db1 user=memq application_name=db2' -D "$PGDATA" -R -X stream
fi
exec postgres
