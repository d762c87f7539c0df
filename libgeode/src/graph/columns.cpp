#include "graph/columns.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <span>

#include "graph/column_test.hpp"
#include "storage/value_codec.hpp"

namespace geode::graph {
namespace {

constexpr std::uint64_t kRowMask = kExtentRows - 1;
/// With fewer rows, or more entries of dictionaries, what is done for each entry costs more than it
/// saves.
constexpr std::uint32_t kLeastRows = 64, kRowsForAnEntry = 4;

/// Where the ids that follow one another from `i` to the end of their chunk, or of all ids, end;
/// `i` when they do not.
std::uint32_t end_of_run(const std::uint64_t* ids, std::uint32_t i, std::uint32_t n) {
  const std::uint64_t left = kExtentRows - (ids[i] & kRowMask);
  const auto end = static_cast<std::uint32_t>(std::min<std::uint64_t>(n, i + left));
  // Ids of a scan ascend: the last one tells, in all but odd cases, and is asked first.
  if (ids[end - 1] != ids[i] + (end - 1 - i)) return i;
  std::uint64_t odd = 0;
  for (std::uint32_t k = i; k < end; ++k) odd |= ids[k] ^ (ids[i] + (k - i));
  return odd == 0 ? end : i;
}

/// The physical type the values of a chunk have.
value::Physical physical_of(const ColumnView& view) {
  if (view.encoding() == ColumnEncoding::kMixed) return value::Physical::kAny;
  return value::physical_of(view.tag());
}

}  // namespace

/// How many strings those of a chunk are at most, each with a number below that: those of its
/// dictionary, or of its rows when it has none. 0: it holds other values, too.
std::uint32_t count_texts(const ColumnView& view) {
  if (view.coded()) return view.header().dictionary_size;
  if (view.tag() != ValueType::kString) return 0;
  if (view.encoding() == ColumnEncoding::kConstant) return 1;
  return view.encoding() == ColumnEncoding::kString ? view.header().rows : 0;
}

/// The numbers of the strings of rows of a dense chunk; false when some row is beyond it.
bool gather_texts(const ColumnView& view, const std::uint64_t* ids, std::uint32_t count,
                  std::uint32_t* out) {
  if (view.coded()) return view.gather_codes(ids, count, out);
  const std::uint32_t each = view.encoding() == ColumnEncoding::kConstant ? 0 : 1;
  std::uint32_t greatest = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto row = static_cast<std::uint32_t>(ids[i] & kRowMask);
    greatest = std::max(greatest, row);
    out[i] = row * each;
  }
  return greatest < view.header().rows;
}

/// Where the entries of the dictionaries of several chunks stand in one vector, one dictionary
/// behind the other; that of chunks that have the same one once, as far as they are kept in mind.
class SharedDictionaries {
 public:
  /// Where the entries of `view` begin; `end` when they are not there yet.
  std::uint32_t place(const ColumnView& view, std::uint32_t end) {
    for (std::size_t i = 0; i < size_; ++i) {
      const ColumnView& known = *places_[i].view;
      if (&known == &view || (known.coded() && view.coded() && known.same_dictionary(view)))
        return places_[i].begin;
    }
    if (size_ < places_.size()) places_[size_++] = {&view, end};
    return end;
  }

 private:
  struct Place {
    const ColumnView* view;
    std::uint32_t begin;
  };
  std::array<Place, 4> places_;
  std::size_t size_ = 0;
};

/// Fills a vector front to back whose type is known only when the first value comes.
class GraphColumn::Filler {
 public:
  Filler(value::Vector& out, bool copy_strings) : out_(out), copy_strings_(copy_strings) {}

  /// Makes the vector hold `physical` from entry `at` on. Gives whether it holds it in plain form.
  bool prepare(value::Physical physical, std::uint32_t at) {
    if (!started_) {
      out_.reset(physical);
      started_ = true;
      for (std::uint32_t i = 0; i < at; ++i) set_null(i);
    } else if (out_.physical() != physical && out_.physical() != value::Physical::kAny) {
      out_.to_any(at);
    }
    return out_.physical() == physical && physical != value::Physical::kAny;
  }
  void set_null(std::uint32_t at) {
    if (!started_) return;
    out_.set_null(at);
    if (out_.physical() == value::Physical::kAny) out_.mutable_data<Value>()[at] = Value();
  }
  void set(std::uint32_t at, const Value& value) {
    if (value.is_null()) return set_null(at);
    if (!started_) prepare(value::physical_of(value.type()), at);
    out_.set(at, value, at);
  }
  bool holds(value::Physical physical) const { return started_ && out_.physical() == physical; }
  void set_string(std::uint32_t at, std::string_view text) {
    out_.mutable_data<std::string_view>()[at] = copy_strings_ ? out_.arena().store(text) : text;
  }
  void finish(std::uint32_t n) {
    if (started_) return;
    out_.reset(value::Physical::kAny);
    started_ = true;
    for (std::uint32_t i = 0; i < n; ++i) set_null(i);
  }
  template <class T>
  T* data() {
    return out_.mutable_data<T>();
  }

