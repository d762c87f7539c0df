#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <geode/value.hpp>
#include "output.hpp"

namespace geode::cli {

enum class Format { kBox, kTable, kCsv, kTsv, kJson, kJsonl, kMarkdown, kLine };

/// The names users give formats, in the order of Format.
const std::vector<std::string>& format_names();
std::optional<Format> format_of(std::string_view name);
std::string_view name_of(Format format);
/// True for the forms that programs read: no talk among the rows, errors as JSON.
inline bool is_json(Format format) { return format == Format::kJson || format == Format::kJsonl; }

struct RenderOptions {
  std::optional<std::string> null_text;  ///< absent: what is usual for the format
  bool headers = true;
  std::size_t max_width = 0;  ///< columns of the screen; 0: as wide as it takes
  bool color = false;
};

/// Writes one binding table.
class Renderer {
 public:
  virtual ~Renderer() = default;
  virtual void begin(const std::vector<std::string>& columns) = 0;
  virtual void row(std::span<const Value> values) = 0;
  virtual void end() = 0;
};

std::unique_ptr<Renderer> make_renderer(Format format, const RenderOptions& options,
                                        Output& output);

}  // namespace geode::cli
