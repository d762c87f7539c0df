#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace geode::gql {

/// The normalization forms of Unicode.
enum class NormalForm : unsigned char { kNfc, kNfd, kNfkc, kNfkd };

/// "NFC" and its siblings, in any case.
std::optional<NormalForm> find_normal_form(std::string_view name);
std::string normalize(std::string_view text, NormalForm form);

}  // namespace geode::gql