 private:
  value::Vector& out_;
  const bool copy_strings_;
  bool started_ = false;
};

bool GraphColumn::read_coded(const std::uint64_t* ids, std::uint32_t n, value::Vector& out) const {
  if (writer_ != nullptr || base_ == nullptr || n < kLeastRows || n > value::kBatchRows)
    return false;
  std::array<std::uint32_t, value::kBatchRows> codes;
  value::Vector entries;
  SharedDictionaries shared;
  std::uint32_t count = 0;
  for (std::uint32_t begin = 0, end = 0; begin < n; begin = end) {
    const std::uint64_t chunk = ids[begin] >> kExtentBits;
    for (end = begin + 1; end < n && ids[end] >> kExtentBits == chunk;) ++end;
    if (chunk >= base_->chunk_count()) return false;
    const ColumnView* view = base_->find(static_cast<std::uint32_t>(chunk));
    if (view == nullptr || view->empty() || !view->dense()) return false;
    const std::uint32_t texts = count_texts(*view);
    if (texts == 0 || texts > n / kRowsForAnEntry ||
        !gather_texts(*view, ids + begin, end - begin, codes.data() + begin)) {
      return false;
    }
    const std::uint32_t before = shared.place(*view, count);
    if (before == count) {
      if (count + texts > n / kRowsForAnEntry) return false;
      if (count == 0) entries.reset(value::Physical::kString);
      std::string_view* to = entries.mutable_data<std::string_view>() + count;
      if (view->coded()) {
        view->dictionary(to);
      } else {
        view->strings(0, texts, to);
      }
      count += texts;
    }
    for (std::uint32_t i = begin; before > 0 && i < end; ++i) codes[i] += before;
  }
  out.set_coded(entries, count, {codes.data(), n});
  return true;
}

void GraphColumn::read(const std::uint64_t* ids, std::uint32_t n, value::Vector& out) const {
  if (read_coded(ids, n, out)) return;
  Filler filler(out, writer_ != nullptr);
  for (std::uint32_t i = 0; i < n;) {
    if (changed_ == nullptr && base_ != nullptr && filler.holds(value::Physical::kInt64)) {
      i += read_scattered_integers(ids + i, n - i, out.mutable_data<std::int64_t>() + i);
      if (i == n) break;
    }
    bool consecutive = true;
    std::uint32_t end = end_of_run(ids, i, n);
    if (end == i) {
      const std::uint64_t chunk = ids[i] >> kExtentBits;
      for (end = i + 1; end < n && ids[end] >> kExtentBits == chunk; ++end) {
        consecutive = consecutive && ids[end] == ids[end - 1] + 1;
      }
    }
    read_run(ids + i, end - i, i, consecutive, filler);
    i = end;
  }
  filler.finish(n);
}

const ColumnView* GraphColumn::view_of(std::uint64_t chunk, std::uint32_t rows) const {
  if (chunk >= base_->chunk_count()) return nullptr;
  const ColumnView* view = base_->find(static_cast<std::uint32_t>(chunk));
  return view != nullptr ? view : base_->resolve(txn_, static_cast<std::uint32_t>(chunk), rows);
}

/// What a range of elements is of the chunks it reaches into.
struct GraphColumn::Pieces {
  struct Piece {
    const ColumnView* view;
    std::uint32_t first, count;  ///< rows of it
  };
  std::array<Piece, value::kBatchRows / kExtentRows + 2> all;
  std::size_t size = 0;

  const Piece* begin() const { return all.data(); }
  const Piece* end() const { return all.data() + size; }
};

bool GraphColumn::split(std::uint64_t first, std::uint32_t n, Pieces& pieces) const {
  for (std::uint64_t id = first; id < first + n;) {
    const auto row = static_cast<std::uint32_t>(id & kRowMask);
    const auto count =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(first + n - id, kExtentRows - row));
    const ColumnView* view = view_of(id >> kExtentBits, count);
    if (view == nullptr) return false;
    pieces.all[pieces.size++] = {view, row, count};
    id += count;
  }
  return pieces.size > 0;
}

