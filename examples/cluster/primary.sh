# Run once, when the primary is made: lets the standby in, and has commits wait for it from the next start on.
echo 'host replication memq all scram-sha-256' >> "$PGDATA/pg_hba.conf"
psql -U memq -d memq -c "ALTER SYSTEM SET synchronous_standby_names = 'db2'"
