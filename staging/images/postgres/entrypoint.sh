#!/usr/bin/env bash
# Makes the database cluster at the first start, then becomes the server.
# Honours POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB (each also as …_FILE), POSTGRES_INITDB_ARGS, PGDATA
# and /docker-entrypoint-initdb.d/*.sql, as users of the official image expect.
set -euo pipefail

refuse() {
    echo "docker-entrypoint: $1" >&2
    exit 1
}

# Prints the value of a setting, from its own variable or from the file that NAME_FILE names.
setting() {
    local name=$1 default=$2 file_name=$1_FILE
    if [ -n "${!name:-}" ] && [ -n "${!file_name:-}" ]; then
        refuse "set $name or $file_name, not both"
    elif [ -n "${!file_name:-}" ]; then
        cat -- "${!file_name}"
    else
        printf '%s' "${!name:-$default}"
    fi
}

own_directories() {
    mkdir -p "$PGDATA"
    find "$PGDATA" /var/run/postgresql ! -user postgres -exec chown postgres:postgres {} +
    chmod 700 "$PGDATA"
}

make_cluster() {
    local user=$1 password=$2
    local -a extra=()
    read -r -a extra <<< "${POSTGRES_INITDB_ARGS:-}"
    initdb --username="$user" --pwfile=<(printf '%s\n' "$password") --encoding=UTF8 \
        --auth-local=trust --auth-host=scram-sha-256 "${extra[@]}"
    {
        echo "listen_addresses = '*'"
        echo "password_encryption = scram-sha-256"
    } >> "$PGDATA/postgresql.conf"
    echo "host all all all scram-sha-256" >> "$PGDATA/pg_hba.conf"
}

# A server that only this container's own socket reaches: nobody may take a half-made cluster for a ready one.
fill_cluster() {
    local user=$1 database=$2 script
    pg_ctl --wait --options="-c listen_addresses=''" start
    if [ "$database" != postgres ]; then
        psql --no-psqlrc --set=ON_ERROR_STOP=1 --username="$user" --dbname=postgres --set=name="$database" \
            <<< 'CREATE DATABASE :"name";'
    fi
    for script in /docker-entrypoint-initdb.d/*.sql; do
        [ -e "$script" ] || continue
        psql --no-psqlrc --set=ON_ERROR_STOP=1 --username="$user" --dbname="$database" --file="$script"
    done
    pg_ctl --wait --mode=fast stop
}

first_start() {
    local user password database
    user=$(setting POSTGRES_USER postgres)
    password=$(setting POSTGRES_PASSWORD "")
    database=$(setting POSTGRES_DB "$user")
    [ -n "$password" ] || refuse "set POSTGRES_PASSWORD, or POSTGRES_PASSWORD_FILE, to a password for $user"
    make_cluster "$user" "$password"
    fill_cluster "$user" "$database"
}

case "${1:-}" in -*) set -- postgres "$@" ;; esac
[ "${1:-}" = postgres ] || exec "$@"

if [ "$(id -u)" = 0 ]; then
    own_directories
    exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi
[ -s "$PGDATA/PG_VERSION" ] || first_start
exec "$@"
