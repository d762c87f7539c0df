"""Users, rights, policies, certificates, the audit log (rows 139 to 143 and 180 to 188)."""

import json
import os
import subprocess

from configuration_test import make_certificates
from feature import Feature

USERS = """
-- Create admin user
CREATE USER admin WITH PASSWORD 'strong_password_here' ROLE administrator;
-- Create read-only user
CREATE USER analyst WITH PASSWORD 'another_password' ROLE reader;
-- Create application user with specific permissions
CREATE USER app_user WITH PASSWORD 'app_password' ROLE writer;
"""
GRANT = "GRANT SELECT, INSERT, UPDATE ON GRAPH social_network TO app_user;"
TENANTS = """-- Multi-tenant isolation policy
CREATE POLICY tenant_isolation ON User
FOR ALL
USING (user.organization_id = current_user_organization_id());
"""
DOCUMENTS = """-- Data classification policy
CREATE POLICY sensitive_data ON Document
FOR SELECT
USING (
document.classification = 'public'
OR document.classification = 'internal' AND current_user_role() IN ('employee', 'admin')
OR document.owner_id = current_user_id()
);
"""
ADMIN = {"GEODE_USERNAME": "admin", "GEODE_PASSWORD": "strong_password_here"}
ANALYST = {"GEODE_USERNAME": "analyst", "GEODE_PASSWORD": "another_password"}
APP_USER = {"GEODE_USERNAME": "app_user", "GEODE_PASSWORD": "app_password"}


