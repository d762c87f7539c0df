#include "renderers/grid.hpp"

#include <algorithm>

#include "terminal.hpp"
#include "text_width.hpp"
#include "value_text.hpp"

namespace geode::cli {

namespace {

struct Border {
  std::string_view left, line, joint, right;
};

struct GridStyle {
  Border top, middle, bottom;
  std::string_view bar;
  bool types;
};

constexpr GridStyle kBoxStyle{
    {"┌", "─", "┬", "┐"}, {"├", "─", "┼", "┤"}, {"└", "─", "┴", "┘"}, "│", true};
constexpr GridStyle kTableStyle{
    {"+", "-", "+", "+"}, {"+", "-", "+", "+"}, {"+", "-", "+", "+"}, "|", false};

/// Rows that are kept to find out widths and types. Longer tables go on with these: a wider cell
/// further down sticks out, unless the table must fit a screen.
constexpr std::size_t kMeasuredRows = 5000;
constexpr std::size_t kMinimumWidth = 4;

struct Column {
  std::string name;
  std::string type;  // "" until a value that is not null was seen
  bool numeric = true;
  std::size_t width = 0;
};

class GridRenderer final : public Renderer {
 public:
  GridRenderer(const GridStyle& style, const RenderOptions& options, Output& output)
      : style_(style), options_(options), output_(output) {}

  void begin(const std::vector<std::string>& columns) override {
    for (const std::string& name : columns) {
      Column column;
      column.name = printable(name);
      columns_.push_back(std::move(column));
    }
  }

  void row(std::span<const Value> values) override {
    std::vector<Cell> cells;
    cells.reserve(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!laid_out_) note_type(columns_[i], values[i]);
      cells.push_back({printable(cell_text(values[i], options_.null_text.value_or("null"))),
                       values[i].is_null()});
    }
    if (laid_out_) {
      write_row(cells);
      return;
    }
    rows_.push_back(std::move(cells));
    if (rows_.size() == kMeasuredRows) lay_out();
  }

  void end() override {
    if (!laid_out_) lay_out();
    write_border(style_.bottom);
  }

 private:
  struct Cell {
    std::string text;
    bool is_null;
  };

  static void note_type(Column& column, const Value& value) {
    if (value.is_null()) return;
    column.numeric = column.numeric && value.is_number();
    const std::string_view type = type_name(value.type());
    if (column.type.empty()) {
      column.type = type;
    } else if (column.type != type) {
      column.type = "ANY";
    }
  }

  void lay_out() {
    laid_out_ = true;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      Column& column = columns_[i];
      if (column.type.empty()) {
        column.type = "NULL";
        column.numeric = false;
      }
      if (options_.headers) {
        column.width = display_width(column.name);
        if (style_.types) column.width = std::max(column.width, column.type.size());
      }
      for (const auto& cells : rows_) {
        column.width = std::max(column.width, display_width(cells[i].text));
      }
    }
    if (options_.max_width > 0) shrink_to(options_.max_width);

    write_border(style_.top);
    if (options_.headers) {
      write_header();
      write_border(style_.middle);
    }
    for (const auto& cells : rows_) write_row(cells);
    rows_.clear();
    rows_.shrink_to_fit();
  }

  /// Takes width from the widest columns, so that narrow ones stay readable.
  void shrink_to(std::size_t width) {
    const std::size_t frame = 3 * columns_.size() + 1;
    const std::size_t room = width > frame ? width - frame : 0;
    std::size_t used = 0;
    std::size_t widest = 0;
    for (const Column& column : columns_) {
      used += column.width;
      widest = std::max(widest, column.width);
    }
    if (used <= room) return;
    const auto used_with = [&](std::size_t limit) {
      std::size_t sum = 0;
      for (const Column& column : columns_) sum += std::min(column.width, limit);
      return sum;
    };
    std::size_t low = kMinimumWidth;
    std::size_t high = widest;
    while (low < high) {
      const std::size_t limit = (low + high + 1) / 2;
      if (used_with(limit) <= room) {
        low = limit;
      } else {
        high = limit - 1;
      }
    }
    std::size_t spare = room - std::min(room, used_with(low));
    for (Column& column : columns_) {
      const std::size_t wanted = column.width;
      column.width = std::min(wanted, low);
      if (wanted > low && spare > 0) {
        const std::size_t more = std::min(spare, wanted - low);
        column.width += more;
        spare -= more;
      }
    }
  }

  void write_border(const Border& border) {
    line_ = border.left;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (i > 0) line_ += border.joint;
      for (std::size_t n = 0; n < columns_[i].width + 2; ++n) line_ += border.line;
    }
    line_ += border.right;
    line_ += '\n';
    output_.write(line_);
  }

  void append_cell(const Column& column, std::string_view text, std::string_view code) {
    std::string fitted;
    if (options_.max_width > 0) {
      fitted = fit_to_width(text, column.width);
      text = fitted;
    }
    const std::size_t width = display_width(text);
    const std::size_t padding = column.width - std::min(column.width, width);
    line_ += style_.bar;
    line_ += ' ';
    if (column.numeric) line_.append(padding, ' ');
    line_ += paint(options_.color && !code.empty(), code, text);
    if (!column.numeric) line_.append(padding, ' ');
    line_ += ' ';
  }

  void end_line() {
    line_ += style_.bar;
    line_ += '\n';
    output_.write(line_);
  }

  void write_header() {
    line_.clear();
    for (const Column& column : columns_) append_cell(column, column.name, color::kBold);
    end_line();
    if (!style_.types) return;
    line_.clear();
    for (const Column& column : columns_) append_cell(column, column.type, color::kDim);
    end_line();
  }

  void write_row(const std::vector<Cell>& cells) {
    line_.clear();
    for (std::size_t i = 0; i < cells.size(); ++i) {
      append_cell(columns_[i], cells[i].text, cells[i].is_null ? color::kDim : std::string_view());
    }
    end_line();
  }

  const GridStyle& style_;
  const RenderOptions options_;
  Output& output_;
  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
  bool laid_out_ = false;
  std::string line_;
};

}  // namespace

std::unique_ptr<Renderer> make_box_renderer(const RenderOptions& options, Output& output) {
  return std::make_unique<GridRenderer>(kBoxStyle, options, output);
}

std::unique_ptr<Renderer> make_table_renderer(const RenderOptions& options, Output& output) {
  return std::make_unique<GridRenderer>(kTableStyle, options, output);
}

}  // namespace geode::cli
