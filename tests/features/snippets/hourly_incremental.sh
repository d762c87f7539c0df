#!/bin/bash
# hourly_incremental.sh
BACKUP_DIR="/backups/geode/incremental"
DATE=$(date +%Y%m%d_%H%M%S)
# Archive WAL segments since last backup
./geode wal-archive \
--since-checkpoint \
--output "$BACKUP_DIR/wal_$DATE.tar.gz"
aws s3 cp "$BACKUP_DIR/wal_$DATE.tar.gz" "s3://backups/geode/wal/"
