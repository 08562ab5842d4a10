#include "cli/executor_run.h"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>

#include "base/random.h"
#include "cli/executor_metrics.h"
#include "cli/upstream.h"
#include "crypto/ssh_wire.h"
#include "executor/metrics.h"
#include "gate/control.h"
#include "gate/control_line.h"
#include "ledger/ledger.h"
#include "quorum/sshsig.h"
#include "signer/layout.h"
#include "signer/signed_command.h"

namespace keystile::cli {
namespace {

using executor::Moment;

constexpr Millis kAnswerTime{10'000};  // of the realm, which may have to sync its disk
constexpr Millis kAnswerAge{30'000};   // an older answer of the realm is none, to monitors
constexpr Millis kTellEvery{500};

// SIGINT and SIGTERM are not delivered, but taken between two actions.
class StopSignals {
 public:
  StopSignals() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGINT);
    sigaddset(&set_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  }
  // Waits so long for one.
  bool came_within(Millis time) {
    const timespec wait{static_cast<time_t>(time.count() / 1000),
                        static_cast<long>(time.count() % 1000 * 1'000'000)};
    return sigtimedwait(&set_, nullptr, &wait) > 0;
  }

 private:
  sigset_t set_;
};

// The way to the realm: each command signed with the executor's own key.
class Realm {
 public:
  static Result<Realm> open(const executor::Settings& settings, const crypto::SigningKey* key) {
    if (!key) return fail("executor.vault", "the executor's vault has lost its own key");
    KS_TRY(const crypto::SshKey ssh_key, ssh_key_of(*key));
    return Realm(settings, *key, ssh_key);
  }

  Result<json::Value> ask(json::Value command) const {
    std::string body =
        signer::body_of(std::move(command), settings_.key.name, system_clock().wall());
    KS_TRY(std::string armored, sign(body));
    const json::Value whole = signer::signed_command(std::move(body), std::move(armored));
    if (!settings_.is_remote()) return gate::ask(settings_.at, whole, kAnswerTime);
    HttpRequest request = request_to("POST", "/v1/command");
    request.headers.push_back({"Content-Type", "application/json"});
    request.body = json::dump(whole);
    KS_TRY(const HttpResponse response,
           ask_origin(settings_.at, std::move(request), settings_.ca_file));
    return gate::read_answer(response.body);
  }

 private:
  Realm(const executor::Settings& settings, const crypto::SigningKey& key, crypto::SshKey ssh_key)
      : settings_(settings), key_(key), ssh_key_(std::move(ssh_key)) {}

  Result<std::string> sign(const std::string& body) const {
    constexpr auto kHash = quorum::SshHash::kSha512;
    KS_TRY(const std::string raw,
           key_.sign(quorum::signed_data(signer::kRequestNamespace, kHash, body)));
    std::string wire;
    crypto::append_string(&wire, to_string(ssh_key_.type()));
    crypto::append_string(&wire, raw);
    return quorum::SshSignature{ssh_key_, std::string(signer::kRequestNamespace), kHash, wire}
        .armored();
  }

  const executor::Settings& settings_;
  const crypto::SigningKey& key_;
  crypto::SshKey ssh_key_;
};

// Carries out one action after another.
class Loop {
 public:
  Loop(const ExecutorFolder& folder, const executor::Settings& settings, const Realm& realm,
       ledger::Ledger& ledger, ExecutorMetrics* metrics, Output& out)
      : folder_(folder),
        settings_(settings),
        realm_(realm),
        ledger_(ledger),
        metrics_(metrics),
        out_(out) {}

  Status run(executor::Runner& runner, StopSignals& stop) {
    const Status ended = act(runner, stop);
    const Status noted = keep(runner.farewell());
    return ended ? noted : ended;
  }

 private:
  Status act(executor::Runner& runner, StopSignals& stop) {
    Millis rest{0};
    while (!stop.came_within(rest)) {
      KS_TRY(executor::Action action, runner.next(now()));
      const auto* rests = std::get_if<executor::Rest>(&action);
      rest = rests ? rests->time : Millis{0};
      KS_CHECK(std::visit([this](auto& what) { return perform(what); }, action));
      tell(runner.troubles());
      tell_monitors(runner);
    }
    return {};
  }

  Status keep(const json::Value& entry) {
    KS_CHECK(ledger_.append(entry, ledger::Priority::kReserve));
    return ledger_.sync();
  }

  static Moment now() { return {system_clock().wall(), system_clock().mono()}; }

  Status perform(executor::Rest&) { return {}; }
  Status perform(executor::Ask& ask) {
    auto answer = realm_.ask(std::move(ask.command));
    return ask.then(std::move(answer), now());
  }
  Status perform(executor::Fetch& fetch) {
    auto answer = ask_origin(fetch.origin, std::move(fetch.request), settings_.exchanges_ca_file);
    return fetch.then(std::move(answer), now());
  }
  Status perform(executor::Note& note) {
    for (const json::Value& entry : note.entries) {
      KS_CHECK(ledger_.append(entry, ledger::Priority::kReserve));
      if (entry.text("type") == "sending") out_.line(fmt::format("sending {}", entry.text("id")));
      if (entry.text("type") == "ended") {
        out_.line(fmt::format("{} is {}: {}", entry.text("id"), entry.text("to"),
                              printable(std::string(entry.text("detail")))));
      }
    }
    const Status synced = ledger_.sync();
    if (ledger_.durable() < ledger_.size()) return synced;
    return note.then(now());
  }
  Status perform(executor::Keep& keep) {
    KS_CHECK(
        signer::write_file(folder_.policy(keep.bundle.hash()), dump_bundle(keep.bundle), 0600));
    return keep.then(now());
  }

  // Each once, when it is new.
  void tell(const std::vector<std::string>& troubles) {
    for (const std::string& one : troubles) {
      if (std::find(told_.begin(), told_.end(), one) == told_.end()) out_.warn(printable(one));
    }
    told_ = troubles;
  }

  void tell_monitors(const executor::Runner& runner) {
    const MonoTime at = system_clock().mono();
    if (!metrics_ || at < tell_due_) return;
    tell_due_ = at + kTellEvery;
    json::Array missing;
    if (!runner.chain().policy()) missing.push_back(json::object({{"missing", "policy"}}));
    if (system_clock().wall() > runner.answered() + kAnswerAge + 2 * settings_.follow_every) {
      missing.push_back(json::object({{"missing", "realm"}}));
    }
    metrics_->tell(metrics_of(runner), std::move(missing));
  }

  const ExecutorFolder& folder_;
  const executor::Settings& settings_;
  const Realm& realm_;
  ledger::Ledger& ledger_;
  ExecutorMetrics* metrics_;  // null: nobody may ask
  MonoTime tell_due_{};
  Output& out_;
  std::vector<std::string> told_;
};

}  // namespace

executor::FindKey keys_of(const vault::Vault& vault) {
  return [&vault](const std::string& entry) -> std::optional<exchanges::RealKey> {
    const vault::Info* info = vault.find(entry);
    const crypto::SigningKey* key = vault.signing_key(entry);
    if (!info || !key) return std::nullopt;
    return exchanges::RealKey{info->key_id, key, vault.passphrase(entry)};
  };
}

Status replay_executor(const ExecutorFolder& folder, executor::Runner* runner) {
  const auto find_policy = [&](const std::string& hash) { return folder.read_policy(hash); };
  Status known;
  const Status read = ledger::read(folder.ledger(), 0, [&](ledger::Index, std::string_view text) {
    const auto entry = json::parse(text);
    known = entry ? runner->remember(*entry, find_policy) : tl::unexpected<Error>(entry.error());
    return known.has_value();
  });
  return read ? known : read;
}

Status run_executor(const ExecutorFolder& folder, Output& out) {
  KS_TRY(const executor::Settings settings, folder.load_settings());
  if (settings.policy.empty()) {
    return fail("executor.policy",
                fmt::format("{} trusts no policy yet: once the realm's policy names this executor, "
                            "read it, and write `policy = \"HASH\"` below [realm]",
                            folder.settings()));
  }
  StopSignals stop;  // before there are other threads
  KS_TRY(const vault::Vault vault, folder.open_vault(settings));
  KS_TRY(const Realm realm, Realm::open(settings, vault.signing_key(kExecutorApiKey)));
  const crypto::SigningKey* ledger_key = vault.signing_key(kExecutorLedgerKey);
  if (!ledger_key) return fail("executor.vault", "the executor's vault has lost its ledger's key");
  ledger::Ledger::Options options;
  options.folder = folder.ledger();
  options.origin = executor_origin(settings);
  KS_TRY(const auto own, ledger::Ledger::open(options, *ledger_key, system_clock()));
  executor::Runner runner(settings.runner(), keys_of(vault), system_random());
  KS_CHECK(replay_executor(folder, &runner));
  KS_TRY(const auto metrics, ExecutorMetrics::open(settings));
  out.line(fmt::format("Follows {} from entry {} on.", settings.key.name, runner.followed()));
  return Loop(folder, settings, realm, *own, metrics.get(), out).run(runner, stop);
}

}  // namespace keystile::cli
