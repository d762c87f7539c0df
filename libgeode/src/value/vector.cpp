#include "value/vector.hpp"

#include <algorithm>
#include <cstring>

namespace geode::value {

namespace {

constexpr std::size_t kFirstArenaBytes = 16 * 1024;
constexpr std::size_t kMaxArenaBytes = 1024 * 1024;

/// The physical type that holds `value` without loss; kAny for a null, which fits all of them.
Physical physical_for(const Value& value) {
  switch (value.type()) {
    // A node or edge that was read keeps its labels and properties, which the typed forms have no
    // place for.
    case ValueType::kNode:
      return value.is_reference() ? Physical::kNode : Physical::kAny;
    case ValueType::kEdge:
      return value.as_edge().resolved ? Physical::kAny : Physical::kEdge;
    default:
      return physical_of(value.type());
  }
}

/// Writes a value of the type `physical_for(value)` (not kString, not kAny).
void write_plain(Physical physical, void* data, std::uint32_t entry, const Value& value) {
  switch (physical) {
    case Physical::kBool:
      static_cast<std::uint8_t*>(data)[entry] = value.as_bool() ? 1 : 0;
      return;
    case Physical::kInt64:
      static_cast<std::int64_t*>(data)[entry] = value.unchecked_int64();
      return;
    case Physical::kFloat64:
      static_cast<double*>(data)[entry] = value.unchecked_float64();
      return;
    case Physical::kNode:
      static_cast<NodeId*>(data)[entry] = value.node_id();
      return;
    case Physical::kEdge: {
      const Edge& edge = value.as_edge();
      static_cast<EdgeRef*>(data)[entry] = EdgeRef{edge.id, edge.source, edge.target};
      return;
    }
    case Physical::kString:
    case Physical::kAny:
      return;
  }
}

}  // namespace

std::size_t entry_size(Physical physical) {
  switch (physical) {
    case Physical::kBool:
      return sizeof(std::uint8_t);
    case Physical::kInt64:
      return sizeof(std::int64_t);
    case Physical::kFloat64:
      return sizeof(double);
    case Physical::kString:
      return sizeof(std::string_view);
    case Physical::kNode:
      return sizeof(NodeId);
    case Physical::kEdge:
      return sizeof(EdgeRef);
    case Physical::kAny:
      return sizeof(Value);
  }
  return 0;
}

std::string_view StringArena::store(std::string_view text) {
  if (text.empty()) return {};
  while (block_ < blocks_.size() && blocks_[block_].size - used_ < text.size()) {
    ++block_;
    used_ = 0;
  }
  if (block_ == blocks_.size()) {
    const std::size_t next = blocks_.empty() ? kFirstArenaBytes : blocks_.back().size * 2;
    const std::size_t size = std::max(std::min(next, kMaxArenaBytes), text.size());
    blocks_.push_back({std::make_unique_for_overwrite<char[]>(size), size});
    used_ = 0;
  }
  char* at = blocks_[block_].bytes.get() + used_;
  std::memcpy(at, text.data(), text.size());
  used_ += text.size();
  return {at, text.size()};
}

void StringArena::clear() {
  block_ = 0;
  used_ = 0;
}

struct Vector::Derived {
  std::uint32_t key;
  std::uint32_t entries;
  Vector values;
};

void Vector::prepare(Physical physical, std::size_t entries) {
  // A vector that borrowed its buffer leaves it to the others and takes a new one.
  if (!buffer_ || buffer_->frozen || buffer_.use_count() > 1) buffer_ = std::make_shared<Buffer>();
  Buffer& buffer = *buffer_;
  buffer.any = physical == Physical::kAny;
  buffer.entries = entries;
  buffer.borrowed.clear();
  buffer.derived.clear();
  buffer.consecutive = false;
  if (buffer.arena) {
    if (buffer.arena->is_frozen() || buffer.arena.use_count() > 1) {
      buffer.arena.reset();
    } else {
      buffer.arena->clear();
    }
  }
  if (buffer.any) {
    if (buffer.values.size() < entries) buffer.values.resize(entries);
  } else {
    buffer.values.clear();
    const std::size_t bytes = entries * entry_size(physical);
    if (buffer.plain_bytes < bytes) {
      buffer.plain = std::make_unique_for_overwrite<std::byte[]>(bytes);
      buffer.plain_bytes = bytes;
    }
  }
  physical_ = physical;
  dictionary_.reset();
  constant_ = false;
  has_nulls_ = false;
  coded_entries_ = 0;
}

void Vector::reset(Physical physical) { prepare(physical, kBatchRows); }

std::uint8_t* Vector::mutable_null_bytes() {
  if (!has_nulls_) {
    buffer_->nulls.assign(buffer_->entries, 0);
    has_nulls_ = true;
  }
  return buffer_->nulls.data();
}

void Vector::set_constant(const Value& value) {
  const Physical physical = physical_for(value);
  // Copied first: `value` may live in the buffer that is about to be reused.
  const Value kept = value;
  prepare(physical, 1);
  if (kept.is_null()) {
    buffer_->values[0] = Value();
    set_null(0);
  } else if (physical == Physical::kAny) {
    buffer_->values[0] = kept;
  } else if (physical == Physical::kString) {
    mutable_data<std::string_view>()[0] = arena().store(kept.as_string());
  } else {
    write_plain(physical, buffer_->bytes(), 0, kept);
  }
  // Last, as who finds a constant vector takes its value for set: there may be no memory for it.
  constant_ = true;
}

void Vector::set_dictionary(const Vector& base, std::span<const std::uint32_t> rows) {
  if (base.constant_) {
    if (&base != this) *this = base;
    return;
  }
  const std::shared_ptr<std::vector<std::uint32_t>> inner = base.dictionary_;
  // Index lists are shared between copies of a vector, so only one that nobody else holds is
  // written to.
  std::shared_ptr<std::vector<std::uint32_t>> target =
      dictionary_ && dictionary_ != inner && dictionary_.use_count() == 1
          ? std::move(dictionary_)
          : std::make_shared<std::vector<std::uint32_t>>();
  if (inner) {
    target->resize(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) (*target)[i] = (*inner)[rows[i]];
  } else {
    target->assign(rows.begin(), rows.end());
  }
  buffer_ = base.buffer_;
  physical_ = base.physical_;
  has_nulls_ = base.has_nulls_;
  constant_ = false;
  coded_entries_ = base.coded_entries_;
  dictionary_ = std::move(target);
}

void Vector::set_coded(const Vector& entries, std::uint32_t count,
                       std::span<const std::uint32_t> codes) {
  set_dictionary(entries, codes);
  coded_entries_ = count;
}

void Vector::set_rows_as(const Vector& entries, const Vector& like) {
  const std::shared_ptr<std::vector<std::uint32_t>> rows = like.dictionary_;
  const std::uint32_t count = like.coded_entries_;
  if (entries.is_flat()) {
    *this = entries;
    dictionary_ = rows;
    coded_entries_ = count;
  } else if (rows) {
    set_dictionary(entries, *rows);
  } else {
    *this = entries;
  }
}

Vector::Buffer::Buffer() = default;
Vector::Buffer::~Buffer() = default;

const Vector* Vector::derived(std::uint32_t key, std::uint32_t entries) const {
  if (!buffer_) return nullptr;
  for (const Derived& known : buffer_->derived) {
    if (known.key == key && known.entries >= entries) return &known.values;
  }
  return nullptr;
}

void Vector::keep_derived(std::uint32_t key, std::uint32_t entries, const Vector& values) const {
  buffer_->derived.push_back({key, entries, values});
}

Vector Vector::entries() const {
  Vector out = *this;
  out.dictionary_.reset();
  out.coded_entries_ = 0;
  return out;
}

Value Vector::get(std::uint32_t row) const {
  const std::uint32_t at = entry(row);
  if (has_nulls_ && null_bytes()[at] != 0) return {};
  switch (physical_) {
    case Physical::kBool:
      return data<std::uint8_t>()[at] != 0;
    case Physical::kInt64:
      return data<std::int64_t>()[at];
    case Physical::kFloat64:
      return data<double>()[at];
    case Physical::kString:
      return data<std::string_view>()[at];
    case Physical::kNode:
      return Value::node_reference(data<NodeId>()[at]);
    case Physical::kEdge:
      return edge_value(data<EdgeRef>()[at]);
    case Physical::kAny:
      return data<Value>()[at];
  }
  return {};
}

void Vector::set(std::uint32_t entry, const Value& value, std::uint32_t filled) {
  if (value.is_null()) {
    set_null(entry);
    if (physical_ == Physical::kAny) mutable_data<Value>()[entry] = Value();
    return;
  }
  if (physical_ != Physical::kAny && physical_for(value) != physical_) {
    const Value kept = value;
    to_any(filled);
    set(entry, kept, filled);
    return;
  }
  if (has_nulls_) mutable_null_bytes()[entry] = 0;
  if (physical_ == Physical::kAny) {
    mutable_data<Value>()[entry] = value;
  } else if (physical_ == Physical::kString) {
    mutable_data<std::string_view>()[entry] = arena().store(value.as_string());
  } else {
    write_plain(physical_, buffer_->bytes(), entry, value);
  }
}

void Vector::assign(std::span<const Value> values) {
  // kAny stands for "only nulls so far" until the first value that is not null.
  Physical physical = Physical::kAny;
  bool found = false;
  for (const Value& value : values) {
    if (value.is_null()) continue;
    const Physical fitting = physical_for(value);
    if (found && fitting != physical) physical = Physical::kAny;
    if (!found) physical = fitting;
    found = true;
    if (physical == Physical::kAny) break;
  }
  prepare(physical, std::max<std::size_t>(kBatchRows, values.size()));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto at = static_cast<std::uint32_t>(i);
    set(at, values[i], at);
  }
}

