#include <algorithm>

#include "renderers/lines.hpp"
#include "text_width.hpp"
#include "value_text.hpp"

namespace geode::cli {

namespace {

void append_cell(std::string& out, std::string_view text) {
  out += "| ";
  for (const char c : text) {
    switch (c) {
      case '|':
        out += "\\|";
        break;
      case '\n':
        out += "<br>";
        break;
      case '\r':
        break;
      default:
        out += c;
    }
  }
  out += ' ';
}

class MarkdownRenderer final : public Renderer {
 public:
  MarkdownRenderer(const RenderOptions& options, Output& output)
      : options_(options), output_(output) {}

  /// The names come with the first row, when it is known which columns hold numbers.
  void begin(const std::vector<std::string>& columns) override { columns_ = columns; }

  void row(std::span<const Value> values) override {
    if (!begun_) write_header(values);
    line_.clear();
    for (const Value& value : values) {
      append_cell(line_, cell_text(value, options_.null_text.value_or("null")));
    }
    line_ += "|\n";
    output_.write(line_);
  }

  void end() override {
    if (!begun_) write_header({});
  }

 private:
  void write_header(std::span<const Value> first_row) {
    begun_ = true;
    line_.clear();
    for (const std::string& name : columns_) append_cell(line_, name);
    line_ += "|\n";
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const bool numeric = i < first_row.size() && first_row[i].is_number();
      line_ += numeric ? "|---:" : "|---";
    }
    line_ += "|\n";
    output_.write(line_);
  }

  const RenderOptions options_;
  Output& output_;
  std::vector<std::string> columns_;
  bool begun_ = false;
  std::string line_;
};

class LineRenderer final : public Renderer {
 public:
  LineRenderer(const RenderOptions& options, Output& output) : options_(options), output_(output) {}

  void begin(const std::vector<std::string>& columns) override {
    for (const std::string& name : columns) {
      names_.push_back(printable(name));
      width_ = std::max(width_, display_width(names_.back()));
    }
  }

  void row(std::span<const Value> values) override {
    line_.clear();
    if (!first_) line_ += '\n';
    first_ = false;
    for (std::size_t i = 0; i < values.size(); ++i) {
      line_.append(width_ - display_width(names_[i]), ' ');
      line_ += names_[i];
      line_ += " = ";
      line_ += printable(cell_text(values[i], options_.null_text.value_or("null")));
      line_ += '\n';
    }
    output_.write(line_);
  }

  void end() override {}

 private:
  const RenderOptions options_;
  Output& output_;
  std::vector<std::string> names_;
  std::size_t width_ = 0;
  bool first_ = true;
  std::string line_;
};

}  // namespace

std::unique_ptr<Renderer> make_markdown_renderer(const RenderOptions& options, Output& output) {
  return std::make_unique<MarkdownRenderer>(options, output);
}

std::unique_ptr<Renderer> make_line_renderer(const RenderOptions& options, Output& output) {
  return std::make_unique<LineRenderer>(options, output);
}

}  // namespace geode::cli
