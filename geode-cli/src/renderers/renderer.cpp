#include "renderers/renderer.hpp"

#include <algorithm>

#include "renderers/grid.hpp"
#include "renderers/lines.hpp"

namespace geode::cli {

const std::vector<std::string>& format_names() {
  static const std::vector<std::string> kNames = {"box",  "table", "csv",      "tsv",
                                                  "json", "jsonl", "markdown", "line"};
  return kNames;
}

std::optional<Format> format_of(std::string_view name) {
  const auto& names = format_names();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Format>(found - names.begin());
}

std::string_view name_of(Format format) { return format_names()[static_cast<std::size_t>(format)]; }

std::unique_ptr<Renderer> make_renderer(Format format, const RenderOptions& options,
                                        Output& output) {
  switch (format) {
    case Format::kBox:
      return make_box_renderer(options, output);
    case Format::kTable:
      return make_table_renderer(options, output);
    case Format::kCsv:
      return make_csv_renderer(options, output);
    case Format::kTsv:
      return make_tsv_renderer(options, output);
    case Format::kJson:
      return make_json_renderer(output);
    case Format::kJsonl:
      return make_jsonl_renderer(output);
    case Format::kMarkdown:
      return make_markdown_renderer(options, output);
    case Format::kLine:
      return make_line_renderer(options, output);
  }
  return nullptr;
}

}  // namespace geode::cli
