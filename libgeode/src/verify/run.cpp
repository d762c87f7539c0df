#include "verify/run.hpp"

#include <algorithm>
#include <utility>

#include <geode/error.hpp>
#include "graph/chunk/column_chunk.hpp"
#include "graph/delta/row_delta.hpp"
#include "graph/held_bytes.hpp"
#include "storage/value_codec.hpp"

namespace geode::verifier {

namespace {
// Items between two looks at the clock; a part calls back far more often than a few times a second.
constexpr std::uint64_t kItemsBetweenReports = 4096;
}  // namespace

std::string_view table_name(Table table) {
  switch (table) {
    case Table::kBase:
      return "base";
    case Table::kHot:
      return "hot";
    case Table::kLog:
      return "log";
    case Table::kIndex:
      return "idx";
    case Table::kIndexDup:
      return "idxd";
    case Table::kCatalog:
      return "cat";
  }
  return "";
}

Run::Run(std::shared_ptr<storage::Environment> environment, const VerifyOptions& options,
         VerifyReport& report)
    : environment_(std::move(environment)),
      txn_(storage::ReadTransaction::begin(environment_)),
      options_(options),
      report_(report) {
  report_.path = environment_->path();
  report_.database_id = environment_->database_id();
  report_.format_version = storage::kFormatVersion;
  report_.transaction = txn_->id();
}

void Run::begin_part(std::string name, std::string noun, std::uint64_t total) {
  VerifyPart part;
  part.name = std::move(name);
  part.noun = std::move(noun);
  report_.parts.push_back(std::move(part));
  part_begin_ = Clock::now();
  done_ = 0;
  total_ = total;
  next_report_ = 0;
  report_progress();
}

void Run::end_part() {
  VerifyPart& part = report_.parts.back();
  part.items = done_;
  part.seconds = std::chrono::duration<double>(Clock::now() - part_begin_).count();
}

void Run::page_damage(const storage::PageDamage& damage) {
  const Table table = damage.table == "idx"    ? Table::kIndex
                      : damage.table == "idxd" ? Table::kIndexDup
                      : damage.table == "log"  ? Table::kLog
                      : damage.table == "hot"  ? Table::kHot
                      : damage.table == "base" ? Table::kBase
                                               : Table::kCatalog;
  const bool named = damage.table == table_name(table);
  this->damage(table,
               "page " + std::to_string(damage.page) +
                   (named || damage.table.empty() ? "" : " of the " + damage.table),
               damage.what, "a page as it was written");
}

void Run::skip_part(std::string name, std::string why) {
  VerifyPart part;
  part.name = std::move(name);
  part.skipped = std::move(why);
  report_.parts.push_back(std::move(part));
}

void Run::report_progress() {
  next_report_ = done_ + kItemsBetweenReports;
  if (!options_.progress) return;
  if (!options_.progress({report_.parts.back().name, done_, std::max(done_, total_)})) {
    throw Error(status::kCancelled, "the verification was stopped");
  }
}

void Run::add(VerifySeverity severity, Table table, std::string where, std::string found,
              std::string expected) {
  VerifyPart& part = report_.parts.back();
  ++part.findings;
  if (severity == VerifySeverity::kDamage) ++report_.damages;
  if (report_.findings.size() >= options_.maximum_findings) {
    ++report_.more_findings;
    return;
  }
  report_.findings.push_back({severity, part.name, std::string(table_name(table)), std::move(where),
                              std::move(found), std::move(expected)});
}

void Run::found_error(Table table, const std::string& where, const Error& error) {
  if (error.gqlstatus() == status::kCancelled || error.gqlstatus() == status::kMemoryLimit) throw;
  damage(table, where, error.message(), "bytes that can be read");
}

void Run::compare_count(Table table, const std::string& where, std::uint64_t kept,
                        std::uint64_t counted) {
  if (kept == counted) return;
  damage(table, where, "a count of " + std::to_string(kept), std::to_string(counted));
}

std::string Run::label_text(LabelId label) const {
  if (catalog == nullptr || static_cast<std::uint32_t>(label) >= catalog->label_count()) {
    return "label number " + std::to_string(static_cast<std::uint32_t>(label));
  }
  return "label " + catalog->label_name(label);
}

std::string Run::edge_label_text(std::uint32_t label) const {
  if (catalog == nullptr || label >= catalog->edge_label_count()) {
    return "edge label number " + std::to_string(label);
  }
  return "edge label " + catalog->edge_label_name(EdgeLabelId{label});
}

std::string Run::property_text(PropertyKeyId key) const {
  if (key == graph::kSourceColumn) return "(source)";
  if (catalog == nullptr || static_cast<std::uint32_t>(key) >= catalog->property_key_count()) {
    return "property number " + std::to_string(static_cast<std::uint32_t>(key));
  }
  return catalog->property_key_name(key);
}

std::string Run::node_text(std::uint64_t node) { return "node " + std::to_string(node); }

std::string Run::edge_text(std::uint32_t label, std::uint64_t number) const {
  return edge_label_text(label) + ", edge " + std::to_string(number);
}

std::string Run::element_text(ElementKind kind, std::uint32_t label, std::uint64_t id) const {
  return kind == ElementKind::kNode ? node_text(id) : edge_text(label, id);
}

std::string Run::column_text(ElementKind kind, std::uint32_t label, PropertyKeyId key) const {
  return (kind == ElementKind::kNode ? "nodes" : edge_label_text(label)) + ", property " +
         property_text(key);
}

std::string Run::chunk_text(ElementKind kind, std::uint32_t label, PropertyKeyId key,
                            std::uint32_t chunk) const {
  return column_text(kind, label, key) + ", chunk " + std::to_string(chunk);
}

struct ElementReader::Chunk {
  PropertyKeyId key{};
  std::uint32_t number = 0;
  graph::HeldBytes bytes;
  graph::ColumnView view;  // empty: there is no chunk
};

ElementReader::ElementReader(const storage::Transaction& txn, ElementKind kind, std::uint32_t label)
    : txn_(txn), kind_(kind), label_(label) {}

ElementReader::~ElementReader() = default;

ElementReader::Chunk& ElementReader::chunk(PropertyKeyId key, std::uint32_t number) {
  const auto known = std::find_if(chunks_.begin(), chunks_.end(),
                                  [&](const auto& chunk) { return chunk->key == key; });
  const bool fresh = known == chunks_.end();
  if (fresh) chunks_.push_back(std::make_unique<Chunk>());
  Chunk& out = fresh ? *chunks_.back() : **known;
  if (!fresh && out.number == number) return out;
  out.key = key;
  out.number = number;
  out.view = {};
  const auto stored = txn_.get(Table::kBase, graph::keys::column_chunk(kind_, label_, key, number));
  if (!stored) return out;
  out.bytes = graph::HeldBytes(*stored);
  out.view = graph::ColumnView(out.bytes.view());
  return out;
}

bool ElementReader::in_base(PropertyKeyId key, std::uint64_t id) {
  const Chunk& at = chunk(key, static_cast<std::uint32_t>(id >> graph::kExtentBits));
  return !at.view.empty() &&
         at.view.entry(static_cast<std::uint32_t>(id & (graph::kExtentRows - 1))) !=
             graph::ColumnView::kAbsent;
}

Value ElementReader::get(PropertyKeyId key, std::uint64_t id) {
  if (const auto stored = txn_.get(Table::kHot, graph::keys::row(kind_, label_, id))) {
    const graph::RowView row(*stored);
    if (const auto field = row.find(key)) {
      return field->empty() ? Value() : storage::decode_value(*field);
    }
    if (row.deleted()) return {};
  }
  const Chunk& at = chunk(key, static_cast<std::uint32_t>(id >> graph::kExtentBits));
  if (at.view.empty()) return {};
  const std::uint32_t entry =
      at.view.entry(static_cast<std::uint32_t>(id & (graph::kExtentRows - 1)));
  if (entry == graph::ColumnView::kAbsent) return {};
  if (!at.view.is_long(entry)) return at.view.value(entry);
  const auto stored = txn_.get(Table::kBase, graph::keys::long_value(kind_, label_, key, id));
  if (!stored) throw Error(status::kCorrupt, "a long value is missing");
  return storage::decode_value(*stored);
}

}  // namespace geode::verifier
