#pragma once

#include <memory>

#include "renderers/renderer.hpp"

namespace geode::cli {

/// `box`: lines of box-drawing characters and a row of types. `table`: ASCII, names only.
std::unique_ptr<Renderer> make_box_renderer(const RenderOptions& options, Output& output);
std::unique_ptr<Renderer> make_table_renderer(const RenderOptions& options, Output& output);

}  // namespace geode::cli
