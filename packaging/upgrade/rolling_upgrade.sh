#!/bin/bash
# Upgrades servers one after the other: rolling_upgrade.sh VERSION NODE...
#
# Expects geode-VERSION.tar.gz in the folder it runs in, ssh to each node as a user who may use
# sudo, and servers that systemd runs with packaging/systemd/geode.service. Each node is drained,
# stopped, backed up and started again; the next one has its turn when it is ready.
set -euo pipefail

readonly DRAIN_SECONDS=${DRAIN_SECONDS:-30}
readonly READY_SECONDS=${READY_SECONDS:-600}
readonly BACKUP_DIR=${BACKUP_DIR:-/var/backups/geode}

usage() {
  echo "usage: rolling_upgrade.sh VERSION NODE..." >&2
  exit 2
}

upgrade() {
  local node=$1 archive=$2
  echo "$node: draining"
  ssh "$node" "sudo systemctl reload geode"
  sleep "$DRAIN_SECONDS"
  echo "$node: stopping"
  ssh "$node" "sudo systemctl stop geode"
  ssh "$node" "sudo install -d -m 0750 '$BACKUP_DIR' && \
    sudo tar czf '$BACKUP_DIR/geode-$(date +%Y%m%d-%H%M%S).tar.gz' -C /var/lib/geode data"
  echo "$node: installing"
  scp -q "$archive" "$node:/tmp/"
  ssh "$node" "sudo tar xzf '/tmp/${archive##*/}' -C /opt && rm '/tmp/${archive##*/}'"
  ssh "$node" "sudo systemctl start geode"
  local waited=0
  until ssh "$node" "geode ready" >/dev/null 2>&1; do
    if ((waited >= READY_SECONDS)); then
      echo "$node: not ready after $READY_SECONDS s; the others are as they were" >&2
      exit 1
    fi
    sleep 5
    waited=$((waited + 5))
  done
  echo "$node: ready"
}

[[ $# -ge 2 ]] || usage
archive=geode-$1.tar.gz
shift
if [[ ! -f $archive ]]; then
  echo "rolling_upgrade.sh: $archive is not here" >&2
  exit 2
fi
for node in "$@"; do upgrade "$node" "$archive"; done