bool GraphColumn::read_dense_range(std::uint64_t first, std::uint32_t n, value::Vector& out) const {
  Pieces pieces;
  if (writer_ != nullptr || base_ == nullptr || !split(first, n, pieces)) return false;
  bool all_coded = true;
  std::uint32_t entries = 0;
  const value::Physical physical = physical_of(*pieces.begin()->view);
  for (const auto& [view, row, count] : pieces) {
    if (view->empty() || !view->dense() || row + count > view->header().rows ||
        physical_of(*view) != physical) {
      return false;
    }
    all_coded = all_coded && view->coded();
    if (view->coded()) entries += view->header().dictionary_size;
  }
  std::uint32_t at = 0;
  if (physical == value::Physical::kString) {
    if (!all_coded || entries > n / kRowsForAnEntry) return false;
    std::array<std::uint32_t, value::kBatchRows> codes;
    value::Vector dictionary;
    dictionary.reset(value::Physical::kString);
    SharedDictionaries shared;
    std::uint32_t known = 0;
    for (const Pieces::Piece& piece : pieces) {
      const std::uint32_t before = shared.place(*piece.view, known);
      piece.view->codes(piece.first, piece.count, before, codes.data() + at);
      if (before == known) {
        piece.view->dictionary(dictionary.mutable_data<std::string_view>() + known);
        known += piece.view->header().dictionary_size;
      }
      at += piece.count;
    }
    out.set_coded(dictionary, known, {codes.data(), n});
    return true;
  }
  if (physical == value::Physical::kAny) return false;
  out.reset(physical);
  for (const Pieces::Piece& piece : pieces) {
    if (physical == value::Physical::kInt64) {
      piece.view->integers(piece.first, piece.count, out.mutable_data<std::int64_t>() + at);
    } else if (physical == value::Physical::kFloat64) {
      piece.view->reals(piece.first, piece.count, out.mutable_data<double>() + at);
    } else {
      piece.view->booleans(piece.first, piece.count, out.mutable_data<std::uint8_t>() + at);
    }
    at += piece.count;
  }
  return true;
}

void GraphColumn::read_range(std::uint64_t first, std::uint32_t n, value::Vector& out) const {
  if (read_dense_range(first, n, out)) return;
  std::array<std::uint64_t, value::kBatchRows> ids;
  std::iota(ids.begin(), ids.begin() + n, first);
  read(ids.data(), n, out);
}

bool GraphColumn::keep_passing(std::uint64_t first, std::uint32_t n, const ValueTest& test,
                               std::uint8_t* mask) const {
  Pieces pieces;
  if (writer_ != nullptr || base_ == nullptr || !split(first, n, pieces)) return false;
  for (const Pieces::Piece& piece : pieces) {
    if (!piece.view->empty() && !piece.view->can_test(test)) return false;
  }
  for (const Pieces::Piece& piece : pieces) {
    // Rows behind the last value of a chunk have none.
    const std::uint32_t rows = piece.view->empty() ? 0 : piece.view->header().rows;
    const std::uint32_t there = std::min(piece.count, rows - std::min(rows, piece.first));
    if (there > 0) piece.view->test(piece.first, there, test, mask);
    std::memset(mask + there, 0, piece.count - there);
    mask += piece.count;
  }
  return true;
}

bool GraphColumn::keep_passing(const std::uint64_t* ids, std::uint32_t n, const ValueTest& test,
                               std::uint8_t* mask) const {
  if (writer_ != nullptr || base_ == nullptr) return false;
  // All rows of a chunk are tested, many at a time, rather than some of them found.
  std::array<std::uint8_t, kExtentRows> passes;
  std::uint64_t tested = 0;
  for (std::uint32_t i = 0; i < n;) {
    const std::uint64_t chunk = ids[i] >> kExtentBits;
    const ColumnView* view = view_of(chunk, n - i);
    if (view == nullptr) return false;
    // Rows behind the last value of a chunk have none.
    const std::uint32_t rows = view->empty() ? 0 : view->header().rows;
    std::memset(passes.data(), 1, rows);
    std::memset(passes.data() + rows, 0, passes.size() - rows);
    if (rows > 0) {
      if (!view->can_test(test)) return false;
      const std::uint32_t worth = rows / view->rows_tested_for_one();
      tested += worth;
      if (tested > n || (i + worth < n && ids[i + worth] >> kExtentBits != chunk)) return false;
      view->test(0, rows, test, passes.data());
    }
    for (; i < n && ids[i] >> kExtentBits == chunk; ++i) mask[i] &= passes[ids[i] & kRowMask];
  }
  return true;
}

// There are no other columns than GraphColumn.

bool keep_passing(const Column& column, std::uint64_t first, std::uint32_t n, const ValueTest& test,
                  std::uint8_t* mask) {
  return static_cast<const GraphColumn&>(column).keep_passing(first, n, test, mask);
}

