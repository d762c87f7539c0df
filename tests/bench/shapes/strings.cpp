#include <algorithm>
#include <numeric>
#include <unordered_map>
#include <unordered_set>

#include "shapes/shape.hpp"

// Documents whose titles are all different, with authors and languages that are not.

namespace geode::bench {

namespace {

struct Data {
  std::vector<std::string> title, author, language;
  std::string prefix, word;
};

template <class Test>
std::string count_titles(const Data& data, Test test) {
  return std::to_string(std::count_if(data.title.begin(), data.title.end(), test));
}

std::string busiest(const Data& data) {
  std::unordered_map<std::string_view, std::int64_t> count;
  for (const std::string& author : data.author) ++count[author];
  std::vector<std::pair<std::int64_t, std::string_view>> rows;
  for (const auto& [author, n] : count) rows.emplace_back(-n, author);
  std::sort(rows.begin(), rows.end());
  rows.resize(std::min<std::size_t>(rows.size(), 5));
  std::string text;
  for (const auto& [n, author] : rows) {
    append_row(text, {std::string(author), std::to_string(-n)});
  }
  return text;
}

std::string first_titles(const Data& data) {
  std::vector<std::uint32_t> order(data.title.size());
  std::iota(order.begin(), order.end(), 0U);
  const std::size_t count = std::min<std::size_t>(order.size(), 5);
  std::partial_sort(
      order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count), order.end(),
      [&](std::uint32_t a, std::uint32_t b) { return data.title[a] < data.title[b]; });
  std::string text;
  for (std::size_t i = 0; i < count; ++i) append_row(text, {std::to_string(order[i])});
  return text;
}

std::string authors(const Data& data) {
  return std::to_string(
      std::unordered_set<std::string_view>(data.author.begin(), data.author.end()).size());
}

std::string lengths(const Data& data) {
  std::vector<std::int64_t> sum(5);
  for (std::size_t i = 0; i < data.title.size(); ++i) {
    sum[static_cast<std::size_t>(data.language[i][1] - '0')] +=
        static_cast<std::int64_t>(data.title[i].size());
  }
  std::string text;
  for (std::uint32_t l = 0; l < sum.size(); ++l) {
    if (sum[l] == 0) continue;
    append_row(text, {tagged("l", l), std::to_string(sum[l])});
  }
  return text;
}

std::string make_word(Numbers& numbers) {
  static const char* const kSyllables[] = {"an", "bel", "cor", "dan", "el",  "fin", "gar", "hal",
                                           "is", "jor", "kal", "lor", "mar", "nor", "ol",  "per"};
  std::string word;
  for (std::uint32_t i = 1 + numbers.below(3); i > 0; --i) word += kSyllables[numbers.below(16)];
  return word;
}

}  // namespace

Shape strings(std::uint32_t elements) {
  auto data = std::make_shared<Data>();
  const std::uint32_t documents = elements / 4 + 100;
  Numbers numbers(17);
  std::vector<std::string> words, names;
  for (int i = 0; i < 2000; ++i) words.push_back(make_word(numbers));
  for (int i = 0; i < 1000; ++i) names.push_back(make_word(numbers) + " " + make_word(numbers));
  for (std::uint32_t i = 0; i < documents; ++i) {
    std::string title;
    for (std::uint32_t k = 3 + numbers.below(6); k > 0; --k)
      title += words[numbers.below(2000)] + " ";
    data->title.push_back(title + std::to_string(i));
    data->author.push_back(names[numbers.skewed(1000)]);
    data->language.push_back(tagged("l", numbers.below(5)));
  }
  data->prefix = data->title[3].substr(0, 5);
  data->word = " " + words[42] + " ";
  Shape shape;
  shape.name = "strings";
  shape.nodes = {{{"Document"},
                  documents,
                  {},
                  {{"title", {}, data->title},
                   {"author", {}, data->author},
                   {"language", {}, data->language}}}};
  const Data& d = *data;
  shape.questions = {
      {"prefix",
       "MATCH (d:Document) WHERE d.title STARTS WITH $p RETURN count(*)",
       {{"p", data->prefix}},
       [&d] { return count_titles(d, [&](const auto& t) { return t.starts_with(d.prefix); }); }},
      {"contains",
       "MATCH (d:Document) WHERE d.title CONTAINS $w RETURN count(*)",
       {{"w", data->word}},
       [&d] {
         return count_titles(d, [&](const auto& t) { return t.find(d.word) != std::string::npos; });
       }},
      {"equal",
       "MATCH (d:Document) WHERE d.title = $t RETURN d.id",
       {{"t", data->title.back()}},
       [&d] {
         const auto found = std::find(d.title.begin(), d.title.end(), d.title.back());
         return std::to_string(found - d.title.begin());
       }},
      {"busiest",
       "MATCH (d:Document) RETURN d.author AS a, count(*) AS n ORDER BY n DESC, a LIMIT 5",
       {},
       [&d] { return busiest(d); }},
      {"first_titles",
       "MATCH (d:Document) RETURN d.id AS id ORDER BY d.title LIMIT 5",
       {},
       [&d] { return first_titles(d); }},
      {"authors",
       "MATCH (d:Document) RETURN count(DISTINCT d.author)",
       {},
       [&d] { return authors(d); }},
      {"lengths",
       "MATCH (d:Document) RETURN d.language AS l, sum(char_length(d.title)) AS s ORDER BY l",
       {},
       [&d] { return lengths(d); }},
  };
  shape.data = std::move(data);
  return shape;
}

}  // namespace geode::bench
