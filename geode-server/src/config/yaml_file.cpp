#include "config/yaml_file.hpp"

#include <algorithm>
#include <map>
#include <sstream>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <geode/session.hpp>

namespace geode::server {

namespace {

class YamlReader {
 public:
  YamlReader(const std::string& file_name, std::vector<Error>& problems)
      : file_name_(file_name), problems_(problems) {}

  void read_document(const YAML::Node& document) {
    if (document.IsMap()) {
      read_section(document, "");
    } else if (!document.IsNull()) {
      complain(document.Mark(), "a configuration is made of sections such as `server:`");
    }
  }

  void complain(const YAML::Mark& mark, std::string message, std::string hint = {}) {
    problems_.push_back(
        Error(status::kInvalidArgument, place(mark) + ": " + message).hint(std::move(hint)));
  }

  std::vector<FileEntry> entries;

 private:
  std::string place(const YAML::Mark& mark) const {
    if (mark.is_null()) return file_name_;
    return file_name_ + ":" + std::to_string(mark.line + 1) + ":" + std::to_string(mark.column + 1);
  }

  static bool is_section(const std::string& name) {
    return std::any_of(settings().begin(), settings().end(), [&](const Setting& setting) {
      return setting.name.starts_with(name + ".");
    });
  }

  void read_section(const YAML::Node& section, const std::string& prefix) {
    for (const auto& pair : section) {
      const YAML::Node& key = pair.first;
      const YAML::Node& value = pair.second;
      if (!key.IsScalar()) {
        complain(key.Mark(), "a key is a word");
        continue;
      }
      const std::string name = prefix + key.Scalar();
      const auto [seen, fresh] = seen_.emplace(name, place(key.Mark()));
      if (!fresh) {
        complain(key.Mark(), "`" + name + "` stands here a second time", "first: " + seen->second);
      } else if (const Setting* setting = find_setting(name)) {
        read_setting(*setting, key, value);
      } else if (!is_section(name)) {
        complain_unknown(key.Mark(), name);
      } else if (value.IsMap()) {
        read_section(value, name + ".");
      } else if (!value.IsNull()) {
        complain(value.Mark(), "`" + name + "` is a section of keys, not a value");
      }
    }
  }

  void complain_unknown(const YAML::Mark& mark, const std::string& name) {
    std::vector<std::string> names;
    for (const Setting& setting : settings()) {
      for (std::string each(setting.name); each.find('.') != std::string::npos;
           each = each.substr(0, each.rfind('.'))) {
        names.push_back(each);
      }
      names.emplace_back(setting.name.substr(0, setting.name.find('.')));
    }
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    const std::string nearest = nearest_name(name, names);
    complain(
        mark, "there is no key `" + name + "`",
        nearest.empty() ? "`geode config keys` lists them" : "did you mean `" + nearest + "`?");
  }

  void read_setting(const Setting& setting, const YAML::Node& key, const YAML::Node& value) {
    FileEntry entry{&setting, {}, place(value.Mark())};
    const std::string name(setting.name);
    if (value.IsNull()) {
      // Nothing has no place of its own: the reader has gone on to the next line.
      complain(key.Mark(), "`" + name + "` has no value",
               "leave the key out, or write \"\" for an empty one");
      return;
    }
    if (value.IsScalar()) {
      entry.texts.push_back(value.Scalar());
    } else if (value.IsSequence() && setting.kind == SettingKind::kEndpoints) {
      for (const YAML::Node& item : value) {
        if (!item.IsScalar()) {
          complain(item.Mark(), "an item of `" + name + "` is a host:port");
          return;
        }
        entry.texts.push_back(item.Scalar());
      }
    } else {
      complain(value.Mark(),
               "`" + name + "` is one value: " + std::string(kind_name(setting.kind)));
      return;
    }
    entries.push_back(std::move(entry));
  }

  const std::string& file_name_;
  std::vector<Error>& problems_;
  std::map<std::string, std::string> seen_;  // name -> where it stood first
};

/// Finds where a second document begins. (YAML::LoadAll makes documents without an end of a file
/// that begins with a comma or a bracket that closes.)
class DocumentStarts : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& mark) override { last = mark; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}

  YAML::Mark last;
};

}  // namespace

std::vector<FileEntry> read_yaml(const std::string& text, const std::string& file_name,
                                 std::vector<Error>& problems) {
  YamlReader reader(file_name, problems);
  try {
    reader.read_document(YAML::Load(text));
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    DocumentStarts starts;
    if (parser.HandleNextDocument(starts) && parser.HandleNextDocument(starts))
      reader.complain(starts.last, "a configuration is one document; here a second begins");
  } catch (const YAML::Exception& error) {
    reader.complain(error.mark, "no YAML: " + error.msg);
  }
  return std::move(reader.entries);
}

}  // namespace geode::server
