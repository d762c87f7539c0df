#!/bin/bash
# daily_backup.sh
BACKUP_DIR="/backups/geode"
DATE=$(date +%Y%m%d_%H%M%S)
BACKUP_FILE="$BACKUP_DIR/geode_full_$DATE.tar.gz"
# Trigger consistent snapshot
./geode backup create --output "$BACKUP_FILE" --compress
# Upload to S3
aws s3 cp "$BACKUP_FILE" "s3://backups/geode/full/" --storage-class STANDARD_IA
# Retain only last 7 days locally
find "$BACKUP_DIR" -name "geode_full_*.tar.gz" -mtime +7 -delete
# Verify backup
./geode backup verify --file "$BACKUP_FILE"
