#include "config/settings.hpp"

#include <algorithm>

namespace geode::server {

namespace {

using enum SettingKind;
using enum SettingChange;

constexpr std::uint64_t kMillisecond = 1'000'000;  // durations are counted in nanoseconds
constexpr std::uint64_t kSecond = 1'000 * kMillisecond;
constexpr std::uint64_t kDay = 86'400 * kSecond;
constexpr std::uint64_t kMebibyte = 1 << 20;

constexpr Setting kSettings[] = {
    {"server.listen", kEndpoint, "0.0.0.0:3141", kAtStart, "listen", "",
     "Address that clients connect to; none: only the unix socket"},
    {"server.quic", kBoolean, "true", kAtStart, "quic", "",
     "Whether listen's port is served by QUIC on UDP as well as by TLS on TCP"},
    {"server.unix_socket", kPath, "auto", kAtStart, "unix-socket", "",
     "Socket for this machine's server account and root; none: it is not made; auto: geode.sock in "
     "/run/geode, else in $XDG_RUNTIME_DIR, else in the data_dir"},
    {"server.max_connections", kWhole, "1000", kOnReload, "max-connections", "",
     "Connections at a time; one more is refused", "", 1, 1'000'000},
    {.name = "server.idle_timeout",
     .kind = kDuration,
     .standard = "300s",
     .change = kOnReload,
     .flag = "idle-timeout",
     .variable = "",
     .text = "A connection that sends nothing for this long is closed; 0: never",
     .most = 365 * kDay,
     .bare_milliseconds = true},
    {"server.shutdown_grace", kDuration, "30s", kOnReload, "shutdown-grace", "",
     "Time that transactions have to finish when the server is told to stop", "", 0, kDay},
    {"server.tls.cert_file", kPath, "", kAtStart, "cert", "",
     "Certificate chain of the server, PEM; empty: one is made at the first start"},
    {"server.tls.key_file", kPath, "", kAtStart, "key", "", "Private key of the certificate, PEM"},
    {"server.tls.client_ca", kPath, "", kAtStart, "client-ca", "",
     "Certificates that sign those of clients, PEM"},
    {"server.tls.client_crl", kPath, "", kAtStart, "client-crl", "",
     "Certificates of clients that are valid no longer, PEM: lists of those who signed them"},
    {"server.tls.min_version", kChoice, "1.3", kAtStart, "", "",
     "Oldest version of TLS that is spoken", "1.3"},
    {"server.tls.require_client_cert", kBoolean, "false", kAtStart, "", "",
     "Refuse clients without a certificate that client_ca signed"},
    {"server.http_query.listen", kEndpoint, "none", kAtStart, "http-query-listen", "",
     "Address of POST /v1/query, statements in JSON over HTTPS; none: it is not served"},
    {"server.http_query.max_body", kSize, "16MiB", kAtStart, "", "",
     "Longest body of a request there", "", 1024, std::uint64_t{1} << 30},
    {"metrics.listen", kEndpoint, "0.0.0.0:9090", kAtStart, "metrics-listen", "",
     "Address of /metrics, /health, /ready and /live; none: they are not served"},
    {"storage.data_dir", kPath, "./data", kAtStart, "data-dir", "", "Folder of the database"},
    {"storage.wal_dir", kPath, "", kAtStart, "wal-dir", "",
     "Folder of the change log's segments; empty: wal in the data_dir"},
    {"storage.checkpoint_interval", kDuration, "300s", kAtStart, "", "",
     "Longest time until a change stands in a segment", "", kMillisecond, kDay},
    {"logging.level", kChoice, "info", kOnReload, "log-level", "", "Least level that is written",
     "debug|info|warn|error"},
    {"logging.output", kPath, "stdout", kOnReload, "log-output", "",
     "stdout, stderr or the path of a file"},
    {"logging.format", kChoice, "text", kOnReload, "log-format", "",
     "Lines that begin with the date, or a JSON object a line", "text|json"},
    {"logging.rotate_size", kSize, "100MB", kOnReload, "", "",
     "Size at which a log file is put aside", "", 4096},
    {"logging.rotate_count", kWhole, "10", kOnReload, "", "", "Log files put aside that are kept",
     "", 0, 10'000},
    {"logging.slow_query", kDuration, "1s", kOnReload, "", "",
     "Statements that run longer are logged; 0: none", "", 0, kDay},
    {"audit.file", kPath, "", kAtStart, "audit-log", "",
     "Audit log of who did what, JSON lines in a chain of hashes; empty: there is none"},
    {"audit.level", kChoice, "write", kOnReload, "audit-level", "",
     "What it keeps: security (logins and administration), write (changes of data, too), all "
     "(reads, "
     "too)",
     "none|security|write|all"},
    {"audit.max_size", kSize, "100MB", kOnReload, "", "",
     "Size at which an audit file is put aside", "", 4096},
    {"audit.max_files", kWhole, "10", kOnReload, "", "", "Audit files put aside that are kept", "",
     0, 10'000},
    {"audit.on_failure", kChoice, "refuse", kOnReload, "", "",
     "Whether what cannot be recorded is refused, or done all the same", "refuse|continue"},
    {"performance.query_timeout", kDuration, "60s", kOnReload, "query-timeout", "",
     "A statement that runs longer ends with 57X02; 0: no limit", "", 0, 365 * kDay},
    {"performance.transaction_timeout", kDuration, "300s", kOnReload, "", "",
     "A transaction that is open longer is rolled back; 0: no limit", "", 0, 365 * kDay},
    {"performance.transaction_idle_timeout", kDuration, "60s", kOnReload, "", "",
     "A transaction in which nothing is asked for this long is rolled back; 0: no limit", "", 0,
     365 * kDay},
    {"performance.max_query_memory", kSize, "auto", kOnReload, "", "",
     "A statement that needs more memory ends with 53X01; auto: a quarter of what the process may "
     "use, 2GiB at most",
     "", kMebibyte},
    {"performance.query_cache", kSize, "auto", kAtStart, "", "",
     "What the statements and plans that connections keep may take together; auto: a tenth of the "
     "memory that the process may use",
     "", kMebibyte},
    {"performance.worker_threads", kWhole, "auto", kAtStart, "", "",
     "Threads that one statement may use, and a quarter of the statements that run at a time; "
     "auto: "
     "as many as the process may use processors",
     "", 1, 1024},
    {"cluster.enabled", kBoolean, "false", kAtStart, "", "",
     "Whether this server is one of several; true is refused, there are no clusters yet"},
    {"cluster.node_id", kText, "", kAtStart, "", "GEODE_NODE_ID", "Name of this server"},
    {"cluster.listen", kEndpoint, "0.0.0.0:3142", kAtStart, "", "",
     "Address that other servers of the cluster connect to"},
    {"cluster.leader", kEndpoint, "", kAtStart, "", "", "A server to join the cluster through"},
    {"cluster.peers", kEndpoints, "", kAtStart, "", "", "The other servers of the cluster"},
    {"cluster.election_timeout", kDuration, "300ms", kAtStart, "", "",
     "A leader that is silent for this long is replaced", "", kMillisecond, kDay},
    {"cluster.heartbeat_interval", kDuration, "100ms", kAtStart, "", "",
     "How often a leader lets others hear of it", "", kMillisecond, kDay},
    {"replication.mode", kChoice, "synchronous", kAtStart, "", "",
     "Whether a commit waits for other servers", "synchronous|asynchronous"},
    {"replication.min_replicas", kWhole, "1", kAtStart, "", "",
     "Other servers that a synchronous commit waits for", "", 0, 100},
    {"replication.catch_up_batch_size", kWhole, "1000", kAtStart, "", "",
     "Records sent at a time to a server that is behind", "", 1, 1'000'000},
};

}  // namespace

std::span<const Setting> settings() { return kSettings; }

const Setting* find_setting(std::string_view name) {
  const auto* found = std::find_if(std::begin(kSettings), std::end(kSettings),
                                   [&](const Setting& setting) { return setting.name == name; });
  return found == std::end(kSettings) ? nullptr : found;
}

std::string_view kind_name(SettingKind kind) {
  switch (kind) {
    case kText:
      return "text";
    case kPath:
      return "path";
    case kWhole:
      return "whole number";
    case kBoolean:
      return "true or false";
    case kDuration:
      return "duration";
    case kSize:
      return "size";
    case kChoice:
      return "choice";
    case kEndpoint:
      return "host:port";
    case kEndpoints:
      return "list of host:port";
  }
  return "";
}

}  // namespace geode::server
