#include "file/csv_reader.hpp"

#include <random>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include <geode/error.hpp>
#include "text_file.hpp"

using namespace geode;
using namespace geode::file;
using geode::test::write_file;

namespace {

using Rows = std::vector<std::vector<std::string>>;

/// Every row, bad ones as {"!line:column message"}.
Rows read_all(CsvReader& reader) {
  Rows out;
  for (;;) {
    const RowStatus status = reader.next();
    if (status == RowStatus::kEnd) return out;
    std::vector<std::string>& row = out.emplace_back();
    if (status == RowStatus::kBad) {
      const BadRow& bad = reader.problem();
      row.push_back("!" + std::to_string(bad.line) + ":" + std::to_string(bad.column) + " " +
                    bad.message);
      continue;
    }
    for (const CsvField& field : reader.fields()) row.emplace_back(field.text);
  }
}

Rows read_text(std::string_view text, char delimiter = 0) {
  const test::TempDirectory directory;
  CsvReader reader(write_file(directory, "t.csv", text), delimiter);
  Rows out = read_all(reader);
  out.insert(out.begin(), reader.columns());
  return out;
}

}  // namespace

TEST_CASE("CSV fields are divided by the delimiter and lines by line feeds", "[transfer]") {
  CHECK(read_text("a,b\n1,2\n3,\n") == Rows{{"a", "b"}, {"1", "2"}, {"3", ""}});
  CHECK(read_text("a,b\r\n1,2\r\n3,4") == Rows{{"a", "b"}, {"1", "2"}, {"3", "4"}});
  CHECK(read_text("a\nx\n\n\r\ny\n") == Rows{{"a"}, {"x"}, {"y"}});
  CHECK(read_text("\xef\xbb\xbf"
                  "a,b\n1,2\n") == Rows{{"a", "b"}, {"1", "2"}});
  CHECK(read_text("a,b\n x , y \n") == Rows{{"a", "b"}, {" x ", " y "}});
  CHECK(read_text("a,b") == Rows{{"a", "b"}});
}

TEST_CASE("CSV fields in quotes hold delimiters, line breaks and quotes", "[transfer]") {
  CHECK(read_text("a,b\n\"1,2\",\"x\"\"y\"\n") == Rows{{"a", "b"}, {"1,2", "x\"y"}});
  CHECK(read_text("a,b\n\"l1\r\nl2\",\"\"\n1,2\n") ==
        Rows{{"a", "b"}, {"l1\r\nl2", ""}, {"1", "2"}});
  CHECK(read_text("a,b\n\"\"\"\",\"\"\"\"\"\"\n") == Rows{{"a", "b"}, {"\"", "\"\""}});
  CHECK(read_text("a,b\n1,\"end\"") == Rows{{"a", "b"}, {"1", "end"}});
  CHECK(read_text("a,b\r\n\"1\",\"2\"\r\n") == Rows{{"a", "b"}, {"1", "2"}});
  CHECK(read_text("a,b\n5\" pipe,x\n") == Rows{{"a", "b"}, {"5\" pipe", "x"}});
}

TEST_CASE("the CSV delimiter is found out", "[transfer]") {
  CHECK(read_text("a;b;c\n1,5;2;3\n")[1] == std::vector<std::string>{"1,5", "2", "3"});
  CHECK(read_text("a\tb\n1\t2\n")[1] == std::vector<std::string>{"1", "2"});
  CHECK(read_text("a|b\n1|2\n")[1] == std::vector<std::string>{"1", "2"});
  CHECK(read_text("\"a;x\",b\n1,2\n")[0] == std::vector<std::string>{"a;x", "b"});
  CHECK(read_text("a:b\n1:2\n", ':')[1] == std::vector<std::string>{"1", "2"});
}

TEST_CASE("bad CSV rows are told with line and column, and skipped", "[transfer]") {
  CHECK(read_text("a,b\n1\n2,3\n") ==
        Rows{{"a", "b"}, {"!2:1 expected 2 fields, got 1"}, {"2", "3"}});
  CHECK(read_text("a,b\n1,2,3\n4,5\n") ==
        Rows{{"a", "b"}, {"!2:5 expected 2 fields, got 3"}, {"4", "5"}});
  CHECK(read_text("a,b\n\"x\ny\",1\n\xff,2\n3,4\n") ==
        Rows{{"a", "b"}, {"x\ny", "1"}, {"!4:1 the text is not UTF-8"}, {"3", "4"}});
  CHECK(read_text("a,b\nä,\"ö\n\xc3(\"\n3,4\n") ==
        Rows{{"a", "b"}, {"!3:1 the text is not UTF-8"}, {"3", "4"}});
  CHECK(read_text("a,b\nä,\"x\"y\n3,4\n") ==
        Rows{{"a", "b"}, {"!2:3 there is text behind the closing quote of x"}, {"3", "4"}});
  CHECK(read_text("a,b\n1,2\nö,\"x\n3,4\n") ==
        Rows{{"a", "b"}, {"1", "2"}, {"!3:3 a quote is never closed"}});
}

TEST_CASE("a CSV file needs a header of different names", "[transfer]") {
  CHECK_THROWS_WITH(read_text(""), Catch::Contains("there is no header line"));
  CHECK_THROWS_WITH(read_text("a,b,a\n"), Catch::Contains("two columns have the name a"));
  CHECK_THROWS_WITH(read_text("a,,b\n"), Catch::Contains("t.csv:1:3: a column has no name"));
  CHECK_THROWS_WITH(read_text("\xff\xfe"
                              "a"),
                    Catch::Contains("UTF-16"));
  CHECK_THROWS_WITH(CsvReader("/nonexistent/x.csv"), Catch::Contains("/nonexistent/x.csv"));
}

TEST_CASE("random CSV texts are read back, wherever the buffer ends", "[transfer]") {
  std::mt19937 random(1);
  const test::TempDirectory directory;
  for (int round = 0; round < 4; ++round) {
    const std::size_t columns = 1 + random() % 5;
    Rows rows;
    std::string text;
    for (std::size_t i = 0; i < columns; ++i) {
      text += (i > 0 ? ",c" : "c") + std::to_string(i);
    }
    text += "\n";
    // Beyond two buffers of a megabyte.
    while (text.size() < (std::size_t{9} << 18)) {
      std::vector<std::string>& row = rows.emplace_back();
      for (std::size_t i = 0; i < columns; ++i) {
        std::string field;
        const std::size_t size = random() % 50 == 0 ? random() % 3000 : random() % 20;
        const bool quoted = random() % 3 == 0 || (columns == 1 && size == 0);
        for (std::size_t k = 0; k < size; ++k) {
          static const std::vector<std::string> kPlain{"a", "1", "ö", " ", "€"};
          static const std::vector<std::string> kAny{"a", "\"", ",", "\n", "\r\n", "漢"};
          field += quoted ? kAny[random() % kAny.size()] : kPlain[random() % kPlain.size()];
        }
        if (i > 0) text += ',';
        if (!quoted) {
          text += field;
        } else {
          text += '"';
          for (const char c : field) text += c == '"' ? std::string("\"\"") : std::string(1, c);
          text += '"';
        }
        row.push_back(std::move(field));
      }
      text += random() % 2 == 0 ? "\n" : "\r\n";
    }
    CsvReader reader(write_file(directory, "random.csv", text), ',');
    CHECK(read_all(reader) == rows);
    reader.rewind();
    CHECK(read_all(reader) == rows);
  }
}
