#include "log/log.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <geode/error.hpp>

namespace geode::server {

namespace {

std::shared_ptr<spdlog::sinks::sink> open_output(const LogOptions& options) {
  std::shared_ptr<spdlog::sinks::sink> sink;
  try {
    if (options.output == "stdout") {
      sink = std::make_shared<spdlog::sinks::stdout_sink_mt>();
    } else if (options.output == "stderr") {
      sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    } else {
      // With no files to put aside, spdlog would begin the file anew and forget what stood in it.
      sink = std::make_shared<spdlog::sinks::rotating_file_sink_mt>(
          options.output, options.rotate_size_bytes,
          std::max<std::size_t>(1, options.rotate_count));
    }
  } catch (const spdlog::spdlog_ex& error) {
    throw Error(status::kIo, std::string("the log cannot be written: ") + error.what())
        .hint("logging.output is stdout, stderr or the path of a file");
  }
  // Lines come complete; spdlog knows outputs and rotation.
  sink->set_formatter(std::make_unique<spdlog::pattern_formatter>("%v"));
  return sink;
}

}  // namespace

struct Log::State {
  std::mutex mutex;  // guards sink and format
  std::shared_ptr<spdlog::sinks::sink> sink;
  LogFormat format = LogFormat::kText;
  std::atomic<LogLevel> level{LogLevel::kInfo};
  std::atomic<std::uint64_t> lost{0};
};

LogOptions log_options(const Config& config) {
  LogOptions options;
  const std::string& level = config.text("logging.level");
  options.level = level == "debug"  ? LogLevel::kDebug
                  : level == "info" ? LogLevel::kInfo
                  : level == "warn" ? LogLevel::kWarn
                                    : LogLevel::kError;
  options.format = config.text("logging.format") == "json" ? LogFormat::kJson : LogFormat::kText;
  options.output = config.text("logging.output");
  options.rotate_size_bytes = config.number("logging.rotate_size");
  options.rotate_count = config.number("logging.rotate_count");
  return options;
}

Log::Log(const LogOptions& options) : state_(std::make_unique<State>()) { reopen(options); }

Log::~Log() = default;

bool Log::writes(LogLevel level) const { return level >= state_->level; }

std::uint64_t Log::lost_lines() const { return state_->lost; }

void Log::reopen(const LogOptions& options) {
  std::shared_ptr<spdlog::sinks::sink> sink = open_output(options);
  const std::lock_guard lock(state_->mutex);
  state_->sink = std::move(sink);
  state_->format = options.format;
  state_->level = options.level;
}

void Log::write(const LogMessage& message) {
  if (!writes(message.level)) return;
  try {
    const std::lock_guard lock(state_->mutex);
    const std::string line = log_line(state_->format, std::chrono::system_clock::now(), message);
    state_->sink->log(spdlog::details::log_msg("", spdlog::level::info, line));
    state_->sink->flush();
  } catch (const std::exception&) {
    ++state_->lost;
  }
}

}  // namespace geode::server
