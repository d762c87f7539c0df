#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <geode/import.hpp>

namespace geode::cli {

/// `LABEL[:LABEL]...=FILE[,key=COLUMN]`, or `,join=COLUMN` for a column that the edges refer to and
/// that becomes no property. The three below throw Error 22023 when the text is of
/// another form.
NodeSource parse_node_source(std::string_view text);
/// `LABEL=FILE,from=LABEL[.KEY],to=LABEL[.KEY]`.
EdgeSource parse_edge_source(std::string_view text);
/// `stop`, `skip` or `log=FILE`.
void parse_on_error(std::string_view text, ImportOptions& options);
/// `column=TYPE[,column=TYPE]...`, added to `types`.
void parse_types(std::string_view text, std::vector<std::pair<std::string, std::string>>& types);
/// One character; `\t` and `tab` are the tabulator.
char parse_delimiter(std::string_view text);

/// Loads with a progress bar when `show_progress`; stops when `stopped` gives true.
ImportReport run_import(Database& database, ImportOptions options, bool show_progress,
                        const std::function<bool()>& stopped);

/// "12,000 nodes and 340,000 edges in 0.8 s (...)".
std::string describe(const ImportReport& report);

}  // namespace geode::cli
