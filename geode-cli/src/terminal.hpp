#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <termios.h>

namespace geode::cli {

struct TerminalSize {
  std::size_t columns = 80;
  std::size_t rows = 24;
};

bool is_terminal(int descriptor);
/// The size of the terminal behind `descriptor`, or 80 x 24.
TerminalSize terminal_size(int descriptor);

/// While it lives, keys come from the terminal of standard input as they are typed, and are not
/// shown. Ctrl-C is one of them, whoever else waits for its signal.
class KeyByKey {
 public:
  KeyByKey();
  ~KeyByKey();
  KeyByKey(const KeyByKey&) = delete;
  KeyByKey& operator=(const KeyByKey&) = delete;

  static constexpr char kCtrlC = 0x03, kCtrlD = 0x04;

 private:
  termios before_{};
};

enum class ColorChoice { kAuto, kAlways, kNever };

/// Whether to colour what goes to `descriptor`: the flag, then NO_COLOR, then CLICOLOR_FORCE and
/// FORCE_COLOR, then whether it is a terminal that can.
bool use_color(ColorChoice choice, int descriptor);

namespace color {
inline constexpr std::string_view kBold = "\x1b[1m";
inline constexpr std::string_view kDim = "\x1b[2m";
inline constexpr std::string_view kRed = "\x1b[1;31m";
inline constexpr std::string_view kYellow = "\x1b[33m";
inline constexpr std::string_view kReset = "\x1b[0m";
}  // namespace color

/// `text` between the codes of a colour, or as it is when `on` is false.
std::string paint(bool on, std::string_view code, std::string_view text);

}  // namespace geode::cli
