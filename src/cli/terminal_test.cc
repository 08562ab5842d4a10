#include "cli/terminal.h"

#include <gtest/gtest.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <csignal>
#include <functional>

namespace keystile::cli {
namespace {

// A child whose terminal is a pseudo terminal that the test types on and looks at.
class ChildOnTerminal {
 public:
  explicit ChildOnTerminal(const std::function<bool()>& body) {
    EXPECT_EQ(::openpty(&ours_, &theirs_, nullptr, nullptr, nullptr), 0);
    child_ = ::fork();
    if (child_ == 0) {
      ::setsid();
      ::ioctl(theirs_, TIOCSCTTY, 0);
      ::_exit(body() ? 0 : 1);
    }
  }
  ~ChildOnTerminal() {
    ::close(ours_);
    ::close(theirs_);
  }

  // Everything shown so far, once it ends with text.
  void wait_until_shown(const std::string& text) {
    char c = 0;
    while (!shown_.ends_with(text) && ::read(ours_, &c, 1) == 1) shown_ += c;
    EXPECT_TRUE(shown_.ends_with(text)) << shown_;
  }
  void type(const std::string& text) {
    EXPECT_EQ(::write(ours_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  bool echoes() const {
    termios state{};
    EXPECT_EQ(::tcgetattr(theirs_, &state), 0);
    return (state.c_lflag & ECHO) != 0;
  }
  int wait(int options = 0) {
    int status = -1;
    EXPECT_EQ(::waitpid(child_, &status, options), child_);
    return status;
  }
  void send(int signal) { EXPECT_EQ(::kill(child_, signal), 0); }
  const std::string& shown() const { return shown_; }

 private:
  int ours_ = -1;
  int theirs_ = -1;
  pid_t child_ = -1;
  std::string shown_;
};

bool asked_and_got(std::string_view expected) {
  const auto secret = read_secret_from_terminal("Secret: ");
  return secret && secret->equals(expected);
}

TEST(Terminal, ReadsALineWithoutShowingIt) {
  ChildOnTerminal child([] { return asked_and_got("hunter2 "); });
  child.wait_until_shown("Secret: ");
  EXPECT_FALSE(child.echoes());
  child.type("hunter2 \n");
  child.wait_until_shown("\n");
  EXPECT_EQ(child.wait(), 0);
  EXPECT_EQ(child.shown(), "Secret: \r\n");
  EXPECT_TRUE(child.echoes());
}

TEST(Terminal, ALineThatIsNoSecretIsShown) {
  ChildOnTerminal child([] {
    const auto line = read_line_from_terminal("Id: ");
    return line && *line == "abc";
  });
  child.wait_until_shown("Id: ");
  EXPECT_TRUE(child.echoes());
  child.type("abc\n");
  EXPECT_EQ(child.wait(), 0);
  child.wait_until_shown("Id: abc\r\n");
}

TEST(Terminal, EmptyLineIsAnError) {
  ChildOnTerminal child([] {
    const auto secret = read_secret_from_terminal("Secret: ");
    return !secret && secret.error().code == "terminal.empty";
  });
  child.wait_until_shown("Secret: ");
  child.type("\n");
  EXPECT_EQ(child.wait(), 0);
}

TEST(Terminal, ANewPassphraseIsAskedTwice) {
  for (const char* second : {"twelve or so\n", "twelve or so.\n"}) {
    ChildOnTerminal child([] {
      const auto secret = read_new_passphrase_from_terminal("New: ");
      return secret && secret->equals("twelve or so");
    });
    child.wait_until_shown("New: ");
    child.type("twelve or so\n");
    child.wait_until_shown("Once more: ");
    child.type(second);
    EXPECT_EQ(child.wait() == 0, std::string_view(second) == "twelve or so\n");
  }
}

TEST(Terminal, AShortPassphraseIsNone) {
  ChildOnTerminal child([] {
    const auto secret = read_new_passphrase_from_terminal("New: ");
    return !secret && secret.error().code == "vault.passphrase";
  });
  child.wait_until_shown("New: ");
  child.type("only eleven\n");
  EXPECT_EQ(child.wait(), 0);
}

TEST(Terminal, EchoComesBackWhenKilled) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
    ChildOnTerminal child([] { return asked_and_got("never"); });
    child.wait_until_shown("Secret: ");
    EXPECT_FALSE(child.echoes());
    child.type("half a secr");
    child.send(signal);
    const int status = child.wait();
    ASSERT_TRUE(WIFSIGNALED(status)) << signal;
    EXPECT_EQ(WTERMSIG(status), signal);
    EXPECT_TRUE(child.echoes()) << signal;
  }
}

// Ctrl-Z: the shell gets its terminal back as it was; `fg` asks again.
TEST(Terminal, EchoComesBackWhileStopped) {
  ChildOnTerminal child([] {
    std::signal(SIGTSTP, [](int) { ::raise(SIGSTOP); });  // an orphaned group ignores SIGTSTP
    return asked_and_got("hunter2");
  });
  child.wait_until_shown("Secret: ");
  child.send(SIGTSTP);
  ASSERT_TRUE(WIFSTOPPED(child.wait(WUNTRACED)));
  EXPECT_TRUE(child.echoes());
  child.send(SIGCONT);
  child.wait_until_shown("\r\nSecret: ");
  EXPECT_FALSE(child.echoes());
  child.type("hunter2\n");
  EXPECT_EQ(child.wait(), 0);
}

TEST(Terminal, NoneIsAnError) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::setsid();
    const auto secret = read_secret_from_terminal("Secret: ");
    ::_exit(!secret && secret.error().code == "terminal.none" ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

std::string through_fd(const std::string& text) {
  int ends[2];
  EXPECT_EQ(::pipe(ends), 0);
  EXPECT_EQ(::write(ends[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  ::close(ends[1]);
  const auto secret = read_secret_from_fd(ends[0]);
  if (!secret) return secret.error().code;
  return secret->equals(text.ends_with('\n') ? text.substr(0, text.size() - 1) : text) ? "same"
                                                                                       : "other";
}

TEST(Fd, ReadsToTheEndLessOneNewline) {
  EXPECT_EQ(through_fd("hunter2"), "same");
  EXPECT_EQ(through_fd("hunter2\n"), "same");
  EXPECT_EQ(through_fd("two\nlines\n\n"), "same");
  EXPECT_EQ(through_fd(std::string(16 << 10, 'x')), "same");
  EXPECT_EQ(through_fd(std::string((16 << 10) + 1, 'x')), "terminal.read");
  EXPECT_EQ(through_fd(""), "terminal.empty");
  EXPECT_EQ(through_fd("\n"), "terminal.empty");
  EXPECT_EQ(read_secret_from_fd(-1).error().code, "terminal.read");
}

TEST(Fd, ATerminalIsRefused) {
  int ours = -1, theirs = -1;
  ASSERT_EQ(::openpty(&ours, &theirs, nullptr, nullptr, nullptr), 0);
  EXPECT_EQ(read_secret_from_fd(theirs).error().code, "terminal.read");
  ::close(ours);
  ::close(theirs);
}

}  // namespace
}  // namespace keystile::cli
