#include "base/utf8.hpp"

#include <random>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace geode::base;

TEST_CASE("well-formed text is told from malformed text", "[base]") {
  for (const char* good : {"", "plain ascii, more than eight bytes", "æøå", "日本語", "👩‍💻",
                           "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf",
                           "\xee\x80\x80", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    CAPTURE(good);
    CHECK(utf8_valid(good));
  }
  for (const char* bad :
       {"\x80", "\xc0\xaf", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xed\xbf\xbf",
        "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "a\xc3", "abc\xe6\x97",
        "abcdefgh\xf0\x9f\x91", "\xc3(", "\xe2\x82("}) {
    CAPTURE(bad);
    CHECK_FALSE(utf8_valid(bad));
  }
  CHECK(utf8_valid_prefix("ab\xc3\xa9\xff") == 4);
}

TEST_CASE("code points of random text are counted, cut and walked both ways", "[base]") {
  const unsigned seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  const std::vector<char32_t> some = {'a',    'z',    0x7f,   0x80,    0x7ff,   0x800,
                                      0xd7ff, 0xe000, 0xffff, 0x10000, 0x10ffff};
  for (int round = 0; round < 500; ++round) {
    std::vector<char32_t> points(random() % 40);
    std::string text;
    std::vector<std::size_t> starts;
    for (char32_t& c : points) {
      c = some[random() % some.size()];
      starts.push_back(text.size());
      utf8_append(text, c);
    }
    starts.push_back(text.size());
    CAPTURE(text);
    REQUIRE(utf8_valid(text));
    REQUIRE(utf8_count(text) == points.size());
    for (std::size_t i = 0; i < starts.size(); ++i) REQUIRE(utf8_offset(text, i) == starts[i]);
    REQUIRE(utf8_offset(text, points.size() + 3) == text.size());

    std::vector<char32_t> forward, backward;
    for (std::size_t at = 0; at < text.size();) forward.push_back(utf8_next(text, at));
    for (std::size_t at = text.size(); at > 0;)
      backward.insert(backward.begin(), utf8_previous(text, at));
    REQUIRE(forward == points);
    REQUIRE(backward == points);

    const std::size_t from = random() % 45, count = random() % 45;
    std::string expected;
    for (std::size_t i = from; i < points.size() && i < from + count; ++i)
      utf8_append(expected, points[i]);
    REQUIRE(utf8_substr(text, from, count) == expected);
  }
}

TEST_CASE("malformed bytes are replacement characters, one a byte", "[base]") {
  const std::string text = "a\xff\xc3z";
  std::size_t at = 1;
  CHECK(utf8_next(text, at) == 0xfffd);
  CHECK(utf8_next(text, at) == 0xfffd);
  CHECK(utf8_next(text, at) == U'z');
  std::string out;
  utf8_append(out, 0xd800);
  utf8_append(out, 0x110000);
  CHECK(out == "\xef\xbf\xbd\xef\xbf\xbd");
}

TEST_CASE("the width on a terminal counts wide characters twice and combining marks not at all",
          "[base]") {
  CHECK(utf8_width("abc") == 3);
  CHECK(utf8_width("日本") == 4);
  CHECK(utf8_width("e\xcc\x81") == 1);
  CHECK(utf8_width("é") == 1);
  CHECK(utf8_width("😀") == 2);
}
