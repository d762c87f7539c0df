#include "gql/function/string_normalize.hpp"

#include <cstdlib>
#include <memory>

#include <utf8proc.h>

#include <geode/error.hpp>
#include "gql/function/characters.hpp"

namespace geode::gql {

std::optional<NormalForm> find_normal_form(std::string_view name) {
  const std::string upper = to_upper(name);
  if (upper == "NFC") return NormalForm::kNfc;
  if (upper == "NFD") return NormalForm::kNfd;
  if (upper == "NFKC") return NormalForm::kNfkc;
  if (upper == "NFKD") return NormalForm::kNfkd;
  return std::nullopt;
}

std::string normalize(std::string_view text, NormalForm form) {
  if (is_ascii(text)) return std::string(text);
  int options = UTF8PROC_STABLE;
  switch (form) {
    case NormalForm::kNfc:
      options |= UTF8PROC_COMPOSE;
      break;
    case NormalForm::kNfd:
      options |= UTF8PROC_DECOMPOSE;
      break;
    case NormalForm::kNfkc:
      options |= UTF8PROC_COMPOSE | UTF8PROC_COMPAT;
      break;
    case NormalForm::kNfkd:
      options |= UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT;
      break;
  }
  utf8proc_uint8_t* bytes = nullptr;
  const utf8proc_ssize_t size = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                             static_cast<utf8proc_ssize_t>(text.size()), &bytes,
                                             static_cast<utf8proc_option_t>(options));
  const std::unique_ptr<utf8proc_uint8_t, void (*)(void*)> owner(bytes, std::free);
  if (size < 0) {
    throw Error(status::kDataException,
                std::string("a string cannot be normalized: ") + utf8proc_errmsg(size));
  }
  return std::string(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
}

}  // namespace geode::gql
