#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace geode::test {

/// What a record of a .gqltest file asks for.
enum class RecordKind {
  kComment,    ///< lines that begin with `#`, and blank ones; kept for --rewrite
  kGraph,      ///< `graph NAME`: start again with graphs/NAME.gql, or with nothing for `empty`
  kSetup,      ///< `setup`: statements that must succeed
  kStatement,  ///< `statement`: one that must succeed; after `----` what it changed
  kQuery,      ///< `query [sorted] [header]`: rows after `----`
  kError,      ///< `error CODE`: GQLSTATUS, and after `----` line:column: message
  kPlan,       ///< `plan`: the text of EXPLAIN after `----`
  kParameter,  ///< `parameter NAME EXPRESSION`: for the statements that follow
  kNotices,    ///< `notices`: what a statement remarks, after `----`: CODE line:column: message
  kProcedure,  ///< `procedure SIGNATURE`: one that looks its arguments up in the lines that follow
  kFeature,    ///< `feature ID [unseen]`: what the records up to the next one are a test of
};

/// One record: a line that says what it is, the text of a statement, and what it must give. It ends
/// at a blank line.
struct Record {
  RecordKind kind = RecordKind::kComment;
  std::size_t line = 0;            ///< of its first line, from 1
  std::string head;                ///< the first line
  std::vector<std::string> words;  ///< of the first line, without the kind
  std::string text;
  bool has_expected = false;  ///< there was a `----`
  std::vector<std::string> expected;

  bool flag(std::string_view word) const;
};

/// Throws std::runtime_error "file:line: ..." when the file cannot be read or understood.
std::vector<Record> read_case_file(const std::string& path);

void write_case_file(const std::string& path, const std::vector<Record>& records);

}  // namespace geode::test
