#include <string>

#include "graph/log/change_log.hpp"
#include "verify/run.hpp"

namespace geode::verifier {

namespace {

std::string record_text(std::uint64_t lsn) { return "record " + std::to_string(lsn); }

}  // namespace

void check_log(Run& run) {
  const graph::DatabaseHeader& header = run.header;
  run.begin_part("log", "records", header.log_first == 0 ? 0 : header.lsn - header.log_first + 1);
  const graph::Timelines timelines = graph::read_timelines(run.txn());
  if (timelines.empty() && header.log_on != 0) {
    run.damage(Table::kHot, "timelines", "no timeline", "that of the change log");
  }
  std::uint64_t bytes = 0, last = 0;
  std::int64_t time = 0;
  graph::LogCursor cursor(run.txn(), 0);
  bool first = true;
  while (cursor.next()) {
    const graph::LogPartHeader& part = cursor.part().header;
    bytes += cursor.bytes().size();
    if (std::exchange(first, false) && part.lsn != header.log_first) {
      run.damage(Table::kLog, record_text(part.lsn), "the first one there is",
                 record_text(header.log_first));
    }
    if (!part.last()) continue;
    run.looked_at();
    last = part.lsn;
    if (part.commit_time <= time) {
      run.damage(Table::kLog, record_text(part.lsn),
                 "a commit at " + std::to_string(part.commit_time),
                 "one behind " + std::to_string(time));
    }
    time = part.commit_time;
  }
  if (header.log_first != 0 && last == 0) {
    run.damage(Table::kLog, "the whole table", "no record", record_text(header.log_first));
  } else if (last != 0 && (last > header.lsn || (header.log_on != 0 && last != header.lsn))) {
    run.damage(Table::kLog, record_text(last), "the last one there is", record_text(header.lsn));
  }
  if (last == header.lsn && last != 0 && time != header.commit_time) {
    run.damage(Table::kLog, record_text(last), "a commit at " + std::to_string(time),
               std::to_string(header.commit_time) + ", which the header has");
  }
  run.compare_count(Table::kLog, "bytes of the change log", header.log_bytes, bytes);
}

}  // namespace geode::verifier
