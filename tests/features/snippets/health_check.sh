#!/bin/bash
# health-check.sh
GEODE_HOST="localhost:3141"
ALERT_WEBHOOK="https://alerts.example.com/webhook"
check_connectivity() {
if timeout 5 ./geode shell -c "PING" > /dev/null 2>&1; then
echo "PASS: Connectivity check"
return 0
else
echo "FAIL: Cannot connect to Geode"
send_alert "Geode connectivity failed"
return 1
fi
}
check_query_performance() {
local start=$(date +%s%N)
./geode shell -c "MATCH (n) RETURN count(n) LIMIT 1" > /dev/null 2>&1
local end=$(date +%s%N)
local duration=$(( (end - start) / 1000000 )) # Convert to ms
if [ $duration -lt 1000 ]; then
echo "PASS: Query performance ($duration ms)"
return 0
else
echo "WARN: Slow query performance ($duration ms)"
send_alert "Query performance degraded: ${duration}ms"
return 1
fi
}
check_disk_space() {
local usage=$(df -h /var/lib/geode | tail -1 | awk '{print $5}' | sed 's/%//')
if [ $usage -lt 80 ]; then
echo "PASS: Disk usage ${usage}%"
return 0
else
echo "WARN: High disk usage ${usage}%"
send_alert "Disk usage at ${usage}%"
return 1
fi
}
send_alert() {
local message=$1
curl -X POST "$ALERT_WEBHOOK" \
-H "Content-Type: application/json" \
-d "{\"text\": \"Geode Alert: $message\"}"
}
# Run all checks
check_connectivity
check_query_performance
check_disk_space
