#include "json_writer.hpp"
#include "renderers/lines.hpp"

namespace geode::cli {

namespace {

class JsonRenderer final : public Renderer {
 public:
  JsonRenderer(bool lines, Output& output) : lines_(lines), output_(output) {}

  void begin(const std::vector<std::string>& columns) override {
    columns_ = columns;
    if (!lines_) output_.write("[");
  }

  void row(std::span<const Value> values) override {
    line_.clear();
    if (!lines_ && !first_) line_ += ",\n ";
    first_ = false;
    line_ += '{';
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i > 0) line_ += ',';
      append_json_string(line_, columns_[i]);
      line_ += ':';
      append_json(line_, values[i], JsonForm::kPlain);
    }
    line_ += lines_ ? "}\n" : "}";
    output_.write(line_);
  }

  void end() override {
    if (!lines_) output_.write("]\n");
  }

 private:
  const bool lines_;
  Output& output_;
  std::vector<std::string> columns_;
  bool first_ = true;
  std::string line_;
};

}  // namespace

std::unique_ptr<Renderer> make_json_renderer(Output& output) {
  return std::make_unique<JsonRenderer>(false, output);
}

std::unique_ptr<Renderer> make_jsonl_renderer(Output& output) {
  return std::make_unique<JsonRenderer>(true, output);
}

}  // namespace geode::cli
