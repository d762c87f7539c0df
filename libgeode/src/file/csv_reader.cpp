#include "file/csv_reader.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include <geode/error.hpp>
#include "base/utf8.hpp"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace geode::file {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::size_t kSniffLines = 20;
constexpr std::ptrdiff_t kMostRowBytes = std::ptrdiff_t{256} << 20;

std::string shown(std::string_view text) {
  constexpr std::size_t kMost = 60;
  if (text.size() <= kMost) return std::string(text);
  return std::string(base::utf8_substr(text.substr(0, kMost), 0)) + "...";
}

}  // namespace

void CsvReader::Finder::load() {
  if (block_ >= end_) {
    hits_ = block_high_ = 0;
    return;
  }
#ifdef __SSE2__
  const __m128i delimiter = _mm_set1_epi8(delimiter_);
  const __m128i feed = _mm_set1_epi8('\n');
  const auto bits = [](__m128i mask) {
    return static_cast<std::uint64_t>(static_cast<std::uint32_t>(_mm_movemask_epi8(mask)));
  };
  __m128i all = _mm_setzero_si128();
  hits_ = 0;
  for (int part = 0; part < 4; ++part) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block_) + part);
    all = _mm_or_si128(all, bytes);
    hits_ |= bits(_mm_or_si128(_mm_cmpeq_epi8(bytes, delimiter), _mm_cmpeq_epi8(bytes, feed)))
             << (16 * part);
  }
  block_high_ = bits(all);
#else
  hits_ = block_high_ = 0;
  for (unsigned i = 0; i < 64; ++i) {
    if (block_[i] == delimiter_ || block_[i] == '\n') hits_ |= std::uint64_t{1} << i;
    block_high_ |= static_cast<unsigned char>(block_[i]) & 0x80u;
  }
#endif
  high_ |= block_high_;
}

CsvReader::CsvReader(const std::string& path, char delimiter, Header header)
    : file_(path), delimiter_(delimiter), header_(header) {
  file_.fill();
  if (delimiter_ == 0) sniff_delimiter();
  finder_.reset(file_.begin(), file_.end(), delimiter_);
  read_header();
}

CsvReader::CsvReader(const std::string& path, char delimiter, std::vector<std::string> columns,
                     std::uint64_t begin, std::uint64_t end, std::uint64_t first_line)
    : file_(path, begin, end),
      delimiter_(delimiter),
      header_(Header::kFirstRow),
      columns_(std::move(columns)),
      line_(first_line) {
  fill();
}

void CsvReader::sniff_delimiter() {
  // The delimiter that divides the most lines into as many fields as the header has.
  const std::string_view text(file_.begin(), static_cast<std::size_t>(file_.end() - file_.begin()));
  constexpr std::array<char, 4> kCandidates{',', ';', '\t', '|'};
  delimiter_ = ',';
  std::size_t best_lines = 0, best_count = 0;
  for (const char candidate : kCandidates) {
    bool quoted = false;
    std::size_t count = 0, header_count = 0, lines = 0, same = 0;
    for (const char c : text) {
      if (c == '"') quoted = !quoted;
      if (quoted) continue;
      if (c == candidate) ++count;
      if (c != '\n') continue;
      if (lines == 0) header_count = count;
      if (count == header_count) ++same;
      count = 0;
      if (++lines == kSniffLines) break;
    }
    if (lines == 0) header_count = count;  // a header without a line feed
    if (header_count == 0) continue;
    if (same > best_lines || (same == best_lines && header_count > best_count)) {
      best_lines = same;
      best_count = header_count;
      delimiter_ = candidate;
    }
  }
}

