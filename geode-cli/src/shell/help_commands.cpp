#include <charconv>

#include <geode/error.hpp>
#include "shell/doctor.hpp"
#include "shell/meta_commands.hpp"
#include "shell/shell.hpp"

namespace geode::cli {

namespace {

struct Step {
  std::string_view text;
  std::string_view statement;
};

constexpr Step kSteps[] = {
    {"A graph is nodes and edges between them. This puts a small one into the open database:",
     ".sample social"},
    {"Labels say what a node is, properties what is known of it. `:` stands before a label:",
     "MATCH (p:Person) RETURN p.name, p.age ORDER BY p.age;"},
    {"Edges are drawn as arrows. Who knows whom, since before 2016?",
     "MATCH (a:Person)-[k:KNOWS]->(b:Person) WHERE k.since < 2016 RETURN a.name, k.since, b.name;"},
    {"A quantifier repeats a part of the pattern: friends of friends, up to three steps away.",
     "MATCH (a:Person {name: 'Ada'})-[:KNOWS]->{1,3}(b) RETURN DISTINCT b.name;"},
    {"INSERT makes nodes and edges, SET changes them, DELETE removes them.",
     "MATCH (a:Person {name: 'Ada'}) INSERT (a)-[:KNOWS {since: 2024}]->(:Person {name: 'Tim'});"},
    {"EXPLAIN shows how a statement will be run; an index makes looking up fast.",
     "EXPLAIN MATCH (p:Person {name: 'Tim'})<-[:KNOWS]-(q) RETURN q.name;"},
};

void tutorial(Shell& shell, const std::vector<std::string>& words, std::string_view) {
  std::size_t step = shell.tutorial_step();
  if (!words.empty()) {
    std::size_t wanted = 0;
    const char* end = words[0].data() + words[0].size();
    const auto parsed = std::from_chars(words[0].data(), end, wanted);
    if (words.size() > 1 || parsed.ec != std::errc() || parsed.ptr != end || wanted < 1 ||
        wanted > std::size(kSteps)) {
      throw Error(status::kInvalidArgument,
                  "the form is .tutorial [1.." + std::to_string(std::size(kSteps)) + "]");
    }
    step = wanted - 1;
  }
  step %= std::size(kSteps);
  const bool last = step + 1 == std::size(kSteps);
  std::string out = "Step " + std::to_string(step + 1) + " of " +
                    std::to_string(std::size(kSteps)) + ". " + std::string(kSteps[step].text) +
                    "\n\n    " + std::string(kSteps[step].statement) + "\n\n";
  out += last
             ? "That was the last step. `.save FILE` keeps what you made, `.help` lists the rest.\n"
             : "Type it, then `.tutorial` for the next step.\n";
  shell.output().write(out);
  shell.output().flush();
  shell.set_tutorial_step(step + 1);
}

void doctor(Shell& shell, const std::vector<std::string>&, std::string_view) {
  std::vector<std::vector<Value>> rows;
  bool damaged = false;
  for (const Finding& finding : examine(shell.target().database())) {
    damaged = damaged || finding.level == Finding::Level::kDamage;
    rows.push_back({finding.name, finding.mark(), finding.text});
  }
  shell.show({"what", "state", "finding"}, rows);
  if (damaged)
    throw Error(status::kCorrupt, "the database is damaged").hint("restore a copy of it");
}

}  // namespace

MetaCommandGroup help_commands() {
  return {"Help",
          {
              {"tutorial", "", "[STEP]", "the language in six steps, one a call", tutorial},
              {"doctor", "", "", "look at the open database: file, limits, damage", doctor},
          }};
}

}  // namespace geode::cli
