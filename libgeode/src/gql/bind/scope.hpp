#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gql/bind/bound/expression.hpp"

namespace geode::gql {

/// The columns of a table, when they are known.
using TableColumns = std::vector<std::pair<std::string, value::Type>>;

/// What LOAD CSV knows of the row at hand, for linenumber() and file().
struct FileRow {
  bound::VariableId line = bound::kNoVariable;
  bound::VariableId file = bound::kNoVariable;
};

/// What a name stands for at one place of a statement.
struct Binding {
  bound::VariableId variable = bound::kNoVariable;
  /// A group variable of a quantified path pattern: seen from outside it is a list, and its
  /// properties are lists of properties.
  bool group = false;
  /// Set instead of `variable`: the name is short for this expression (LET .. IN).
  std::shared_ptr<const bound::Expression> substitute;
  /// The name of a table: a list of records with these columns.
  std::shared_ptr<const TableColumns> table = nullptr;
};

/// The names that are visible at one place: its own, then those of the scope around it.
class Scope {
 public:
  explicit Scope(const Scope* outer = nullptr) : outer_(outer) {}

  /// The innermost binding of `name`, or null.
  const Binding* find(std::string_view name) const;
  /// Only among the scope's own names.
  const Binding* find_here(std::string_view name) const;
  /// Adds or replaces one of the scope's own names.
  void declare(std::string name, Binding binding);
  void remove(std::string_view name);

  /// The scope's own names, sorted.
  const std::map<std::string, Binding, std::less<>>& names() const { return names_; }
  /// Every name that find() knows, for hints.
  std::vector<std::string_view> visible_names() const;
  const Scope* outer() const { return outer_; }
  /// Of the nearest LOAD CSV; null when there is none.
  const FileRow* file_row() const {
    return file_row_ ? &*file_row_ : outer_ != nullptr ? outer_->file_row() : nullptr;
  }
  void set_file_row(FileRow row) { file_row_ = row; }

 private:
  const Scope* outer_;
  std::optional<FileRow> file_row_;
  std::map<std::string, Binding, std::less<>> names_;
};

}  // namespace geode::gql
