#include "csv_field.hpp"
#include "renderers/lines.hpp"
#include "value_text.hpp"

namespace geode::cli {

namespace {

void append_tsv_field(std::string& out, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '\t':
        out += "\\t";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\\':
        out += "\\\\";
        break;
      default:
        out += c;
    }
  }
}

class DelimitedRenderer final : public Renderer {
 public:
  using AppendField = void (*)(std::string&, std::string_view);
  DelimitedRenderer(char delimiter, AppendField append, const RenderOptions& options,
                    Output& output)
      : delimiter_(delimiter), append_(append), options_(options), output_(output) {}

  void begin(const std::vector<std::string>& columns) override {
    header_.clear();
    if (!options_.headers) return;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (i > 0) header_ += delimiter_;
      append_(header_, columns[i]);
    }
    header_ += '\n';
  }

  void row(std::span<const Value> values) override {
    write_header();
    line_.clear();
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i > 0) line_ += delimiter_;
      if (values[i].is_null()) {
        line_ += options_.null_text.value_or("");
      } else if (values[i].type() == ValueType::kString) {
        append_(line_, values[i].as_string());
      } else {
        append_(line_, values[i].to_string());
      }
    }
    line_ += '\n';
    output_.write(line_);
  }

  void end() override { write_header(); }

 private:
  /// The header waits for the first row or the end, so that a statement that ends with an error
  /// before has no output.
  void write_header() {
    output_.write(header_);
    header_.clear();
  }

  const char delimiter_;
  const AppendField append_;
  const RenderOptions options_;
  Output& output_;
  std::string header_, line_;
};

}  // namespace

std::unique_ptr<Renderer> make_csv_renderer(const RenderOptions& options, Output& output) {
  return std::make_unique<DelimitedRenderer>(
      ',', [](std::string& out, std::string_view text) { append_csv_field(out, text); }, options,
      output);
}

std::unique_ptr<Renderer> make_tsv_renderer(const RenderOptions& options, Output& output) {
  return std::make_unique<DelimitedRenderer>('\t', append_tsv_field, options, output);
}

}  // namespace geode::cli
