#include <algorithm>
#include <utility>

#include "gql/syntax/feature_finder.hpp"
#include "gql/syntax/feature_list.hpp"
#include "gql/syntax/lexer.hpp"

namespace geode::gql {
namespace {

constexpr std::size_t kLongName = 127;

struct Spelling {
  std::string_view word;
  std::size_t plain, unsigned_form;
};

/// Type names of one word that stand for a feature of their own, and what UNSIGNED makes of them.
constexpr std::size_t kNone = kFeatureCount;
constexpr Spelling kTypeWords[] = {
    {"INT8", feature_index("GV02"), kNone},
    {"INT16", feature_index("GV04"), kNone},
    {"INT32", feature_index("GV07"), kNone},
    {"INT64", feature_index("GV12"), kNone},
    {"INT128", feature_index("GV14"), kNone},
    {"INT256", feature_index("GV16"), kNone},
    {"INTEGER8", feature_index("GV02"), feature_index("GV01")},
    {"INTEGER16", feature_index("GV04"), feature_index("GV03")},
    {"INTEGER32", feature_index("GV07"), feature_index("GV06")},
    {"INTEGER64", feature_index("GV12"), feature_index("GV11")},
    {"INTEGER128", feature_index("GV14"), feature_index("GV13")},
    {"INTEGER256", feature_index("GV16"), feature_index("GV15")},
    {"INTEGER", kNone, feature_index("GV08")},
    {"SMALL", feature_index("GV18"), feature_index("GV05")},
    {"SMALLINT", feature_index("GV18"), kNone},
    {"BIG", feature_index("GV19"), feature_index("GV10")},
    {"BIGINT", feature_index("GV19"), kNone},
    {"UINT8", feature_index("GV01"), kNone},
    {"UINT16", feature_index("GV03"), kNone},
    {"UINT32", feature_index("GV06"), kNone},
    {"UINT64", feature_index("GV11"), kNone},
    {"UINT128", feature_index("GV13"), kNone},
    {"UINT256", feature_index("GV15"), kNone},
    {"UINT", feature_index("GV08"), kNone},
    {"USMALLINT", feature_index("GV05"), kNone},
    {"UBIGINT", feature_index("GV10"), kNone},
    {"DECIMAL", feature_index("GV17"), kNone},
    {"DEC", feature_index("GV17"), kNone},
    {"NUMERIC", feature_index("GV17"), kNone},
    {"FLOAT16", feature_index("GV20"), kNone},
    {"FLOAT32", feature_index("GV21"), kNone},
    {"FLOAT64", feature_index("GV24"), kNone},
    {"FLOAT128", feature_index("GV25"), kNone},
    {"FLOAT256", feature_index("GV26"), kNone},
    {"REAL", feature_index("GV23"), kNone},
    {"DOUBLE", feature_index("GV23"), kNone},
    {"CHAR", feature_index("GV32"), kNone},
    {"BYTES", feature_index("GV35"), kNone},
    {"VARBINARY", feature_index("GV35"), kNone},
    {"BINARY", feature_index("GV38"), kNone},
    {"DATE", feature_index("GV39"), kNone},
    {"LOCAL", feature_index("GV39"), kNone},
    {"ZONED", feature_index("GV40"), kNone},
    {"DURATION", feature_index("GV41"), kNone},
    {"LIST", feature_index("GV50"), kNone},
    {"ARRAY", feature_index("GV50"), kNone},
    {"PATH", feature_index("GV55"), kNone},
    {"GRAPH", feature_index("GV60"), kNone},
    {"TABLE", feature_index("GV61"), kNone},
};

bool is_path_word(Keyword keyword) {
  return keyword == Keyword::kPath || keyword == Keyword::kPaths;
}

bool is_path_mode(Keyword keyword) {
  return keyword == Keyword::kWalk || keyword == Keyword::kTrail || keyword == Keyword::kSimple ||
         keyword == Keyword::kAcyclic;
}

}  // namespace

FeatureFinder::FeatureFinder(std::string_view text) : text_(text) {
  std::optional<Error> error;
  tokens_ = tokenize(text, error);
}

std::string_view FeatureFinder::at_position(const Position& position) const {
  return text_.substr(std::min<std::size_t>(position.offset, text_.size()), position.length);
}

std::string_view FeatureFinder::written(const Token& token) const {
  return at_position(token.position);
}

bool FeatureFinder::begins_with(const Position& position, std::string_view upper_case) const {
  return equals_ignoring_case(at_position(position).substr(0, upper_case.size()), upper_case);
}

void FeatureFinder::read_text() {
  std::size_t before = 0;
  for (std::size_t i = 0; i < tokens_.size(); ++i) {
    const Token& token = tokens_[i];
    read_gap(text_.substr(before, token.position.offset - before));
    before = token.end();
    switch (token.kind) {
      case TokenKind::kInteger:
      case TokenKind::kFloat:
      case TokenKind::kDecimal:
        read_number(token);
        break;
      case TokenKind::kDuration:
        add(feature_index("GV41"));
        break;
      case TokenKind::kBytes:
        add(feature_index("GV35"));
        break;
      case TokenKind::kString:
        add_if(written(token).starts_with('@'), feature_index("GL11"));
        break;
      case TokenKind::kParameter:
        add_if(written(token).starts_with("$$"), feature_index("GE08"));
        break;
      case TokenKind::kQuotedName:
      case TokenKind::kWord:
        add_if(token.text.size() > kLongName, feature_index("GB01"));
        read_word(i);
        break;
      case TokenKind::kMinus:
      case TokenKind::kTilde:
        if (at(i + 1, TokenKind::kSlash)) read_simplified_path(i);
        break;
      default:
        break;  // other tokens are read with the tree
    }
  }
}

/// Between two tokens stand blanks and comments.
void FeatureFinder::read_gap(std::string_view gap) {
  for (std::size_t at = 0; at + 1 < gap.size(); ++at) {
    const std::string_view two = gap.substr(at, 2);
    if (two == "/*") {
      at = gap.find("*/", at + 2);
    } else if (two == "--" || two == "//") {
      add(two == "--" ? feature_index("GB02") : feature_index("GB03"));
      at = gap.find('\n', at);
    }
    if (at == std::string_view::npos) return;
  }
}

void FeatureFinder::read_number(const Token& token) {
  const std::string_view number = written(token);
  if (number.size() > 2 && number[0] == '0') {
    const char radix = number[1];
    if (radix == 'x' || radix == 'X') return add(feature_index("GL01"));
    if (radix == 'o' || radix == 'O') return add(feature_index("GL02"));
    if (radix == 'b' || radix == 'B') return add(feature_index("GL03"));
  }
  const bool scientific = number.find_first_of("eE") != std::string_view::npos;
  switch (number.back()) {
    case 'm':
    case 'M':
      return add(scientific ? feature_index("GL06") : feature_index("GL05"));
    case 'f':
    case 'F':
      add(feature_index("GL09"));
      return add(scientific ? feature_index("GL08") : feature_index("GL07"));
    case 'd':
    case 'D':
      add(feature_index("GL10"));
      return add(scientific ? feature_index("GL08") : feature_index("GL07"));
    default:
      // Without GL04 a number with a fraction and no suffix is approximate.
      return add_if(token.kind != TokenKind::kInteger && !scientific &&
                        kFeatures[feature_index("GL04")].supported,
                    feature_index("GL04"));
  }
}

void FeatureFinder::read_word(std::size_t index) {
  const Token& token = tokens_[index];
  if (is_path_word(token.keyword) && index > 0) {
    const Token& before = tokens_[index - 1];
    const bool prefix =
        is_path_mode(before.keyword) || before.keyword == Keyword::kAll ||
        before.keyword == Keyword::kAny || before.keyword == Keyword::kShortest ||
        ((before.kind == TokenKind::kInteger || before.kind == TokenKind::kParameter) &&
         index > 1 && (at(index - 2, Keyword::kAny) || at(index - 2, Keyword::kShortest)));
    const bool pattern = at(index + 1, TokenKind::kLeftParen) || at(index + 1, Keyword::kGroup) ||
                         at(index + 1, Keyword::kGroups) || at(index + 2, TokenKind::kEqual);
    add_if(prefix && pattern && !at(index + 2, Keyword::kIn), feature_index("G014"));
  }
  if (!at(index + 1, TokenKind::kString)) return;
  // A type before a text is a literal of it.
  const bool local = index > 0 && at(index - 1, Keyword::kLocal);
  const bool zoned = index > 0 && at(index - 1, Keyword::kZoned);
  switch (token.keyword) {
    case Keyword::kDate:
      add(feature_index("GV39"));
      break;
    case Keyword::kTimestamp:
      add(feature_index("GL12"));
      [[fallthrough]];
    case Keyword::kTime:
    case Keyword::kDatetime: {
      const std::string& time = tokens_[index + 1].text;
      const std::size_t clock = time.find(':');
      const bool offset =
          clock != std::string::npos && time.find_first_of("+-Zz[", clock) != std::string::npos;
      add(zoned || (offset && !local) ? feature_index("GV40") : feature_index("GV39"));
      break;
    }
    case Keyword::kInterval:
      add(feature_index("GL12"));
      [[fallthrough]];
    case Keyword::kDuration:
      add(feature_index("GV41"));
      break;
    default:
      break;  // another word before a text
  }
}

/// `-/ .. /->` from its line on. Full defaulting and full overrides are those with undirected
/// edges, and left or right.
void FeatureFinder::read_simplified_path(std::size_t first) {
  const TokenKind line = tokens_[first].kind;
  std::size_t last = first + 2;
  while (last < tokens_.size() && !(at(last, TokenKind::kSlash) && at(last + 1, line))) ++last;
  if (last + 1 >= tokens_.size()) return;
  const bool left = first > 0 && at(first - 1, TokenKind::kLess);
  const bool right = at(last + 2, TokenKind::kGreater);
  const std::size_t begin = left ? first - 1 : first;
  const std::size_t end = right ? last + 2 : last + 1;
  simplified_paths_.emplace_back(tokens_[begin].position.offset, tokens_[end].end());
  add(feature_index("G080"));
  add_if(line == TokenKind::kTilde || (left && right), feature_index("G039"));
  bool open = false;
  for (std::size_t i = first + 2; i < last; ++i) {
    open |= at(i, TokenKind::kLess);
    add_if(at(i, TokenKind::kMinus) || at(i, TokenKind::kLess) || at(i, TokenKind::kGreater),
           feature_index("G082"));
    add_if(at(i, TokenKind::kTilde) || (open && at(i, TokenKind::kGreater)), feature_index("G081"));
    if (at(i, TokenKind::kWord) && !at(i + 1, TokenKind::kGreater)) open = false;
  }
}

bool FeatureFinder::within_simplified_path(const Position& position) const {
  return std::any_of(simplified_paths_.begin(), simplified_paths_.end(), [&](const auto& path) {
    return path.first <= position.offset && position.offset < path.second;
  });
}

// ---- types

void FeatureFinder::read_type(const Position& position) {
  const auto first =
      static_cast<std::size_t>(std::lower_bound(tokens_.begin(), tokens_.end(), position.offset,
                                                [](const Token& token, std::uint32_t offset) {
                                                  return token.position.offset < offset;
                                                }) -
                               tokens_.begin());
  std::uint32_t braces = 0;
  std::uint32_t brackets = 0;  // those around the labels and properties of an element
  bool is_unsigned = false;
  for (std::size_t i = first;
       i < tokens_.size() && tokens_[i].position.offset < position.offset + position.length; ++i) {
    switch (tokens_[i].kind) {
      case TokenKind::kLeftParen:
      case TokenKind::kLeftBracket:
        ++brackets;
        break;
      case TokenKind::kRightParen:
      case TokenKind::kRightBracket:
        --brackets;
        break;
      case TokenKind::kLeftBrace:
        // The word RECORD may be left out.
        if (brackets == 0) {
          add(feature_index("GV45"));
          add(feature_index("GV46"));
          add_if(braces > 0, feature_index("GV48"));
        }
        ++braces;
        break;
      case TokenKind::kRightBrace:
        --braces;
        break;
      case TokenKind::kPipe:
        add(feature_index("GV65"));
        add(feature_index("GV67"));
        break;
      case TokenKind::kWord: {
        const bool field_name = braces > 0 && i > 0 &&
                                (at(i - 1, TokenKind::kLeftBrace) || at(i - 1, TokenKind::kComma));
        const bool label =
            i > 0 && (at(i - 1, TokenKind::kColon) || at(i - 1, TokenKind::kAmpersand));
        if (!field_name && !label) read_type_word(i, is_unsigned, braces);
        is_unsigned = at(i, Keyword::kUnsigned);
        break;
      }
      default:
        break;  // punctuation and numbers belong to the word before them
    }
  }
}

/// `TYPE (n)` is feature `one`, `TYPE (m, n)` feature `two`.
void FeatureFinder::read_length(std::size_t index, std::size_t one, std::size_t two) {
  if (!at(index + 1, TokenKind::kLeftParen) || !at(index + 2, TokenKind::kInteger)) return;
  add(at(index + 3, TokenKind::kComma) ? two : one);
}

void FeatureFinder::read_type_word(std::size_t index, bool is_unsigned, std::uint32_t braces) {
  const Token& token = tokens_[index];
  for (const Spelling& spelling : kTypeWords) {
    if (!equals_ignoring_case(token.text, spelling.word)) continue;
    const std::size_t feature = is_unsigned ? spelling.unsigned_form : spelling.plain;
    if (feature != kNone) add(feature);
  }
  const bool after_local =
      index > 0 && (at(index - 1, Keyword::kLocal) || at(index - 1, Keyword::kZoned));
  switch (token.keyword) {
    case Keyword::kInt:
    case Keyword::kInteger:
      return read_length(index, feature_index("GV09"), feature_index("GV09"));
    case Keyword::kFloat:
      return read_length(index, feature_index("GV22"), feature_index("GV22"));
    case Keyword::kString:
    case Keyword::kVarchar:
      return read_length(index, feature_index("GV31"), feature_index("GV30"));
    case Keyword::kBytes:
    case Keyword::kVarbinary:
      return read_length(index, feature_index("GV37"), feature_index("GV36"));
    case Keyword::kBinary:
      return add(feature_index("GV35"));
    case Keyword::kTime:
    case Keyword::kTimestamp:
    case Keyword::kDatetime:
      if (after_local || at(index + 1, Keyword::kZone)) return;
      return add(at(index + 1, Keyword::kWith) || (at(index, Keyword::kDatetime))
                     ? feature_index("GV40")
                     : feature_index("GV39"));
    case Keyword::kRecord:
      add(feature_index("GV45"));
      add_if(!at(index + 1, TokenKind::kLeftBrace), feature_index("GV47"));
      return add_if(braces > 0, feature_index("GV48"));
    case Keyword::kAny: {
      const std::size_t next = index + (at(index + 1, Keyword::kValue) ? 2 : 1);
      if (at(next, TokenKind::kLess)) {
        add(feature_index("GV65"));
        return add(feature_index("GV67"));
      }
      if (next == index + 2 || !at(next, TokenKind::kWord) || at(next, Keyword::kNot)) {
        add(feature_index("GV65"));
        add(feature_index("GV66"));
      }
      return;
    }
    case Keyword::kProperty:
      if (at(index + 1, Keyword::kGraph)) return;
      add(feature_index("GV65"));
      return add(feature_index("GV68"));
    case Keyword::kNot:
      return add(feature_index("GV90"));
    case Keyword::kNull:
      if (index > 0 && at(index - 1, Keyword::kNot)) return;
      add(feature_index("GV70"));
      return add(feature_index("GV71"));
    case Keyword::kNothing:
      add(feature_index("GV70"));
      return add(feature_index("GV72"));
    default:
      return;
  }
}

}  // namespace geode::gql
