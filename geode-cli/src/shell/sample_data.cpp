#include "shell/sample_data.hpp"

namespace geode::cli {

namespace {

constexpr std::string_view kSocial = R"(INSERT
  (ada:Person {name: 'Ada', age: 36, city: 'London'}),
  (grace:Person {name: 'Grace', age: 45, city: 'New York'}),
  (edsger:Person {name: 'Edsger', age: 40, city: 'Rotterdam'}),
  (barbara:Person {name: 'Barbara', age: 29, city: 'Boston'}),
  (alan:Person {name: 'Alan', age: 41, city: 'London'}),
  (radia:Person {name: 'Radia', age: 33, city: 'Boston'}),
  (chess:Interest {name: 'chess'}), (music:Interest {name: 'music'}),
  (hiking:Interest {name: 'hiking'}),
  (ada)-[:KNOWS {since: 2015}]->(grace), (ada)-[:KNOWS {since: 2018}]->(alan),
  (grace)-[:KNOWS {since: 2012}]->(edsger), (grace)-[:KNOWS {since: 2020}]->(barbara),
  (edsger)-[:KNOWS {since: 2011}]->(alan), (barbara)-[:KNOWS {since: 2019}]->(radia),
  (radia)-[:KNOWS {since: 2021}]->(ada), (alan)-[:KNOWS {since: 2022}]->(radia),
  (ada)-[:LIKES]->(music), (ada)-[:LIKES]->(chess), (alan)-[:LIKES]->(chess),
  (grace)-[:LIKES]->(hiking),
  (edsger)-[:LIKES]->(music), (radia)-[:LIKES]->(hiking), (barbara)-[:LIKES]->(music))";

constexpr std::string_view kMovies = R"(INSERT
  (metropolis:Movie {title: 'Metropolis', year: 1927}),
  (m:Movie {title: 'M', year: 1931}),
  (maltese:Movie {title: 'The Maltese Falcon', year: 1941}),
  (casablanca:Movie {title: 'Casablanca', year: 1942}),
  (sierra:Movie {title: 'The Treasure of the Sierra Madre', year: 1948}),
  (queen:Movie {title: 'The African Queen', year: 1951}),
  (story:Movie {title: 'The Philadelphia Story', year: 1940}),
  (lang:Person {name: 'Fritz Lang', born: 1890}), (huston:Person {name: 'John Huston', born: 1906}),
  (curtiz:Person {name: 'Michael Curtiz', born: 1886}),
  (cukor:Person {name: 'George Cukor', born: 1899}),
  (helm:Person {name: 'Brigitte Helm', born: 1908}),
  (lorre:Person {name: 'Peter Lorre', born: 1904}),
  (bogart:Person {name: 'Humphrey Bogart', born: 1899}),
  (bergman:Person {name: 'Ingrid Bergman', born: 1915}),
  (hepburn:Person {name: 'Katharine Hepburn', born: 1907}),
  (grant:Person {name: 'Cary Grant', born: 1904}),
  (lang)-[:DIRECTED]->(metropolis), (lang)-[:DIRECTED]->(m), (huston)-[:DIRECTED]->(maltese),
  (huston)-[:DIRECTED]->(sierra), (huston)-[:DIRECTED]->(queen), (curtiz)-[:DIRECTED]->(casablanca),
  (cukor)-[:DIRECTED]->(story),
  (helm)-[:ACTED_IN {role: 'Maria'}]->(metropolis), (lorre)-[:ACTED_IN {role: 'Hans Beckert'}]->(m),
  (lorre)-[:ACTED_IN {role: 'Joel Cairo'}]->(maltese),
  (lorre)-[:ACTED_IN {role: 'Ugarte'}]->(casablanca),
  (bogart)-[:ACTED_IN {role: 'Sam Spade'}]->(maltese),
  (bogart)-[:ACTED_IN {role: 'Rick Blaine'}]->(casablanca),
  (bogart)-[:ACTED_IN {role: 'Fred C. Dobbs'}]->(sierra),
  (bogart)-[:ACTED_IN {role: 'Charlie Allnut'}]->(queen),
  (bergman)-[:ACTED_IN {role: 'Ilsa Lund'}]->(casablanca),
  (hepburn)-[:ACTED_IN {role: 'Rose Sayer'}]->(queen),
  (hepburn)-[:ACTED_IN {role: 'Tracy Lord'}]->(story),
  (grant)-[:ACTED_IN {role: 'C. K. Dexter Haven'}]->(story))";

}  // namespace

std::string_view sample_statement(std::string_view name) {
  if (name == "social") return kSocial;
  if (name == "movies") return kMovies;
  return "";
}

}  // namespace geode::cli
