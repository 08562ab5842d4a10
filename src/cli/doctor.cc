// keystile doctor: is everything here as it must be? Each check says what it found and what to do.
#include "cli/doctor.h"

#include <fmt/format.h>

#include <filesystem>
#include <set>

#include "cli/commands.h"
#include "cli/listener_certificate.h"
#include "cli/realm_access.h"
#include "cli/upstream.h"
#include "exchanges/exchange.h"
#include "gate/control.h"

namespace keystile::cli {
namespace {

constexpr uint64_t kDiskWarning = 1ull << 30;
constexpr size_t kLockedMemoryWarning = 4 << 20;  // each small secret takes a page
constexpr Millis kDriftWarning{500};              // exchanges refuse a second ahead
// Asked where the settings name none; two, so that one that lies is noticed.
const std::vector<std::string> kEgressSources{"https://api.ipify.org/",
                                              "https://checkip.amazonaws.com/"};

using Level = Check::Level;

class Doctor {
 public:
  Doctor(const Globals& globals, Output& out)
      : globals_(globals), out_(out), layout_(globals.realm) {}

  Result<int> run();

 private:
  void add(Level level, std::string name, std::string message);
  void settings();
  void policy();
  void vaults();
  void exchange_ca();
  void listener_certificates();
  void memory_and_disk();
  void serving();
  void freezes(const json::Value& status);
  void working_balances(const json::Value& status);
  void clocks();
  void egress();

