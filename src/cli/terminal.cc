#include "cli/terminal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/secret_reveal.h"

namespace keystile::cli {
namespace {

constexpr size_t kMaxSecret = 16 << 10;

constexpr std::array kSignals = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU};
volatile std::sig_atomic_t caught_signal = 0;

void remember_signal(int number) { caught_signal = number; }

// While it lives, signals that would end or stop the process only interrupt read().
class SignalWatch {
 public:
  SignalWatch() {
    caught_signal = 0;
    struct sigaction watch {};
    watch.sa_handler = &remember_signal;
    sigemptyset(&watch.sa_mask);
    for (size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &watch, &before_[i]);
  }
  ~SignalWatch() {
    for (size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &before_[i], nullptr);
  }
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

 private:
  std::array<struct sigaction, kSignals.size()> before_;
};

enum class Echo { kOn, kOff };

// How the terminal shows what is typed, until it goes.
class EchoSetting {
 public:
  EchoSetting(int terminal, Echo echo) : terminal_(terminal) {
    done_ = tcgetattr(terminal, &before_) == 0;
    termios wanted = before_;
    if (echo == Echo::kOff) wanted.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHONL);
    done_ = done_ && tcsetattr(terminal, TCSAFLUSH, &wanted) == 0;
  }
  ~EchoSetting() {
    if (done_) tcsetattr(terminal_, TCSAFLUSH, &before_);
  }
  EchoSetting(const EchoSetting&) = delete;
  EchoSetting& operator=(const EchoSetting&) = delete;
  bool done() const { return done_; }

 private:
  int terminal_;
  termios before_{};
  bool done_;
};

class Terminal {
 public:
  Terminal() : fd_(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)) {}
  ~Terminal() {
    if (fd_ >= 0) ::close(fd_);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  int fd() const { return fd_; }
  void print(std::string_view text) const {
    [[maybe_unused]] const ssize_t written = ::write(fd_, text.data(), text.size());
  }

 private:
  int fd_;
};

tl::unexpected<Error> read_error(std::string_view what) {
  return fail("terminal.read", "the secret could not be read: " + std::string(what));
}

Result<SecretBytes> trimmed(const SecretBytes& buffer, size_t size) {
  std::string_view bytes = buffer.bytes(RevealToken{}).substr(0, size);
  if (bytes.ends_with('\n')) bytes.remove_suffix(1);
  if (bytes.empty()) return fail("terminal.empty", "the secret is empty");
  return SecretBytes::copy_of(bytes);
}

// How many bytes of a line, with its newline; 0 when a signal came first.
Result<size_t> read_line(int fd, SecretBytes* line) {
  size_t size = 0;
  while (caught_signal == 0) {
    if (size == line->size()) return read_error("it is too long");
    const ssize_t got = ::read(fd, line->data(RevealToken{}) + size, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return read_error(std::strerror(errno));
    if (got == 0 || line->data(RevealToken{})[size] == '\n') return size + static_cast<size_t>(got);
    ++size;
  }
  return size_t{0};
}

// One line; empty when a signal came first, which is then in caught_signal.
Result<SecretBytes> ask_once(const Terminal& terminal, const std::string& prompt, Echo echo) {
  KS_TRY(SecretBytes line, SecretBytes::zeroed(kMaxSecret));
  const SignalWatch watch;
  const EchoSetting setting(terminal.fd(), echo);
  if (!setting.done()) {
    if (caught_signal != 0) return SecretBytes{};  // we were in the background
    return read_error("the terminal's echo could not be turned off");
  }
  terminal.print(prompt);
  const Result<size_t> size = read_line(terminal.fd(), &line);
  if (echo == Echo::kOff || caught_signal != 0) terminal.print("\n");
  if (!size) return tl::unexpected(size.error());
  if (caught_signal != 0) return SecretBytes{};
  return trimmed(line, *size);
}

Result<SecretBytes> ask(const std::string& prompt, Echo echo) {
  const Terminal terminal;
  if (terminal.fd() < 0) {
    return fail("terminal.none",
                "a secret is needed and there is no terminal to ask on; give it by a file "
                "descriptor or a key file");
  }
  while (true) {
    auto answer = ask_once(terminal, prompt, echo);
    const int signal_number = caught_signal;
    if (signal_number == 0) return answer;
    // Now it may do what it would have done. Who comes back from being stopped is asked again.
    ::raise(signal_number);
    if (signal_number != SIGTSTP && signal_number != SIGTTIN && signal_number != SIGTTOU) {
      return read_error("interrupted");
    }
  }
}

}  // namespace

Result<SecretBytes> read_secret_from_terminal(const std::string& prompt) {
  return ask(prompt, Echo::kOff);
}

Result<SecretBytes> read_new_passphrase_from_terminal(const std::string& prompt) {
  constexpr size_t kShortest = 12;
  KS_TRY(SecretBytes first, read_secret_from_terminal(prompt));
  if (first.size() < kShortest) {
    return fail("vault.passphrase",
                fmt::format("a vault's passphrase needs at least {} characters", kShortest));
  }
  KS_TRY(const SecretBytes second, read_secret_from_terminal("Once more: "));
  if (!(first == second)) return fail("terminal.differs", "the two inputs differ");
  return first;
}

Result<std::string> read_line_from_terminal(const std::string& prompt) {
  KS_TRY(const SecretBytes line, ask(prompt, Echo::kOn));
  return std::string(line.bytes(RevealToken{}));
}

Result<SecretBytes> read_secret_from_fd(int fd) {
  if (isatty(fd)) return read_error("a terminal would show it; leave the option out to be asked");
  KS_TRY(SecretBytes buffer, SecretBytes::zeroed(kMaxSecret + 1));
  size_t size = 0;
  while (size < buffer.size()) {
    const ssize_t got = ::read(fd, buffer.data(RevealToken{}) + size, buffer.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return read_error(std::strerror(errno));
    if (got == 0) break;
    size += static_cast<size_t>(got);
  }
  if (size > kMaxSecret) return read_error("it is longer than 16 KiB");
  if (fd != STDIN_FILENO) ::close(fd);
  return trimmed(buffer, size);
}

}  // namespace keystile::cli
