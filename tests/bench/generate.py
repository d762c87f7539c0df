#!/usr/bin/env python3
"""Makes the CSV files that questions/social.json names, always the same for the same size.

    generate.py FOLDER [--people N]

People who follow each other (ten each, and a two-hundredth of them by very many), know each other (a quarter of them,
half of it among neighbours, so that there are triangles), live in cities and have interests; and the parameters of the
questions that are asked many times. Not the files whose answers social.json has: those of the limit program hold.
"""
import argparse, csv, datetime, os, random

COUNTRIES = {"Canada": (13, 400), "United Kingdom": (20, 500), "United States": (51, 2000)}
INTERESTS = ["Anime", "Biking", "Chess", "Cooking", "Fine Dining", "Fishing", "Football", "Gardening", "Hiking", "Music",
             "Painting", "Photography", "Poetry", "Reading", "Running", "Sailing", "Swimming", "Tennis", "Travel", "Yoga"]
SYLLABLES = "an bel cor dan el fin gar hal is jor kal lor mar nor ol per quin ros sam tor".split()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--people", type=int, default=100_000)
    options = parser.parse_args()
    people = options.people
    rng = random.Random(people)
    os.makedirs(options.folder, exist_ok=True)

    def write(name, header, rows):
        with open(os.path.join(options.folder, name), "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(header)
            writer.writerows(rows)

    def word(length):
        return "".join(rng.choice(SYLLABLES) for _ in range(length)).capitalize()

    def person():
        return rng.randint(1, people)

    states, state_in, cities, city_in, big = [], [], [], [], []
    for country, (name, (state_count, city_count)) in enumerate(COUNTRIES.items(), 1):
        first = len(states) + 1
        for _ in range(state_count):
            states.append((len(states) + 1, "%s %d" % (word(2), len(states) + 1), name))
            state_in.append((len(states), country))
        for k in range(city_count):
            state = rng.randint(first, len(states))
            city = "London" if name == "United Kingdom" and k == 0 else "%s %d" % (word(3), k)
            cities.append((len(cities) + 1, city, states[state - 1][1], name, round(rng.uniform(25, 60), 4),
                           round(rng.uniform(-125, 1), 4), rng.randint(500, 9_000_000)))
            city_in.append((len(cities), state))
            if k < city_count // 50:
                big += [len(cities)] * (10 if city == "London" else 1)
    write("countries.csv", ["id", "country"], list(enumerate(COUNTRIES, 1)))
    write("states.csv", ["id", "state", "country"], states)
    write("state_in.csv", ["from", "to"], state_in)
    write("cities.csv", ["id", "city", "state", "country", "lat", "lon", "population"], cities)
    write("city_in.csv", ["from", "to"], city_in)
    write("interests.csv", ["id", "interest"], list(enumerate(INTERESTS, 1)))

    born = datetime.date(2025, 1, 1)
    ages = [rng.randint(20, 60) for _ in range(people)]
    write("persons.csv", ["id", "name", "gender", "birthday", "age", "isMarried"],
          [(i + 1, "%s %s" % (word(2), word(3)), rng.choice(["female", "male"]),
            born - datetime.timedelta(days=age * 365 + rng.randrange(365)), age, rng.choice(["true", "false"]))
           for i, age in enumerate(ages)])
    write("lives_in.csv", ["from", "to"], [(i, rng.choice(big)) for i in range(1, people + 1)])
    write("has_interest.csv", ["from", "to"],
          [(i, interest) for i in range(1, people + 1)
           for interest in sorted(rng.sample(range(1, len(INTERESTS) + 1), rng.randint(1, 4)))])

    follows = {(a, b) for a in range(1, people + 1) for b in (person() for _ in range(10)) if a != b}
    hubs = rng.sample(range(1, people + 1), max(3, people // 200))
    for rank, hub in enumerate(hubs, 1):
        count = max(people // (20 * rank), people // 200) + 3 * (len(hubs) - rank)
        follows |= {(a, hub) for a in (person() for _ in range(count)) if a != hub}
    write("follows.csv", ["from", "to"], sorted(follows))
    friends = max(people // 4, 40)
    knows = set()
    while len(knows) < friends * 20:
        a = rng.randint(1, friends)
        b = min(friends, a + rng.randint(1, 40)) if rng.random() < 0.5 else rng.randint(1, friends)
        if a != b:
            knows.add((min(a, b), max(a, b)))
    write("knows.csv", ["from", "to", "since"],
          [(a, b, rng.randint(2010, 2025) * 10000 + 101) for a, b in sorted(knows)])

    write("starts.csv", ["id"], [(person(),) for _ in range(100)])
    write("lookup_ids.csv", ["id"], [(person(),) for _ in range(min(people, 10_000))])
    write("pairs_follows.csv", ["a", "b"], [rng.sample(range(1, people + 1), 2) for _ in range(100)])
    write("pairs_knows.csv", ["a", "b"], [rng.sample(range(1, friends + 1), 2) for _ in range(100)])


if __name__ == "__main__":
    main()
