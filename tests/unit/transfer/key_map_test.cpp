#include "transfer/key_map.hpp"

#include <random>
#include <string>
#include <unordered_map>

#include <catch2/catch.hpp>

using geode::transfer::KeyMap;

TEST_CASE("a key map finds what was inserted, frozen or not", "[transfer]") {
  std::mt19937_64 random(1);
  for (const bool dense : {false, true}) {
    KeyMap map;
    std::unordered_map<std::int64_t, std::uint32_t> integers;
    std::unordered_map<std::string, std::uint32_t> texts;
    for (std::uint32_t i = 0; i < 20000; ++i) {
      const auto key = static_cast<std::int64_t>(dense ? random() % 30000 - 500 : random());
      CHECK(map.insert(key, i) == integers.try_emplace(key, i).second);
      const std::string text = "key " + std::to_string(random() % 30000);
      CHECK(map.insert(text, i) == texts.try_emplace(text, i).second);
    }
    for (int round = 0; round < 2; ++round) {
      for (const auto& [key, node] : integers) REQUIRE(map.find(key) == node);
      for (const auto& [key, node] : texts) REQUIRE(map.find(key) == node);
      for (const std::int64_t absent : {std::int64_t{INT64_MIN}, std::int64_t{40000}}) {
        CHECK(map.find(absent) == KeyMap::kNone);
      }
      CHECK(map.find("none") == KeyMap::kNone);
      map.freeze();
    }
  }
}