  const Globals& globals_;
  Output& out_;
  signer::Layout layout_;
  signer::NodeSettings settings_;
  policy::Policy policy_;
  std::vector<Check> checks_;
};

void Doctor::add(Level level, std::string name, std::string message) {
  const char* mark = level == Level::kGood ? "ok  " : level == Level::kWarning ? "warn" : "BAD ";
  out_.line(fmt::format("{} {:<12} {}", mark, name, message));
  checks_.push_back({level, std::move(name), std::move(message)});
}

void Doctor::settings() {
  auto loaded = signer::load_settings(layout_);
  if (!loaded) return add(Level::kBad, "settings", loaded.error().message);
  settings_ = std::move(*loaded);
  add(Level::kGood, "settings",
      fmt::format("{} with {} listeners", layout_.settings(), settings_.listeners.size()));
}

void Doctor::policy() {
  const auto in_force = signer::policy_in_force(layout_);
  if (!in_force) return add(Level::kBad, "policy", in_force.error().message);
  if (in_force->version == 0) {
    add(Level::kWarning, "policy", "none is in force yet: run `keystile policy apply`");
  } else {
    policy_ = policy::load(in_force->bundle).policy;
    add(Level::kGood, "policy", fmt::format("version {} is in force", in_force->version));
  }
  const auto folder = policy::read_bundle(layout_.policy());
  if (!folder) return add(Level::kBad, "policy", folder.error().message);
  size_t unwise = 0;
  for (const policy::Finding& finding : policy::load(*folder).findings) {
    if (finding.level == policy::Finding::Level::kError) {
      add(Level::kBad, "policy", to_string(finding));
    } else {
      ++unwise;
    }
  }
  if (unwise > 0) {
    add(Level::kWarning, "policy",
        fmt::format("{} unwise settings; `keystile policy check` lists them", unwise));
  }
  if (in_force->version != 0 && folder->hash() != in_force->bundle.hash()) {
    add(Level::kWarning, "policy",
        "the policy folder was edited and is not in force: see `keystile policy plan`");
  }
}

void Doctor::vaults() {
  for (const auto& [name, source] : settings_.unlock) {
    if (source.kind == signer::UnlockSource::Kind::kPassphrase) {
      add(Level::kGood, "vault", fmt::format("{} asks for a passphrase; not opened", name));
      continue;
    }
    const auto vault = open_vault(globals_, name);
    if (!vault) {
      add(Level::kBad, "vault", vault.error().message);
      continue;
    }
    add(Level::kGood, "vault", fmt::format("{} opens, {} entries", name, vault->list().size()));
    for (Check& check : check_keys(policy_, name, *vault)) {
      add(check.level, std::move(check.name), std::move(check.message));
    }
    for (Check& check : check_days(layout_, policy_, name, *vault, system_clock())) {
      add(check.level, std::move(check.name), std::move(check.message));
    }
  }
}

void Doctor::exchange_ca() {
  const auto& all = settings_.listeners;
  const bool needed = std::any_of(all.begin(), all.end(),
                                  [](const auto& listener) { return listener.kind != "base-url"; });
  const auto unlock = settings_.unlock.find(signer::kNodeVault);
  const bool asks = unlock != settings_.unlock.end() &&
                    unlock->second.kind == signer::UnlockSource::Kind::kPassphrase;
  std::optional<vault::Vault> node;
  if (!asks) {
    auto opened = open_vault(globals_, signer::kNodeVault);
    if (opened) node = std::move(*opened);  // else vaults() has said so
  }
  for (Check& check :
       check_exchange_ca(layout_, node ? &*node : nullptr, needed, system_clock().wall())) {
    add(check.level, std::move(check.name), std::move(check.message));
  }
}

void Doctor::listener_certificates() {
  for (Check& check : check_listener_certificates(layout_, settings_, system_clock().wall())) {
    add(check.level, std::move(check.name), std::move(check.message));
  }
}

void Doctor::memory_and_disk() {
  const size_t locked = locked_memory_bytes();
  if (locked < kLockedMemoryWarning) {
    add(Level::kWarning, "memory",
        fmt::format("only {} KiB may be locked: secrets could reach swap; raise LimitMEMLOCK",
                    locked / 1024));
  } else {
    add(Level::kGood, "memory", "secrets can be locked in memory");
  }
  std::error_code error;
  const auto space = std::filesystem::space(layout_.ledger(), error);
  if (error)
    return add(Level::kBad, "disk", fmt::format("{}: {}", layout_.ledger(), error.message()));
  add(space.available < kDiskWarning ? Level::kWarning : Level::kGood, "disk",
      fmt::format("{} MiB free for the ledger", space.available >> 20));
}

void Doctor::serving() {
  const auto status = gate::ask(layout_.control_socket(), json::object({{"do", "status"}}));
  if (status) {
    add(Level::kGood, "gate",
        fmt::format("serving, policy version {}, {} ledger entries", status->text("policy"),
                    status->text("entries")));
    const json::Value* ledger = status->find("ledger");
    const json::Value* takes = ledger ? ledger->find("takes_entries") : nullptr;
    if (takes && takes->if_bool() && !*takes->if_bool()) {
      add(Level::kBad, "ledger", std::string(ledger->text("message")));
    }
    freezes(*status);
    working_balances(*status);
  } else if (status.error().code == "control.absent") {
    add(Level::kGood, "gate", "not running");
  } else {
    add(Level::kBad, "gate", status.error().message);
  }
}

void Doctor::freezes(const json::Value& status) {
  const json::Value* rows = status.find("freezes");
  for (const json::Value& row : rows && rows->if_array() ? *rows->if_array() : json::Array{}) {
    add(Level::kWarning, "freeze",
        printable(fmt::format("{}: {} is frozen since {} by {}: {}", row.text("id"),
                              row.text("target"), row.text("since"), row.text("by"),
                              row.text("reason"))));
  }
}

void Doctor::working_balances(const json::Value& status) {
  const json::Value* rows = status.find("working_balances");
  for (const json::Value& row : rows && rows->if_array() ? *rows->if_array() : json::Array{}) {
    const std::string trouble(row.text("trouble")), held(row.text("balance"));
    add(trouble.empty() ? Level::kGood : Level::kWarning, "balance",
        fmt::format("{}: {}", row.text("rule"),
                    !trouble.empty() ? trouble
                    : held.empty()   ? "not read yet"
                                     : held + ", read at " + std::string(row.text("read"))));
  }
}

void Doctor::clocks() {
  for (const policy::Environment& environment : policy_.environments) {
    for (const policy::Upstream& upstream : environment.upstreams) {
      const exchanges::Exchange* exchange = exchanges::find_exchange(upstream.exchange);
      if (!exchange) continue;
      const std::string family{exchange->hosts().front().family};
      const std::string where = fmt::format("{} in {}", upstream.exchange, environment.name);
      const WallTime before = system_clock().wall();
      const auto answer = ask_upstream(layout_, policy_, environment.name, *exchange, family,
                                       exchange->time_query(family));
      const WallTime after = system_clock().wall();
      const auto time =
          answer ? exchange->parse_time(*answer) : tl::unexpected<Error>(answer.error());
      if (!time) {
        add(Level::kBad, "clock",
            fmt::format("{} cannot be asked: {}", where, time.error().message));
        continue;
      }
      const Millis drift = *time - (before + (after - before) / 2);
      const bool far = drift > kDriftWarning || drift < -kDriftWarning;
      add(far ? Level::kWarning : Level::kGood, "clock",
          fmt::format("{} is {} ms {} this machine{}", where, std::abs(drift.count()),
                      drift.count() < 0 ? "behind" : "ahead of", far ? ": set up NTP" : ""));
    }
  }
}

void Doctor::egress() {
  std::set<std::string> seen;
  for (const std::string& source :
       settings_.egress.sources.empty() ? kEgressSources : settings_.egress.sources) {
    const size_t path = source.find('/', source.find("//") + 2);
    HttpRequest request{"GET", path == std::string::npos ? "/" : source.substr(path), "", false, {},
                        ""};
    const auto answer = ask_origin(source.substr(0, path), std::move(request), "");
    std::string text = answer && answer->status == 200 ? answer->body : "";
    text.erase(text.find_last_not_of(" \r\n") + 1);
    const auto address = policy::parse_address(text);
    if (!address) {
      add(Level::kWarning, "egress", fmt::format("{} did not tell this machine's address", source));
      continue;
    }
    seen.insert(policy::to_string(*address));
  }
  if (seen.empty()) return;
  if (seen.size() > 1)
    return add(Level::kWarning, "egress",
               fmt::format("the sources disagree: {}", fmt::join(seen, ", ")));
  const auto& bound = settings_.egress.addresses;
  if (bound.empty()) {
    return add(Level::kWarning, "egress",
               fmt::format("{}; name it under [egress] addresses, and bind the exchange keys to it",
                           *seen.begin()));
  }
  const bool known = std::find(bound.begin(), bound.end(), *seen.begin()) != bound.end();
  add(known ? Level::kGood : Level::kBad, "egress",
      fmt::format("{} is{} one of the addresses that the keys are bound to", *seen.begin(),
                  known ? "" : " NOT"));
}

Result<int> Doctor::run() {
  settings();
  policy();
  vaults();
  exchange_ca();
  listener_certificates();
  memory_and_disk();
  serving();
  out_.progress("asking the exchanges for their time …");
  clocks();
  egress();
  json::Array rows;
  bool bad = false;
  for (const Check& check : checks_) {
    bad = bad || check.level == Level::kBad;
    rows.push_back(json::object({{"check", check.name},
                                 {"level", check.level == Level::kGood      ? "ok"
                                           : check.level == Level::kWarning ? "warning"
                                                                            : "bad"},
                                 {"message", check.message}}));
  }
  out_.result(json::Value(std::move(rows)));
  return bad ? kNo : kOk;
}

}  // namespace

void add_doctor(Command& root) {
  root.add("doctor", "Check clocks, keys, disk, memory, settings and the address exchanges see")
      .run([](const Globals& g, Output& out) { return Doctor(g, out).run(); });
}

}  // namespace keystile::cli
