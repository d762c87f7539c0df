// Every statement that can be read is printed and read again to the same tree, but that passwords
// are printed as '***'. Statements come on standard input, apart by NUL bytes, as
// statement_texts.py gives them.

#include <algorithm>
#include <cstddef>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>

#include <geode/error.hpp>
#include "gql/syntax/parser.hpp"
#include "gql/syntax/print.hpp"
#include "same_tree.hpp"

namespace {

enum class Outcome { kSame, kRefused, kDifferent };

void hide_passwords(geode::gql::ast::Statement& statement) {
  using namespace geode::gql::ast;
  auto* principal = std::get_if<PrincipalStatement>(&statement.node);
  if (principal == nullptr) return;
  for (const ExpressionPtr* secret : {&principal->password, &principal->old_password}) {
    auto* literal = *secret ? std::get_if<Literal>(&(*secret)->node) : nullptr;
    if (literal != nullptr) literal->value = geode::Value("***");
  }
}

Outcome round_trip(std::string_view text) {
  geode::gql::ast::Statement statement;
  try {
    statement = geode::gql::parse(text);
  } catch (const geode::Error&) {
    return Outcome::kRefused;
  }
  const std::string printed = geode::gql::print(statement);
  hide_passwords(statement);
  std::string what;
  try {
    what = geode::test::difference(statement, geode::gql::parse(printed));
    if (what.empty()) return Outcome::kSame;
  } catch (const geode::Error& error) {
    what = error.render(printed);
  }
  std::cout << "read:    " << text << "\nprinted: " << printed << "\n" << what << "\n\n";
  return Outcome::kDifferent;
}

}  // namespace

int main() {
  const std::string all(std::istreambuf_iterator<char>(std::cin), {});
  std::size_t same = 0, refused = 0, different = 0;
  for (std::size_t at = 0; at < all.size();) {
    const std::size_t end = std::min(all.find('\0', at), all.size());
    switch (round_trip(std::string_view(all).substr(at, end - at))) {
      case Outcome::kSame:
        ++same;
        break;
      case Outcome::kRefused:
        ++refused;
        break;
      case Outcome::kDifferent:
        ++different;
    }
    at = end + 1;
  }
  std::cout << same << " statements printed and read again, " << refused << " refused, "
            << different << " different\n";
  return different == 0 && same > 0 ? 0 : 1;
}