class Security(Feature):
    def with_users(self):
        """A server with the guide's users, and the graph of its GRANT."""
        self.serve()
        self.says(USERS + "CREATE GRAPH social_network;" + GRANT)

    def test_139_users(self):
        self.with_users()
        users = {row["user"]: row["roles"] for row in self.rows("SHOW USERS", **ADMIN)}
        self.assertEqual(users, {"admin": ["administrator"], "analyst": ["reader"], "app_user": ["writer"]})

    def test_140_grant(self):
        self.with_users()
        self.says("USE social_network CREATE (:Post)", **APP_USER)
        self.says("USE social_network MATCH (p:Post) SET p.text = 'x'", **APP_USER)
        self.refused("USE social_network MATCH (p:Post) DELETE p", "42X04", **APP_USER)

    def test_141_create_policy(self):
        self.with_users()
        self.says(TENANTS + DOCUMENTS + "CREATE POLICY user_data_access ON Person\nFOR SELECT\nUSING (owner_id = current_user_id());", **ADMIN)
        names = {row["policy"] for row in self.rows("SHOW POLICIES", **ADMIN)}
        self.assertEqual(names, {"tenant_isolation", "sensitive_data", "user_data_access"})

    def test_142_enable_row_level_security(self):
        self.with_users()
        self.says("CREATE (:Person {owner_id: 'analyst'}), (:Person {owner_id: 'ann'})", **ADMIN)
        count = "MATCH (p:Person) RETURN count(p) AS n"
        self.says("CREATE POLICY user_data_access ON Person FOR SELECT USING (owner_id = current_user_id());"
                  "ALTER TABLE Person ENABLE ROW LEVEL SECURITY; ALTER TABLE Person ENABLE ROW LEVEL SECURITY;", **ADMIN)
        self.assertEqual(self.rows(count, **ANALYST), [{"n": 1}])
        self.says("ALTER TABLE Person DISABLE ROW LEVEL SECURITY", **ADMIN)
        self.assertEqual(self.rows(count, **ANALYST), [{"n": 2}])

    def test_143_list_in_parentheses(self):
        self.serve()
        self.assertEqual(self.rows("RETURN 'admin' IN ('employee', 'admin') AS a, 'x' IN ('employee', 'admin') AS b"), [{"a": True, "b": False}])

    def test_180_certificates(self):
        make_certificates(self)
        self.serve("--cert", "server.crt", "--key", "server.key", "--client-ca", "ca.crt")
        for name in ("geode.example.com", "node-1.geode.internal"):
            url = "geode://127.0.0.1?ca=ca.crt&server_name=" + name
            self.assertEqual(self.passes("geode", "ping", url), "PONG\n")
        self.assertNotEqual(self.run_command("geode", "ping", "geode://127.0.0.1?ca=ca.crt&server_name=other.org").code, 0)
        self.assertIn("4096 bit", self.passes("openssl", "x509", "-in", "server.crt", "-noout", "-text"))

    def test_181_client_certificate(self):
        make_certificates(self)
        self.serve("--cert", "server.crt", "--key", "server.key", "--client-ca", "ca.crt")
        self.says(USERS)
        url = "geode://127.0.0.1?ca=ca.crt&server_name=geode.example.com"
        self.assertEqual(self.run_command("geode", "query", url, "RETURN 1").code, 4)
        # The name in the certificate is that of a user, who needs no password then.
        self.assertEqual(self.passes("geode", "query", url + "&cert=client.crt&key=client.key", "RETURN current_user() AS u"), "u\napp_user\n")

    def test_182_roles(self):
        self.with_users()
        self.says("RETURN 1", **ANALYST)
        self.refused("CREATE (:X)", "42X04", **ANALYST)
        self.refused("CREATE USER x WITH PASSWORD 'long enough' ROLE reader", "42X04", **APP_USER)
        self.says("CREATE USER x WITH PASSWORD 'long enough' ROLE reader; DROP USER x", **ADMIN)
        self.refused("RETURN 1", "28000", code=4, GEODE_USERNAME="admin", GEODE_PASSWORD="wrong")
        self.assertLessEqual({"administrator", "reader", "writer"}, {row["role"] for row in self.rows("SHOW ROLES", **ADMIN)})

    def test_183_privileges(self):
        self.with_users()
        self.says("USE social_network CREATE (:P), (:P)", **ADMIN)
        for privilege, text in (("SELECT", "MATCH (p:P) RETURN p"), ("INSERT", "INSERT (:P)"),
                                ("UPDATE", "MATCH (p:P) SET p.x = 1"), ("DELETE", "MATCH (p:P) LIMIT 1 DELETE p")):
            self.says("CREATE USER u WITH PASSWORD 'long enough' ROLE writer; GRANT SELECT, %s ON GRAPH social_network TO u" % privilege, **ADMIN)
            user = {"GEODE_USERNAME": "u", "GEODE_PASSWORD": "long enough"}
            self.says("USE social_network " + text, **user)
            if privilege != "SELECT":
                self.says("REVOKE %s ON GRAPH social_network FROM u" % privilege, **ADMIN)
                self.refused("USE social_network " + text, "42X04", **user)
            self.refused("INSERT (:P)", "42X04", **user)  # another graph
            self.says("DROP USER u", **ADMIN)

    def test_184_policies(self):
        self.with_users()
        self.says(TENANTS + DOCUMENTS + "ALTER USER analyst SET ATTRIBUTE organization_id = 7;"
                  "CREATE ROLE employee; GRANT reader TO employee; CREATE USER emma WITH PASSWORD 'emmas password' ROLE employee;", **ADMIN)
        self.says("CREATE (:User {organization_id: 7}), (:User {organization_id: 8}), (:Document {classification: 'public'}),"
                  "(:Document {classification: 'internal'}), (:Document {classification: 'secret', owner_id: 'analyst'})", **ADMIN)
        self.assertEqual(self.rows("MATCH (u:User) RETURN count(u) AS n", **ANALYST), [{"n": 1}])
        self.assertEqual(self.rows("MATCH (d:Document) RETURN d.classification AS c ORDER BY c", **ANALYST), [{"c": "public"}, {"c": "secret"}])
        emma = {"GEODE_USERNAME": "emma", "GEODE_PASSWORD": "emmas password"}
        self.assertEqual(self.rows("MATCH (d:Document) RETURN d.classification AS c ORDER BY c", **emma), [{"c": "internal"}, {"c": "public"}])
        self.assertEqual(self.rows("MATCH (u:User) RETURN count(u) AS n", **emma), [{"n": 0}])  # without the attribute

    def test_185_names_in_policies(self):
        self.with_users()
        for number, condition in enumerate(("doc.owner_id = current_user_id()", "owner_id = current_user_id()")):
            label = "Doc" if number == 0 else "Bare"
            self.says("CREATE (:%s {owner_id: 'analyst'}), (:%s {owner_id: 'x'}); CREATE POLICY p%d ON %s FOR SELECT USING (%s)"
                      % (label, label, number, label, condition), **ADMIN)
            self.assertEqual(self.rows("MATCH (d:%s) RETURN count(*) AS n" % label, **ANALYST), [{"n": 1}])

    def test_186_no_way_around(self):
        self.with_users()
        self.says("CREATE (a:Seen {v: 1})-[:R]->(h:Doc {v: 2, owner_id: 'x'})-[:R]->(b:Seen {v: 3}); CREATE INDEX doc_v ON Doc(v);"
                  "CREATE POLICY own ON Doc FOR ALL USING (owner_id = current_user_id())", **ADMIN)
        for text, expected in (("MATCH (d:Doc) RETURN count(*) AS x", 0), ("MATCH (n) RETURN count(n) AS x", 2), ("MATCH (d:Doc {v: 2}) RETURN count(*) AS x", 0),
                               ("MATCH ()-[r]->() RETURN count(r) AS x", 0), ("MATCH (a:Seen {v: 1})-[*]->(b) RETURN count(*) AS x", 0),
                               ("MATCH ANY SHORTEST (a:Seen {v: 1})-[:R]->+(b:Seen {v: 3}) RETURN count(*) AS x", 0),
                               ("MATCH (a:Seen) WHERE EXISTS { (a)-[:R]->(:Doc) } RETURN count(*) AS x", 0),
                               ("MATCH (n) RETURN sum(n.v) AS x", 4), ("MATCH (n:Seen|Doc) RETURN max(n.v) AS x", 3)):
            self.assertEqual(self.rows(text, **ANALYST), [{"x": expected}], text)

    def test_187_audit(self):
        server = self.serve("--audit-log", "audit.log", "--audit-level", "all")
        self.says(USERS)
        self.refused("RETURN 1", "28000", code=4, GEODE_USERNAME="admin", GEODE_PASSWORD="wrong")
        self.says("CREATE (:Audited {secret: 'xyzzy'})", **APP_USER)
        self.stop(server)
        events = [json.loads(line) for line in self.log("audit.log").splitlines()]
        types = {event["event_type"] for event in events}
        self.assertLessEqual({"authentication", "administration", "data_modification"}, types)
        self.assertTrue([e for e in events if e["event_type"] == "data_modification" and "app_user" in json.dumps(e["actor"])])
        self.assertTrue([e for e in events if e["event_type"] == "authentication" and "28000" in json.dumps(e)])
        self.assertNotIn("xyzzy", self.log("audit.log"))
        self.assertNotIn("strong_password_here", self.log("audit.log"))
        self.assertEqual(os.stat(self.path("audit.log")).st_mode & 0o777, 0o600)

    def test_188_passwords(self):
        server = self.serve()
        self.says(USERS)
        self.refused("RETURN 1", "28000", code=4)  # no default credentials, none left open
        self.stop(server)
        with open(self.path("data/database.geode"), "rb") as file:
            stored = file.read()
        for password in (b"strong_password_here", b"another_password", b"app_password"):
            self.assertNotIn(password, stored)
        self.assertIn(b"admin", stored)
