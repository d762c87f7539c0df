"""LOAD CSV and CALL { .. } IN TRANSACTIONS."""

import unittest

from cli import CliTest, PipeProcess


class LoadCsvTest(CliTest):
    def setUp(self):
        super().setUp()
        self.pipe = PipeProcess(self.path("g.db"))
        self.addCleanup(self.pipe.close)

    def rows(self, query, **parameters):
        answer = self.pipe.run(query, **parameters)
        self.assertTrue(answer["ok"], (query, answer))
        return answer["rows"]

    def error(self, query, **parameters):
        answer = self.pipe.run(query, **parameters)
        self.assertFalse(answer["ok"], (query, answer))
        return answer

    def test_rows_are_lists_of_texts(self):
        file = self.write("a.csv", 'name,age\nAda,36\n"Bob ""B""",\n"",7\n')
        self.assertEqual(self.rows("LOAD CSV FROM $f AS row RETURN row", f=file),
                         [[["name", "age"]], [["Ada", "36"]], [['Bob "B"', None]], [["", "7"]]])

    def test_headers_make_records(self):
        file = self.write("a.csv", "name;age\nAda;36\nBob;25\n")
        self.assertEqual(
            self.rows("LOAD CSV WITH HEADERS FROM $f AS row FIELDTERMINATOR ';' "
                      "RETURN row.name, toInteger(row.age) + 1, linenumber(), file() = $f", f=file),
            [["Ada", 37, 2, True], ["Bob", 26, 3, True]])

    def test_rows_may_differ_in_length_without_headers(self):
        file = self.write("a.csv", "1\n2,3\n")
        self.assertEqual(self.rows("LOAD CSV FROM $f AS row RETURN size(row)", f=file), [[1], [2]])

    def test_urls_of_files(self):
        file = self.write("a b.csv", "x\n")
        self.assertEqual(self.rows("LOAD CSV FROM $f AS row RETURN row[0]",
                                   f="file://" + file.replace(" ", "%20")), [["x"]])

    def test_one_file_for_each_row(self):
        a, b = self.write("a.csv", "1\n2\n"), self.write("b.csv", "3\n")
        self.assertEqual(self.rows("UNWIND [$a, $b] AS f LOAD CSV FROM f AS row RETURN row[0], linenumber()",
                                   a=a, b=b), [["1", 1], ["2", 2], ["3", 1]])

    def test_more_rows_than_a_batch(self):
        file = self.write("a.csv", "v\n" + "".join("%d\n" % i for i in range(10000)))
        self.assertEqual(self.rows("LOAD CSV WITH HEADERS FROM $f AS row RETURN count(*), "
                                   "sum(toInteger(row.v)), max(linenumber())", f=file),
                         [[10000, 49995000, 10001]])
        self.assertEqual(self.rows("LOAD CSV FROM $f AS row RETURN row LIMIT 1", f=file), [[["v"]]])

    def test_outside_of_load_csv(self):
        self.assertEqual(self.rows("RETURN linenumber(), file()"), [[None, None]])

    def test_errors_have_file_and_line(self):
        file = self.write("a.csv", "a,b\n1,2\n3\n")
        error = self.error("LOAD CSV WITH HEADERS FROM $f AS row RETURN row", f=file)
        self.assertEqual(error["status"], "22000")
        self.assertIn(file + ":3:1: expected 2 fields, got 1", error["message"])
        error = self.error("LOAD CSV FROM $f AS row RETURN row", f=self.path("none.csv"))
        self.assertEqual(error["status"], "58X01")
        self.assertIn("none.csv", error["message"])
        error = self.error("LOAD CSV FROM 'http://example.org/a.csv' AS row RETURN row")
        self.assertEqual(error["status"], "0A000")
        error = self.error("LOAD CSV FROM 5 AS row RETURN row")
        self.assertEqual(error["status"], "22G03")
        error = self.error("LOAD CSV FROM $f AS row", f=file)
        self.assertEqual(error["status"], "42001")
        error = self.error("LOAD CSV FROM $f AS row FIELDTERMINATOR ';;' RETURN row", f=file)
        self.assertEqual(error["status"], "42001")

    # ---- CALL { .. } IN TRANSACTIONS

    def count(self):
        return self.rows("MATCH (n:T) RETURN count(*)")[0][0]

    def test_batches_are_committed_one_by_one(self):
        answer = self.pipe.run("UNWIND range(1, 25) AS i CALL (i) { CREATE (:T {v: i, of: 100 / (i - 21)}) } "
                               "IN TRANSACTIONS OF 10 ROWS")
        self.assertEqual(answer["status"], "22012")
        self.assertEqual(self.count(), 20)

    def test_a_file_is_loaded_in_batches(self):
        file = self.write("a.csv", "v\n" + "".join("%d\n" % i for i in range(5000)))
        self.rows("LOAD CSV WITH HEADERS FROM $f AS row CALL { WITH row CREATE (:T {v: toInteger(row.v)}) } "
                  "IN TRANSACTIONS", f=file)
        self.assertEqual(self.rows("MATCH (n:T) RETURN count(*), sum(n.v)"), [[5000, 12497500]])

    def test_results_go_on(self):
        self.assertEqual(
            self.rows("UNWIND [3, 1, 2] AS i CALL (i) { CREATE (t:T {v: i}) RETURN t } IN TRANSACTIONS OF 2 ROWS "
                      "RETURN i, t.v * 10 AS v ORDER BY i"),
            [[1, 10], [2, 20], [3, 30]])
        self.assertEqual(self.rows("MATCH (t:T) CALL (t) { SET t.w = t.v } IN TRANSACTIONS OF $n ROWS RETURN sum(t.w)",
                                   n=1), [[6]])

    def test_errors_may_be_passed_over(self):
        query = ("UNWIND [1, 2, 0, 4] AS i CALL (i) { CREATE (:T {v: 8 / i}) RETURN 8 / i AS r } "
                 "IN TRANSACTIONS OF 1 ROWS ON ERROR %s REPORT STATUS AS s "
                 "RETURN i, r, s.started, s.committed, s.errorMessage IS NULL")
        self.assertEqual(self.rows(query % "CONTINUE"),
                         [[1, 8, True, True, True], [2, 4, True, True, True],
                          [0, None, True, False, False], [4, 2, True, True, True]])
        self.assertEqual(self.count(), 3)
        self.assertEqual(self.rows(query % "BREAK"),
                         [[1, 8, True, True, True], [2, 4, True, True, True],
                          [0, None, True, False, False], [4, None, False, False, True]])
        self.assertEqual(self.count(), 5)

    def test_where_batches_cannot_be(self):
        batches = "CALL { CREATE (:T) } IN TRANSACTIONS"
        self.pipe.run("START TRANSACTION")
        self.assertEqual(self.error(batches)["status"], "25G01")
        self.pipe.run("ROLLBACK")
        for query in ["CALL { " + batches + " }", batches + " RETURN 1 AS x UNION RETURN 2 AS x",
                      "CREATE (:T) WITH 1 AS x " + batches,
                      "CALL { CREATE (:T) } IN TRANSACTIONS ON ERROR FAIL REPORT STATUS AS s RETURN s"]:
            self.assertEqual(self.error(query)["status"], "42001", query)
        self.assertEqual(self.error("CALL { CREATE (:T) } IN TRANSACTIONS OF 0 ROWS")["status"], "22G03")
        self.assertEqual(self.error("PROFILE " + batches)["status"], "0A000")
        self.assertEqual(self.count(), 0)
        self.rows("EXPLAIN " + batches)
        self.assertEqual(self.count(), 0)
        self.rows(batches)
        self.assertEqual(self.count(), 1)


if __name__ == "__main__":
    unittest.main()
