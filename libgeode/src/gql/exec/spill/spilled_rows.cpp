#include "gql/exec/spill/spilled_rows.hpp"

#include "gql/exec/spill/row_codec.hpp"

namespace geode::gql::exec {

using value::Vector;

void SpilledRows::append(std::span<const Vector* const> columns,
                         std::span<const std::uint32_t> rows) {
  for (std::size_t begin = 0; begin < rows.size();) {
    std::size_t end = begin;
    for (std::uint64_t bytes = 0; end < rows.size() && bytes < kBlockBytes; ++end) {
      bytes += row_bytes(columns, rows[end]);
    }
    buffer_.clear();
    encode_rows(columns, rows.subspan(begin, end - begin), buffer_);
    if (buffer_.size() > UINT32_MAX)
      throw Error(status::kLimitExceeded, "a row is too large to be written to a temporary file");
    blocks_.push_back({file_.size(), static_cast<std::uint32_t>(buffer_.size()),
                       static_cast<std::uint32_t>(end - begin)});
    file_.append(buffer_);
    begin = end;
  }
}

void SpilledRows::read(const Block& block, std::vector<Vector>& columns,
                       std::string& buffer) const {
  file_.read(block.offset, block.bytes, buffer);
  decode_rows(buffer, columns);
}

void RowBuffer::reset(ExecutionContext& context, std::size_t columns) {
  context_ = &context;
  columns_ = columns;
  store_.reset(columns);
  spilled_.reset();
  spilled_count_ = 0;
  charge_ = base::MemoryCharge(context.memory);
  read_.clear();
}

void RowBuffer::append(const Batch& batch) {
  store_.append(batch);
  account();
}

void RowBuffer::append_row(std::span<const Vector* const> columns, std::uint32_t row) {
  constexpr std::uint64_t kStepBytes = std::uint64_t{64} << 10;
  store_.append_row(columns, row);
  if (store_.bytes() > charge_.bytes() + kStepBytes) account();
}

void RowBuffer::account() {
  if (context_->spill != nullptr && columns_ > 0 && context_->spill->wants(store_.bytes())) spill();
  charge_.set(store_.bytes());
}

void RowBuffer::spill() {
  if (!spilled_) spilled_ = std::make_unique<SpilledRows>(*context_->spill);
  std::vector<const Vector*> columns(columns_);
  for (std::size_t i = 0; i < store_.chunk_count(); ++i) {
    context_->interrupt->check();
    for (std::size_t c = 0; c < columns_; ++c) columns[c] = &store_.chunk(i)[c];
    spilled_->append(columns, identity_rows(store_.chunk_rows(i)));
  }
  spilled_count_ += store_.size();
  store_.reset(columns_);
}

std::uint32_t RowBuffer::chunk_rows(std::size_t i) const {
  const std::size_t blocks = spilled_blocks();
  return i < blocks ? spilled_->blocks()[i].rows : store_.chunk_rows(i - blocks);
}

const std::vector<Vector>& RowBuffer::chunk(std::size_t i) {
  const std::size_t blocks = spilled_blocks();
  if (i >= blocks) return store_.chunk(i - blocks);
  if (read_.empty() || read_block_ != i) {
    read_.resize(columns_);
    spilled_->read(spilled_->blocks()[i], read_, buffer_);
    read_block_ = i;
  }
  return read_;
}

}  // namespace geode::gql::exec