void CsvReader::read_header() {
  const auto starts_with = [&](std::string_view mark) {
    return std::string_view(file_.begin(), static_cast<std::size_t>(file_.end() - file_.begin()))
        .starts_with(mark);
  };
  if (starts_with("\xff\xfe") || starts_with("\xfe\xff")) {
    throw Error(status::kDataException, file_.path() + ": the text is UTF-16, not UTF-8")
        .hint("convert it: iconv -f UTF-16 -t UTF-8");
  }
  if (starts_with(kByteOrderMark)) {
    file_.consume(kByteOrderMark.size());
    finder_.move_to(file_.begin());
  }
  if (header_ == Header::kNone) return;
  const RowStatus status = next_row();
  if (status == RowStatus::kEnd) {
    throw Error(status::kDataException, file_.path() + ": there is no header line");
  }
  if (status == RowStatus::kBad) {
    throw Error(status::kDataException, file_.path() + ":" + std::to_string(problem_.line) + ":" +
                                            std::to_string(problem_.column) + ": " +
                                            problem_.message)
        .hint(problem_.hint);
  }
  if (!columns_.empty()) return;  // the header was read before
  for (std::size_t i = 0; i < field_count_; ++i) {
    std::string name(fields_[i].text);
    const BadRow at = place(i);
    const auto reject = [&](const std::string& message) {
      throw Error(status::kDataException, file_.path() + ":" + std::to_string(at.line) + ":" +
                                              std::to_string(at.column) + ": " + message)
          .hint("the first line names the columns");
    };
    if (name.empty()) reject("a column has no name");
    if (std::find(columns_.begin(), columns_.end(), name) != columns_.end()) {
      reject("two columns have the name " + name);
    }
    columns_.push_back(std::move(name));
  }
}

void CsvReader::rewind() {
  file_.rewind();
  fill();
  line_ = 1;
  read_header();
}

RowStatus CsvReader::bad(std::uint64_t line, std::uint32_t column, std::string message,
                         std::string hint) {
  problem_ = {line, column, std::move(message), std::move(hint)};
  return RowStatus::kBad;
}

RowStatus CsvReader::next() {
  const RowStatus status = next_row();
  if (status != RowStatus::kRow) return status;
  if (header_ == Header::kFirstRow && field_count_ != columns_.size()) {
    const std::size_t extra = std::min(field_count_ - 1, columns_.size());
    const BadRow at = place(extra);
    return bad(at.line, at.column,
               "expected " + std::to_string(columns_.size()) + " fields, got " +
                   std::to_string(field_count_));
  }
  return RowStatus::kRow;
}

bool CsvReader::fill() {
  const bool more = file_.fill();
  finder_.reset(file_.begin(), file_.end(), delimiter_);
  return more;
}

RowStatus CsvReader::next_row() {
  for (;;) {
    if (file_.begin() == file_.end() && !fill()) return RowStatus::kEnd;
    Scan scan = scan_row();
    while (scan == Scan::kMore || scan == Scan::kOpenQuote) {
      if (file_.end() - file_.begin() > kMostRowBytes) {
        throw Error(status::kLimitExceeded, file_.path() + ":" + std::to_string(row_line_) +
                                                ": a row is longer than 256 MiB")
            .hint("is a quote never closed?");
      }
      // A quote that ends the buffer is a closing one only when the file is known to end there.
      const bool knew_end = file_.at_end();
      if (fill() || !knew_end) {
        scan = scan_row();
        continue;
      }
      if (scan == Scan::kOpenQuote) {
        // Everything from the quote on is inside of it.
        const BadRow at = place(field_count_ - 1);
        file_.consume(static_cast<std::size_t>(file_.end() - file_.begin()));
        return bad(at.line, at.column, "a quote is never closed");
      }
      file_.append_line_feed();
      finder_.reset(file_.begin(), file_.end(), delimiter_);
      scan = scan_row();
    }
    line_ += row_line_feeds_;
    file_.consume(static_cast<std::size_t>(row_end_ - file_.begin()));
    if (scan == Scan::kEmptyLine) continue;
    if (!row_is_ascii_) {
      const std::string_view row(row_begin_, static_cast<std::size_t>(row_end_ - row_begin_));
      const std::size_t valid = base::utf8_valid_prefix(row);
      if (valid < row.size()) {
        const std::string_view before = row.substr(0, valid);
        const std::size_t line_begin = before.rfind('\n') + 1;  // npos + 1 is 0
        return bad(
            row_line_ + static_cast<std::uint64_t>(std::count(before.begin(), before.end(), '\n')),
            static_cast<std::uint32_t>(base::utf8_count(before.substr(line_begin))) + 1,
            "the text is not UTF-8", "convert it: iconv -f LATIN1 -t UTF-8");
      }
    }
    if (text_behind_quote_) {
      const BadRow at = place(field_count_ - 1);
      return bad(
          at.line, at.column,
          "there is text behind the closing quote of " + shown(fields_[field_count_ - 1].text),
          "a quote inside of quotes is written twice");
    }
    return RowStatus::kRow;
  }
}