bool keep_passing(const Column& column, const std::uint64_t* ids, std::uint32_t n,
                  const ValueTest& test, std::uint8_t* mask) {
  return static_cast<const GraphColumn&>(column).keep_passing(ids, n, test, mask);
}

std::uint32_t GraphColumn::read_scattered_integers(const std::uint64_t* ids, std::uint32_t n,
                                                   std::int64_t* out) const {
  const std::uint64_t chunks = base_->chunk_count();
  for (std::uint32_t i = 0; i < n; ++i) {
    const std::uint64_t chunk = ids[i] >> kExtentBits;
    // A run of one chunk is read faster as a whole.
    if (chunk >= chunks || (i + 1 < n && ids[i + 1] >> kExtentBits == chunk)) return i;
    const ColumnView* view = base_->find(static_cast<std::uint32_t>(chunk));
    if (view == nullptr || view->empty() || view->tag() != ValueType::kInt64) return i;
    const std::uint32_t entry = view->entry(static_cast<std::uint32_t>(ids[i] & kRowMask));
    if (entry == ColumnView::kAbsent) return i;
    out[i] = view->integer(entry);
  }
  return n;
}

void GraphColumn::read_run(const std::uint64_t* ids, std::uint32_t n, std::uint32_t at,
                           bool consecutive, Filler& out) const {
  const std::uint64_t chunk = ids[0] >> kExtentBits;
  const bool changed = changed_ != nullptr && changed_->any(static_cast<std::uint32_t>(chunk));
  const ColumnView* view = changed || base_ == nullptr ? nullptr : view_of(chunk, n);
  if (view == nullptr) {
    const bool known = base_ != nullptr && chunk < base_->chunk_count();
    for (std::uint32_t i = 0; i < n; ++i) {
      out.set(at + i, changed ? get(ids[i]) : known ? base_->read(txn_, ids[i]) : Value());
    }
    return;
  }
  if (view->empty()) {
    for (std::uint32_t i = 0; i < n; ++i) out.set_null(at + i);
    return;
  }
  const value::Physical physical = physical_of(*view);
  const bool plain = out.prepare(physical, at);
  const auto first = static_cast<std::uint32_t>(ids[0] & kRowMask);
  if (plain && view->dense() && first + n <= view->header().rows && consecutive) {
    if (physical == value::Physical::kInt64) {
      view->integers(first, n, out.data<std::int64_t>() + at);
      return;
    }
    if (physical == value::Physical::kFloat64) {
      view->reals(first, n, out.data<double>() + at);
      return;
    }
    if (physical == value::Physical::kBool) {
      view->booleans(first, n, out.data<std::uint8_t>() + at);
      return;
    }
  }
  if (plain && view->dense() && physical == value::Physical::kInt64 &&
      view->gather_integers(ids, n, out.data<std::int64_t>() + at)) {
    return;
  }
  for (std::uint32_t i = 0; i < n; ++i) {
    const std::uint32_t entry = view->entry(static_cast<std::uint32_t>(ids[i] & kRowMask));
    if (entry == ColumnView::kAbsent) {
      out.set_null(at + i);
    } else if (!plain) {
      out.set(at + i, view->is_long(entry) ? base_->read_long(txn_, ids[i]) : view->value(entry));
    } else if (physical == value::Physical::kInt64) {
      out.data<std::int64_t>()[at + i] = view->integer(entry);
    } else if (physical == value::Physical::kFloat64) {
      out.data<double>()[at + i] = view->real(entry);
    } else if (physical == value::Physical::kString) {
      out.set_string(at + i, view->string(entry));
    } else {
      out.data<std::uint8_t>()[at + i] = view->boolean(entry) ? 1 : 0;
    }
  }
}

Value GraphColumn::get(std::uint64_t id) const {
  if (changed_ != nullptr && changed_->contains(id)) {
    const auto bytes = writer_->get(storage::Table::kHot, keys::row(kind_, label_, id));
    if (bytes) {
      const RowView row(*bytes);
      if (row.deleted()) return {};
      if (const auto field = row.find(key_)) {
        return field->empty() ? Value() : storage::decode_value(*field);
      }
    }
  }
  const std::uint64_t chunk = id >> kExtentBits;
  if (base_ == nullptr || chunk >= base_->chunk_count()) return {};
  const ColumnView* view = view_of(chunk, 1);
  if (view == nullptr) return base_->read(txn_, id);
  if (view->empty()) return {};
  const std::uint32_t entry = view->entry(static_cast<std::uint32_t>(id & kRowMask));
  if (entry == ColumnView::kAbsent) return {};
  return view->is_long(entry) ? base_->read_long(txn_, id) : view->value(entry);
}

}  // namespace geode::graph