void Vector::to_any(std::uint32_t rows) {
  if (physical_ == Physical::kAny && is_flat()) return;
  Vector result;
  result.prepare(Physical::kAny, std::max(rows, kBatchRows));
  Value* values = result.mutable_data<Value>();
  for (std::uint32_t row = 0; row < rows; ++row) {
    if (is_null(row)) {
      result.set_null(row);
    } else {
      values[row] = get(row);
    }
  }
  *this = std::move(result);
}

void Vector::own(std::uint32_t rows) {
  if (!buffer_) return;
  Vector result;
  result.prepare(physical_, std::max(rows, kBatchRows));
  for (std::uint32_t row = 0; row < rows; ++row) result.copy_entry(row, *this, row, true);
  *this = std::move(result);
}

void Vector::freeze(Buffer& buffer) {
  if (buffer.frozen) return;
  buffer.frozen = true;
  if (buffer.arena) buffer.arena->freeze();
  for (const std::shared_ptr<StringArena>& arena : buffer.borrowed) arena->freeze();
  for (const Derived& known : buffer.derived) {
    if (known.values.buffer_) freeze(*known.values.buffer_);
  }
}

Vector Vector::frozen() const {
  Vector copy = *this;
  if (buffer_) freeze(*buffer_);
  if (dictionary_) copy.dictionary_ = std::make_shared<std::vector<std::uint32_t>>(*dictionary_);
  return copy;
}

