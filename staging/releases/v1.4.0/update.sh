#!/usr/bin/env bash
# Met à jour vers la dernière version mineure : code, images, base de données, services.
set -euo pipefail
cd "$(dirname "$0")"

usage() {
    echo "Usage : $0 [--backup] [--no-restart]" >&2
    exit 2
}

compose() {
    if docker compose version >/dev/null 2>&1; then
        docker compose "$@"
    else
        docker-compose "$@"
    fi
}

update() {
    local backup=no restart=yes
    while [ "$#" -gt 0 ]; do
        case "$1" in
            --backup) backup=yes ;;
            --no-restart) restart=no ;;
            *) usage ;;
        esac
        shift
    done

    if [ "$backup" = yes ]; then
        ./backup.sh
    fi
    git fetch origin
    git checkout main
    git reset --hard origin/main
    compose build
    compose run --rm web flask db upgrade
    if [ "$restart" = yes ]; then
        compose up -d
    fi
}

# Tout le script est lu avant que git ne le remplace.
update "$@"
exit
