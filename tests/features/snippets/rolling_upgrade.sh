#!/bin/bash
# rolling-upgrade.sh
NODES=("geode-1" "geode-2" "geode-3")
NEW_VERSION="0.1.4"
for node in "${NODES[@]}"; do
echo "Upgrading $node..."
# Drain connections
ssh $node "systemctl reload geode" # Sends SIGUSR1 to drain
sleep 30 # Wait for connections to drain
# Stop old version
ssh $node "systemctl stop geode"
# Backup data
ssh $node "tar czf /backup/geode-$(date +%Y%m%d).tar.gz /var/lib/geode/data"
# Install new version
scp geode-${NEW_VERSION}.tar.gz $node:/tmp/
ssh $node "cd /opt && tar xzf /tmp/geode-${NEW_VERSION}.tar.gz"
# Start new version
ssh $node "systemctl start geode"
# Wait for node to be healthy
while ! ssh $node "geode ping" > /dev/null 2>&1; do
echo "Waiting for $node to be ready..."
sleep 5
done
echo "$node upgraded successfully"
sleep 10 # Brief pause before next node
done
echo "Rolling upgrade complete"
