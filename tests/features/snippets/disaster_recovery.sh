#!/bin/bash
# disaster-recovery.sh
BACKUP_DIR="/backup/geode"
RESTORE_POINT="$1"
if [ -z "$RESTORE_POINT" ]; then
echo "Usage: $0 <backup-date-YYYYMMDD>"
echo "Available backups:"
ls -1 $BACKUP_DIR
exit 1
fi
BACKUP_FILE="${BACKUP_DIR}/geode-${RESTORE_POINT}.tar.gz"
if [ ! -f "$BACKUP_FILE" ]; then
echo "Error: Backup file not found: $BACKUP_FILE"
exit 1
fi
echo "WARNING: This will restore Geode to state from $RESTORE_POINT"
echo "All current data will be lost!"
read -p "Continue? (yes/no): " confirm
if [ "$confirm" != "yes" ]; then
echo "Cancelled"
exit 0
fi
# Stop Geode
echo "Stopping Geode..."
systemctl stop geode
# Backup current data (just in case)
echo "Backing up current data..."
tar czf /tmp/geode-pre-restore-$(date +%Y%m%d-%H%M%S).tar.gz /var/lib/geode/data
# Restore from backup
echo "Restoring from $BACKUP_FILE..."
rm -rf /var/lib/geode/data
tar xzf "$BACKUP_FILE" -C /
# Start Geode
echo "Starting Geode..."
systemctl start geode
# Wait for startup
echo "Waiting for Geode to be ready..."
for i in {1..30}; do
if geode ping > /dev/null 2>&1; then
echo "Geode is ready!"
exit 0
fi
sleep 2
done
echo "Error: Geode failed to start"
exit 1
