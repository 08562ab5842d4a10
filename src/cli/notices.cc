#include "cli/notices.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <optional>

#include "base/encoding.h"
#include "cli/child.h"
#include "cli/notice_feed.h"
#include "cli/upstream.h"
#include "cli/wait_unless.h"
#include "crypto/digest.h"

namespace keystile::cli {
namespace {

constexpr Millis kLookEvery{1000};
constexpr Millis kProgramTime{10000};
constexpr int kAttempts = 8;  // each waits twice as long as the one before it

class Courier {
 public:
  Courier(signer::Layout layout, signer::NoticeSettings settings)
      : layout_(std::move(layout)), settings_(std::move(settings)), feed_(settings_.remind) {}

  void run(const std::stop_token& stop) {
    std::optional<ledger::Index> told = position();
    do {
      std::vector<Waiting> waiting = look();
      if (!told) {
        told = next_;
        waiting.clear();
        keep(*told);
      }
      for (const Waiting& each : waiting) {
        if (each.from < *told) continue;
        if (!deliver(stop, json::dump(each.notice))) return;
        told = each.from + 1;
        keep(*told);
      }
      for (const json::Value& notice : feed_.reminders(system_clock().wall())) {
        if (!deliver(stop, json::dump(notice))) return;
      }
    } while (wait_unless(stop, kLookEvery));
  }

 private:
  struct Waiting {
    ledger::Index from;
    json::Value notice;
  };

  // By what it tells, so that the order in keystile.toml does not matter.
  std::string position_file() const {
    const std::string target =
        settings_.url +
        json::dump(json::Value(json::Array(settings_.command.begin(), settings_.command.end())));
    return fmt::format("{}/run/notice-{}", layout_.root(),
                       hex_encode(crypto::sha256(target)).substr(0, 16));
  }
  std::optional<ledger::Index> position() const {
    const auto text = signer::read_file(position_file());
    return text ? parse_uint64(*text) : std::nullopt;
  }
  void keep(ledger::Index told) const {
    const Status kept = signer::write_file(position_file(), std::to_string(told), 0600);
    if (!kept) spdlog::warn("notices: {}", kept.error().message);
  }

  // What the ledger holds since the last look.
  std::vector<Waiting> look() {
    std::vector<Waiting> all;
    const Status read =
        ledger::read(layout_.ledger(), next_, [&](ledger::Index index, std::string_view entry) {
          next_ = index + 1;
          if (auto notice = feed_.take(index, entry)) all.push_back({index, std::move(*notice)});
          return true;
        });
    if (!read) spdlog::warn("notices: {}", read.error().message);
    return all;
  }

  // False: it is time to stop, and this one is told the next time.
  bool deliver(const std::stop_token& stop, const std::string& notice) const {
    Millis pause{1000};
    for (int attempt = 1; attempt <= kAttempts; ++attempt, pause *= 2) {
      const Status told = settings_.url.empty() ? run_program(stop, notice) : post(notice);
      if (told) return true;
      if (stop.stop_requested()) return false;
      spdlog::warn("a notice could not be delivered ({} of {} attempts): {}", attempt, kAttempts,
                   told.error().message);
      if (attempt < kAttempts && !wait_unless(stop, pause)) return false;
    }
    return true;
  }

  Status post(const std::string& notice) const {
    const size_t slash = settings_.url.find('/', settings_.url.find("://") + 3);
    const std::string target = slash == std::string::npos ? "/" : settings_.url.substr(slash);
    HttpRequest request = request_to("POST", target);
    request.headers.push_back({"Content-Type", "application/json"});
    request.body = notice;
    KS_TRY(const HttpResponse answer, ask_origin(settings_.url.substr(0, slash), std::move(request),
                                                 layout_.resolve(settings_.ca_file)));
    if (answer.status / 100 == 2) return {};
    return fail("notice.status", fmt::format("its URL answered with status {}", answer.status));
  }

  Status run_program(const std::stop_token& stop, const std::string& notice) const {
    const int text = memfd_create("notice", MFD_CLOEXEC);
    if (text < 0 || write(text, notice.data(), notice.size()) != ssize_t(notice.size()) ||
        lseek(text, 0, SEEK_SET) != 0) {
      if (text >= 0) close(text);
      return fail("notice.memory", "there is no memory for it");
    }
    const auto child = start_child(settings_.command, text, STDERR_FILENO);
    close(text);
    if (!child) return tl::unexpected<Error>(child.error());
    int status = 0;
    for (Millis waited{0}; waitpid(*child, &status, WNOHANG) == 0; waited += Millis{50}) {
      if (waited < kProgramTime && wait_unless(stop, Millis{50})) continue;
      kill(*child, SIGKILL);
      wait_for_child(*child);
      return fail("notice.late", "its program took too long, and was ended");
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
    return fail("notice.failed", "its program failed");
  }

  signer::Layout layout_;
  signer::NoticeSettings settings_;
  NoticeFeed feed_;
  ledger::Index next_ = 0;
};

}  // namespace

Notices::Notices(const signer::Layout& layout,
                 const std::vector<signer::NoticeSettings>& settings) {
  for (const signer::NoticeSettings& each : settings) {
    threads_.emplace_back(
        [layout, each](const std::stop_token& stop) { Courier(layout, each).run(stop); });
  }
}

}  // namespace keystile::cli