CsvReader::Scan CsvReader::scan_row() {
  const char* const end = file_.end();
  const char* at = file_.begin();
  row_begin_ = at;
  row_line_ = line_;
  row_line_feeds_ = 1;
  row_is_ascii_ = true;
  text_behind_quote_ = false;
  field_count_ = 0;
  unescaped_count_ = 0;
  finder_.begin_row();
  for (;;) {
    CsvField& field = add_field(at);
    if (at < end && *at == '"') {
      field.quoted = true;
      const char* text = ++at;
      std::string* copy = nullptr;
      for (;;) {
        const char* quote =
            static_cast<const char*>(std::memchr(at, '"', static_cast<std::size_t>(end - at)));
        // A quote at the end of the buffer may be the first one of two.
        if (quote == nullptr || (quote + 1 == end && !file_.at_end())) {
          return Scan::kOpenQuote;
        }
        if (quote + 1 == end || quote[1] != '"') {
          at = quote;
          break;
        }
        if (copy == nullptr) {
          if (unescaped_count_ == unescaped_.size()) unescaped_.emplace_back();
          copy = &unescaped_[unescaped_count_++];
          copy->clear();
        }
        copy->append(text, static_cast<std::size_t>(quote + 1 - text));
        text = at = quote + 2;
      }
      if (copy == nullptr) {
        field.text = {text, static_cast<std::size_t>(at - text)};
      } else {
        copy->append(text, static_cast<std::size_t>(at - text));
      }
      const char* const opened = field.begin;
      row_line_feeds_ += static_cast<std::uint64_t>(std::count(opened, at, '\n'));
      if (row_is_ascii_) {
        int bits = 0;
        for (const char* c = opened; c != at; ++c) bits |= *c;
        row_is_ascii_ = (bits & 0x80) == 0;
      }
      ++at;  // the closing quote
      finder_.move_to(at);
      const char* const stop = finder_.next();
      if (stop == end) return Scan::kMore;
      if (at != stop && !(*stop == '\n' && *at == '\r' && at + 1 == stop))
        text_behind_quote_ = true;
      // Strings move when there are more of them, so their views are taken when the row is whole.
      if (copy != nullptr) field.text = {nullptr, unescaped_count_};
      at = stop;
    } else {
      const char* const stop = finder_.next();
      if (stop == end) return Scan::kMore;
      const char* text_end = stop;
      if (*stop == '\n' && text_end > at && text_end[-1] == '\r') --text_end;
      field.text = {at, static_cast<std::size_t>(text_end - at)};
      at = stop;
    }
    if (text_behind_quote_) {
      // What follows cannot be told apart; the row ends with its line.
      at = static_cast<const char*>(std::memchr(at, '\n', static_cast<std::size_t>(end - at)));
      if (at == nullptr) return Scan::kMore;
      finder_.move_to(at + 1);
    }
    if (*at++ == '\n') break;
  }
  row_end_ = at;
  row_is_ascii_ = row_is_ascii_ && finder_.ascii();
  for (std::size_t i = 0; unescaped_count_ > 0 && i < field_count_; ++i) {
    std::string_view& text = fields_[i].text;
    if (text.data() == nullptr && !text.empty()) text = unescaped_[text.size() - 1];
  }
  const bool empty = field_count_ == 1 && fields_[0].text.empty() && !fields_[0].quoted;
  return empty ? Scan::kEmptyLine : Scan::kRow;
}

BadRow CsvReader::place(std::size_t field) const {
  const char* const at = fields_[field].begin;
  const std::string_view before(row_begin_, static_cast<std::size_t>(at - row_begin_));
  const std::size_t line_begin = before.rfind('\n') + 1;  // npos + 1 is 0
  BadRow out;
  out.line = row_line_ + static_cast<std::uint64_t>(std::count(before.begin(), before.end(), '\n'));
  out.column = static_cast<std::uint32_t>(base::utf8_count(before.substr(line_begin))) + 1;
  return out;
}

}  // namespace geode::file
