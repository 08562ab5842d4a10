#include "gate/control.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

#include "base/temp_folder_for_test.h"
#include "gate/fake_signer_for_test.h"
#include "net/loop_for_test.h"

namespace keystile::gate {
namespace {

class Control : public testing::Test {
 protected:
  ~Control() override {
    if (control_) close();
  }

  void close() {
    loop_.run(control_->stop());
    loop_.on_thread([this] { control_.reset(); });
  }

  Status open(const std::string& path) {
    Status status;
    loop_.on_thread([&] {
      auto control = ControlSocket::open(loop_.context.get_executor(), path, signer_);
      if (control) {
        control_ = std::move(*control);
      } else {
        status = tl::unexpected<Error>(control.error());
      }
    });
    return status;
  }

  static mode_t mode(const std::string& path) {
    struct stat info {};
    EXPECT_EQ(::stat(path.c_str(), &info), 0);
    return info.st_mode & 0777;
  }

  // A socket that is bound to path; closing it leaves the name, as a killed process does.
  static int bind_socket(const std::string& path) {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, path.c_str());
    EXPECT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(::listen(fd, 1), 0);
    return fd;
  }

  TempFolder dir_;
  std::string path_ = dir_ / "run/control";
  net::Loop loop_;
  FakeSigner signer_;
  std::unique_ptr<ControlSocket> control_;
};

TEST_F(Control, CommandAndAnswer) {
  ASSERT_TRUE(open(path_));
  EXPECT_EQ(mode(path_), 0600u);
  EXPECT_EQ(mode(dir_ / "run"), 0700u);
  for (int i = 0; i < 3; ++i) {
    const auto answer = ask(path_, json::object({{"do", "stand"}}));
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->text("did"), "stand");
  }
  const std::string large(500000, 'x');
  const auto echoed = ask(path_, json::object({{"do", large}}));
  ASSERT_TRUE(echoed);
  EXPECT_EQ(echoed->text("did"), large);
}

TEST_F(Control, ErrorsComeBackAsTheyAre) {
  ASSERT_TRUE(open(path_));
  const auto answer = ask(path_, json::object({{"do", "fail"}}));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, "test.code");
  EXPECT_EQ(answer.error().message, "the message");
  EXPECT_FALSE(ask(path_, json::object({{"do", std::string(2 << 20, 'x')}}))) << "too large";
}

TEST_F(Control, StoppedMeansAbsent) {
  EXPECT_EQ(ask(path_, json::object({})).error().code, "control.absent");
  ASSERT_TRUE(open(path_));
  close();
  EXPECT_FALSE(std::filesystem::exists(path_));
  EXPECT_EQ(ask(path_, json::object({})).error().code, "control.absent");
}

TEST_F(Control, StaleSocketIsReplacedAndALiveOneIsNot) {
  ASSERT_EQ(::mkdir((dir_ / "run").c_str(), 0700), 0);
  const int other = bind_socket(path_);
  EXPECT_EQ(open(path_).error().code, "net.taken");
  ::close(other);
  ASSERT_TRUE(std::filesystem::exists(path_));
  ASSERT_TRUE(open(path_));
  EXPECT_TRUE(ask(path_, json::object({{"do", "x"}})));
}

TEST_F(Control, OtherFilesAndOpenFoldersAreRefused) {
  ASSERT_EQ(::mkdir((dir_ / "run").c_str(), 0700), 0);
  std::ofstream(path_) << "precious";
  EXPECT_EQ(open(path_).error().code, "net.path");
  EXPECT_TRUE(std::filesystem::exists(path_));
  std::filesystem::remove(path_);
  ASSERT_EQ(::chmod((dir_ / "run").c_str(), 0750), 0);
  EXPECT_EQ(open(path_).error().code, "control.path");
  EXPECT_EQ(open(dir_ / std::string(200, 'a')).error().code, "control.path");
}

TEST_F(Control, AnswerThatDoesNotComeIsOfUnknownOutcome) {
  ASSERT_EQ(::mkdir((dir_ / "run").c_str(), 0700), 0);
  const int silent = bind_socket(path_);
  const auto answer = ask(path_, json::object({}), Millis{20});
  ::close(silent);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, "control.timeout");
  EXPECT_EQ(answer.error().kind, ErrorClass::kOutcomeUnknown);
}

TEST_F(Control, StopEndsConnectionsThatSayNothing) {
  ASSERT_TRUE(open(path_));
  const int silent = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strcpy(address.sun_path, path_.c_str());
  ASSERT_EQ(::connect(silent, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  ASSERT_TRUE(ask(path_, json::object({{"do", "x"}})));  // so the first one is accepted too
  close();
  char byte = 0;
  EXPECT_EQ(::recv(silent, &byte, 1, 0), 0);
  ::close(silent);
}

}  // namespace
}  // namespace keystile::gate
