"""The machine interface: one JSON object a line each way."""

import time
import unittest

from cli import CliTest, PipeProcess


class Pipe(CliTest):
    def setUp(self):
        super().setUp()
        self.pipe = PipeProcess()
        self.addCleanup(self.finish)

    def finish(self):
        if self.pipe:
            self.pipe.process.kill()
            self.pipe.close()

    def rows(self, query, **params):
        answer = self.pipe.run(query, **params)
        self.assertTrue(answer["ok"], answer)
        return answer["rows"]

    def test_an_answer_has_columns_rows_and_status(self):
        self.assertEqual(self.pipe.run("RETURN 1 AS a, 'x' AS b"),
                         {"ok": True, "columns": ["a", "b"], "rows": [[1, "x"]], "status": "00000"})
        self.assertEqual(self.pipe.run("MATCH (n) RETURN n")["status"], "02000")

    def test_values_keep_their_types(self):
        self.assertEqual(self.rows("RETURN 1.5 AS f, 1.0 AS g, {a: 1, b: [true, null]} AS r"),
                         [[{"$float": "1.5"}, {"$float": "1.0"}, {"$map": {"a": 1, "b": [True, None]}}]])

    def test_elements_and_paths(self):
        self.rows("INSERT (:A:B {x: 1})-[:E {y: 2.5}]->(:C)")
        [[a, e, p]] = self.rows("MATCH p = (a:A)-[e]->(c) RETURN a, e, p")
        node, edge, path = a["$node"], e["$rel"], p["$path"]
        self.assertEqual((sorted(node["labels"]), node["props"]), (["A", "B"], {"x": 1}))
        self.assertEqual((edge["type"], edge["src"], edge["props"]), ("E", node["id"], {"y": {"$float": "2.5"}}))
        self.assertEqual((path["nodes"][0], path["rels"]), (a, [e]))
        self.assertEqual(path["nodes"][1]["$node"]["id"], edge["dst"])

    def test_parameters_come_back_as_they_went(self):
        for value in (None, True, -5, 2 ** 62, "é漢", [1, [2, "x"]], {"$float": "0.25"}, {"$float": "NaN"},
                      {"$float": "-Inf"}, {"$map": {"a": {"$map": {}}}}, {"$text": "2020-02-29"}, {"$text": "1.50"}):
            self.assertEqual(self.rows("RETURN $x AS x", x=value), [[value]])

    def test_graphs(self):
        self.rows("CREATE GRAPH sales")
        self.rows("USE sales INSERT (:Order {id: 7})")
        self.assertEqual(self.rows("RETURN GRAPH sales AS g"), [[{"$text": "sales"}]])
        self.assertEqual(self.rows("USE $g MATCH (o:Order) RETURN o.id, $g, $g = GRAPH sales", g={"$graph": "sales"}),
                         [[7, {"$text": "sales"}, True]])
        self.assertEqual(self.pipe.run("USE $g MATCH (n) RETURN n", g={"$graph": "/nowhere"})["status"], "42002")

    def test_half_a_surrogate_pair_is_tolerated(self):
        answer = self.pipe.send(r'{"op":"run","query":"RETURN $x AS x","params":{"x":"a\ud800b \\ud800 \ud83d\ude00"}}')
        self.assertEqual(answer["rows"], [["a\ufffdb \\ud800 \U0001f600"]])

    def test_an_error_tells_code_place_and_kind(self):
        answer = self.pipe.run("RETURN\n  missing AS x")
        self.assertEqual((answer["ok"], answer["status"], answer["phase"]), (False, "42002", "compile time"))
        self.assertEqual((answer["type"], answer["detail"]), ("SyntaxError", "UndefinedVariable"))
        self.assertEqual((answer["line"], answer["column"]), (2, 3))
        answer = self.pipe.run("RETURN 1 / $zero AS x", zero=0)
        self.assertEqual((answer["status"], answer["phase"]), ("22012", "runtime"))

    def test_a_status_object_has_a_diagnostic_record(self):
        record = {"OPERATION": "MATCH", "OPERATION_CODE": "0", "CURRENT_SCHEMA": "/"}
        self.assertEqual(self.pipe.run("MATCH (n) RETURN 1 / 0 AS x, n, missing")["diagnostics"], record)
        self.rows("INSERT (:A), (:B)")
        answer = self.pipe.run("MATCH (a:A), (b:B) RETURN count(*) AS n")
        self.assertEqual(answer["diagnostics"], record)
        [notice] = answer["notices"]
        self.assertEqual((notice["status"], notice["line"], notice["column"]), ("01X02", 1, 1))

    def test_a_table_can_be_declared_as_a_procedure(self):
        self.assertEqual(self.pipe.ask(op="procedure", signature="test.city(name STRING?) :: (city STRING)",
                                       rows=[["Ada", "Oslo"], ["Bob", "Rome"], [None, "nowhere"]]), {"ok": True})
        self.assertEqual(self.rows("CALL test.city('Bob')"), [["Rome"]])
        self.assertEqual(self.rows("CALL test.city", name="Ada"), [["Oslo"]])
        self.assertEqual(self.rows("CALL test.city(null)"), [["nowhere"]])
        answer = self.pipe.ask(op="procedure", signature="test.city(", rows=[])
        self.assertEqual((answer["ok"], answer["status"]), (False, "42001"))
        self.assertEqual(self.pipe.ask(op="procedure", signature="a() :: ()")["status"], "22023")
        self.pipe.ask(op="reset")
        self.assertEqual(self.pipe.run("CALL test.city('Bob')")["detail"], "ProcedureNotFound")

    def test_requests_that_make_no_sense_are_answered(self):
        for line in ("nonsense", "[]", "{}", '{"op":5}', '{"op":"dance"}', '{"op":"run"}', '{"op":"run","query":7}',
                     '{"op":"run","id":99}', '{"op":"run","query":"RETURN 1 AS a","params":[1]}', '{"op":"run",',
                     '"\\ud800"', "[" * 2000, b'{"op":"run","query":"RETURN \'\xff\' AS a"}'):
            answer = self.pipe.send(line)
            self.assertIs(answer["ok"], False, line)
            self.assertTrue(answer["message"], line)
        deep = '{"op":"run","query":"RETURN $x AS x","params":{"x":%s%s}}'
        self.assertEqual(self.pipe.send(deep % ("[" * 100000, "]" * 100000))["status"], "54X01")
        self.assertIs(self.pipe.send(deep % ("[" * 900, "]" * 900))["ok"], True)
        self.assertEqual(self.rows("RETURN 1 AS a"), [[1]])

    def test_prepared_statements(self):
        prepared = self.pipe.ask(op="prepare", query="RETURN $x + 1 AS y")
        self.assertTrue(prepared["ok"], prepared)
        for x in range(3):
            self.assertEqual(self.pipe.ask(op="run", id=prepared["id"], params={"x": x})["rows"], [[x + 1]])
        self.assertFalse(self.pipe.ask(op="prepare", query="RETRUN 1")["ok"])

    def test_reset_empties_a_database_in_memory(self):
        self.rows("INSERT (:A)")
        prepared = self.pipe.ask(op="prepare", query="RETURN 1 AS a")["id"]
        self.assertEqual(self.pipe.ask(op="reset"), {"ok": True})
        self.assertEqual(self.rows("MATCH (n) RETURN count(*) AS n"), [[0]])
        self.assertFalse(self.pipe.ask(op="run", id=prepared)["ok"])

    def test_reset_is_quick(self):
        times = []
        for _ in range(20):
            self.rows("INSERT (:A)")
            start = time.perf_counter()
            self.pipe.ask(op="reset")
            times.append(time.perf_counter() - start)
        self.assertLess(sorted(times)[len(times) // 2], 0.05)

    def test_reset_ends_an_open_transaction(self):
        self.rows("START TRANSACTION")
        self.rows("INSERT (:A)")
        self.assertEqual(self.pipe.ask(op="reset"), {"ok": True})
        self.rows("START TRANSACTION")
        self.rows("INSERT (:B)")
        self.rows("ROLLBACK")
        self.assertEqual(self.rows("MATCH (n) RETURN count(*) AS n"), [[0]])

    def test_a_file_survives_reset_and_close(self):
        path = self.path("g.geode")
        other = PipeProcess(path)
        other.run("INSERT (:A)")
        self.assertEqual(other.ask(op="reset"), {"ok": True})
        self.assertEqual(other.run("MATCH (n:A) RETURN count(*) AS n")["rows"], [[1]])
        self.assertEqual(other.ask(op="close"), {"ok": True})
        self.assertEqual(other.close(), (0, b"", b""))
        self.check(self.geode(path, "-c", "MATCH (n:A) RETURN count(*) AS n"), out="n\n1\n")

    def test_the_end_of_input_ends_it(self):
        pipe, self.pipe = self.pipe, None
        pipe.run("PING")
        self.assertEqual(pipe.close(), (0, b"", b""))

    def test_ping_answers_pong(self):
        self.assertEqual(self.rows("PING"), [["PONG"]])


if __name__ == "__main__":
    unittest.main()
