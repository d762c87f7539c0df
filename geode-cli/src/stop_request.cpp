#include "stop_request.hpp"

#include <signal.h>
#include <unistd.h>

#include "exit_codes.hpp"

namespace geode::cli {

namespace {

volatile sig_atomic_t requested = 0;

extern "C" void note_request(int) {
  if (requested) ::_exit(kExitInterrupted);
  requested = 1;
}

}  // namespace

void watch_for_stop_request() {
  struct sigaction action {};
  action.sa_handler = note_request;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

bool stop_requested() { return requested != 0; }

}  // namespace geode::cli