StringArena& Vector::arena() {
  if (!buffer_->arena) buffer_->arena = std::make_shared<StringArena>();
  return *buffer_->arena;
}

void Vector::borrow_arenas(const Vector& from) {
  const Buffer& other = *from.buffer_;
  if (&other == buffer_.get()) return;
  const auto borrow = [&](const std::shared_ptr<StringArena>& arena) {
    if (!arena || arena == buffer_->arena) return;
    auto& borrowed = buffer_->borrowed;
    // Rows come in runs from one vector, so the last one borrowed is nearly always the one.
    if (!borrowed.empty() && borrowed.back() == arena) return;
    if (std::find(borrowed.begin(), borrowed.end(), arena) == borrowed.end())
      borrowed.push_back(arena);
  };
  borrow(other.arena);
  for (const auto& arena : other.borrowed) borrow(arena);
}

void Vector::copy_entry(std::uint32_t entry, const Vector& from, std::uint32_t row,
                        bool copy_strings) {
  if (from.is_null(row)) {
    set_null(entry);
    if (physical_ == Physical::kAny) mutable_data<Value>()[entry] = Value();
    return;
  }
  if (physical_ != from.physical_) {
    if (physical_ != Physical::kAny) to_any(entry);
    if (has_nulls_) mutable_null_bytes()[entry] = 0;
    mutable_data<Value>()[entry] = from.get(row);
    return;
  }
  if (has_nulls_) mutable_null_bytes()[entry] = 0;
  switch (physical_) {
    case Physical::kBool:
      mutable_data<std::uint8_t>()[entry] = from.at<std::uint8_t>(row);
      return;
    case Physical::kInt64:
      mutable_data<std::int64_t>()[entry] = from.at<std::int64_t>(row);
      return;
    case Physical::kFloat64:
      mutable_data<double>()[entry] = from.at<double>(row);
      return;
    case Physical::kNode:
      mutable_data<NodeId>()[entry] = from.at<NodeId>(row);
      return;
    case Physical::kEdge:
      mutable_data<EdgeRef>()[entry] = from.at<EdgeRef>(row);
      return;
    case Physical::kAny:
      mutable_data<Value>()[entry] = from.at<Value>(row);
      return;
    case Physical::kString: {
      const std::string_view text = from.at<std::string_view>(row);
      if (copy_strings) {
        mutable_data<std::string_view>()[entry] = arena().store(text);
      } else {
        borrow_arenas(from);
        mutable_data<std::string_view>()[entry] = text;
      }
      return;
    }
  }
}

Physical physical_of(ValueType type) {
  switch (type) {
    case ValueType::kBool:
      return Physical::kBool;
    case ValueType::kInt64:
      return Physical::kInt64;
    case ValueType::kFloat64:
      return Physical::kFloat64;
    case ValueType::kString:
      return Physical::kString;
    default:
      return Physical::kAny;
  }
}

Value edge_value(const EdgeRef& edge) {
  return Edge{edge.id, edge.source, edge.target, {}, {}, false};
}

}  // namespace geode::value
