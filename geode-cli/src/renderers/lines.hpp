#pragma once

#include <memory>

#include "renderers/renderer.hpp"

namespace geode::cli {

/// Forms that write each row when it comes. CSV as RFC 4180 has it, with \n; an empty string is ""
/// there, so that it differs from null. TSV with \t, \n and \\ escaped.
std::unique_ptr<Renderer> make_csv_renderer(const RenderOptions& options, Output& output);
std::unique_ptr<Renderer> make_tsv_renderer(const RenderOptions& options, Output& output);
std::unique_ptr<Renderer> make_markdown_renderer(const RenderOptions& options, Output& output);
/// One `name = value` a line, an empty line between rows.
std::unique_ptr<Renderer> make_line_renderer(const RenderOptions& options, Output& output);
/// A JSON array of objects, or an object a line.
std::unique_ptr<Renderer> make_json_renderer(Output& output);
std::unique_ptr<Renderer> make_jsonl_renderer(Output& output);

}  // namespace geode::cli
