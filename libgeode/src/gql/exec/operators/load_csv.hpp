#pragma once

#include <optional>
#include <string>
#include <vector>

#include "file/csv_reader.hpp"
#include "gql/exec/evaluate.hpp"
#include "gql/exec/operators/row_expander.hpp"

namespace geode::gql::exec {

/// Reads a CSV file for each row of its input and gives a row for each of the file's. It holds one
/// batch and the reader's buffer, however large the file is.
class LoadCsvOperator final : public Operator {
 public:
  /// Where they go, or -1.
  struct Columns {
    int row = -1, line = -1, file = -1;
  };
  LoadCsvOperator(OperatorPtr input, ColumnSources sources, Evaluator source, bool headers,
                  char separator, Columns columns);
  void open(ExecutionContext& context) override;

 protected:
  Batch* next() override;

 private:
  void open_file(std::uint32_t row);
  /// The next row of the file; false at its end.
  bool read_row();

  RowExpander out_;
  Evaluator source_;
  bool headers_;
  char separator_;
  Columns columns_;
  Batch* in_ = nullptr;
  std::size_t position_ = 0;  ///< the input row whose file comes next
  std::optional<file::CsvReader> reader_;
  std::string path_;
  std::vector<Value> rows_, lines_, files_;
};

}  // namespace geode::gql::exec
