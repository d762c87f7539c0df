#include "import_run.hpp"

#include <utility>

#include <geode/error.hpp>
#include <geode/session.hpp>
#include "progress.hpp"
#include "value_text.hpp"

namespace geode::cli {

namespace {

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (;;) {
    const std::size_t end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

struct SourceText {
  std::string labels, file;
  std::vector<std::pair<std::string, std::string>> settings;
};

/// Cuts `LABELS=FILE,name=value,...`. A comma belongs to the file's name unless a setting follows
/// it.
SourceText split_source(std::string_view text, const std::vector<std::string>& names,
                        std::string_view form) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0 || equals + 1 == text.size()) {
    throw Error(status::kInvalidArgument,
                "`" + std::string(text) + "` is not of the form " + std::string(form));
  }
  SourceText source;
  source.labels = text.substr(0, equals);
  std::string_view rest = text.substr(equals + 1);
  for (;;) {
    const std::size_t comma = rest.rfind(',');
    if (comma == std::string_view::npos) break;
    const std::string_view setting = rest.substr(comma + 1);
    const std::size_t sign = setting.find('=');
    if (sign == std::string_view::npos) break;
    const std::string name(setting.substr(0, sign));
    bool known = false;
    for (const std::string& candidate : names) known = known || candidate == name;
    if (!known) {
      const std::string nearest = nearest_name(name, names);
      throw Error(status::kInvalidArgument,
                  "unknown setting `" + name + "` in `" + std::string(text) + "`")
          .hint(nearest.empty() ? "the form is " + std::string(form)
                                : "did you mean `" + nearest + "`?");
    }
    source.settings.emplace_back(name, setting.substr(sign + 1));
    rest = rest.substr(0, comma);
  }
  source.file = rest;
  return source;
}

void split_end(std::string_view text, std::string& label, std::string& key) {
  const std::size_t dot = text.find('.');
  label = text.substr(0, dot);
  key = dot == std::string_view::npos ? "" : text.substr(dot + 1);
}

}  // namespace

NodeSource parse_node_source(std::string_view text) {
  const SourceText source = split_source(text, {"key", "join"}, "LABEL[:LABEL]=FILE[,key=COLUMN]");
  NodeSource out;
  out.labels = split(source.labels, ':');
  for (const std::string& label : out.labels) {
    if (label.empty())
      throw Error(status::kInvalidArgument, "empty label in `" + std::string(text) + "`");
  }
  out.file = source.file;
  if (source.settings.size() > 1) {
    throw Error(status::kInvalidArgument,
                "`" + std::string(text) + "` has more than one of key= and join=");
  }
  for (const auto& [name, value] : source.settings) {
    out.key = value;
    out.keep_key = name == "key";
  }
  return out;
}

EdgeSource parse_edge_source(std::string_view text) {
  static constexpr std::string_view kForm = "LABEL=FILE,from=LABEL[.KEY],to=LABEL[.KEY]";
  const SourceText source = split_source(text, {"from", "to"}, kForm);
  EdgeSource out;
  out.label = source.labels;
  out.file = source.file;
  for (const auto& [name, value] : source.settings) {
    if (name == "from") {
      split_end(value, out.from_label, out.from_key);
    } else {
      split_end(value, out.to_label, out.to_key);
    }
  }
  if (out.from_label.empty() || out.to_label.empty()) {
    throw Error(status::kInvalidArgument,
                "`" + std::string(text) + "` does not tell which nodes the edges connect")
        .hint("the form is " + std::string(kForm));
  }
  return out;
}

void parse_on_error(std::string_view text, ImportOptions& options) {
  if (text == "stop") {
    options.on_error = OnError::kStop;
  } else if (text == "skip") {
    options.on_error = OnError::kSkip;
  } else if (text.starts_with("log=") && text.size() > 4) {
    options.on_error = OnError::kLog;
    options.error_file = text.substr(4);
  } else {
    throw Error(status::kInvalidArgument,
                "--on-error is stop, skip or log=FILE, not `" + std::string(text) + "`");
  }
}

void parse_types(std::string_view text, std::vector<std::pair<std::string, std::string>>& types) {
  for (const std::string& part : split(text, ',')) {
    const std::size_t equals = part.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == part.size()) {
      throw Error(status::kInvalidArgument, "`" + part + "` is not of the form column=TYPE");
    }
    types.emplace_back(part.substr(0, equals), part.substr(equals + 1));
  }
}

char parse_delimiter(std::string_view text) {
  if (text == "\\t" || text == "tab") return '\t';
  if (text.size() == 1) return text.front();
  throw Error(status::kInvalidArgument,
              "the delimiter is one character or `tab`, not `" + std::string(text) + "`");
}

ImportReport run_import(Database& database, ImportOptions options, bool show_progress,
                        const std::function<bool()>& stopped) {
  ProgressBar bar(show_progress);
  options.progress = [&](const ImportProgress& progress) {
    bar.update(progress.step.empty() ? "import" : progress.step, progress.bytes_read,
               progress.bytes_total, progress.nodes + progress.edges, "rows");
    return !stopped();
  };
  return import_files(database, options);
}

std::string describe(const ImportReport& report) {
  std::string out = "imported " + counted(report.nodes, "node") + " and " +
                    counted(report.edges, "edge") + " in " + duration_text(report.seconds);
  if (report.seconds > 0) {
    out += " (" + bytes_text(report.bytes_read) + ", " +
           short_count(static_cast<double>(report.nodes + report.edges) / report.seconds) +
           " rows/s)";
  }
  if (report.rejected > 0) out += "; " + counted(report.rejected, "row") + " rejected";
  return out;
}

}  // namespace geode::cli
