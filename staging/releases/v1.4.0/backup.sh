#!/usr/bin/env bash
# Sauvegarde la base de données et les fichiers média dans backups/.
set -euo pipefail
umask 077
cd "$(dirname "$0")"

usage() {
    echo "Usage : $0 [--db-only|--media-only]" >&2
    exit 2
}

compose() {
    if docker compose version >/dev/null 2>&1; then
        docker compose "$@"
    else
        docker-compose "$@"
    fi
}

# Un fichier n'a son nom définitif que lorsqu'il est complet.
keep() {
    local name="$1"
    shift
    if ! "$@" >"backups/.${name}.partial" </dev/null; then
        rm -f "backups/.${name}.partial"
        return 1
    fi
    mv "backups/.${name}.partial" "backups/${name}"
    echo "backups/${name}"
}

backup_database() {
    keep "db-${moment}.dump" compose exec -T db pg_dump --format=custom --username=punk_eco punk_eco
}

backup_media() {
    keep "media-${moment}.tar" compose exec -T web tar --create --directory=/data/media .
}

[ "$#" -le 1 ] || usage
moment="$(date +%Y%m%d-%H%M%S)"
mkdir -p backups
case "${1:-}" in
    "")
        backup_database
        backup_media
        ;;
    --db-only) backup_database ;;
    --media-only) backup_media ;;
    *) usage ;;
esac
