// Judges again what the ledger recorded, under another policy than the one that judged it then:
// with the same prices, at the same time of day, and with what the client would have used by then.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/json.h"
#include "ledger/ledger.h"
#include "policy/decide.h"
#include "policy/market_facts.h"
#include "signer/books.h"
#include "signer/read_rate.h"

namespace keystile::signer {

struct LedgerEntry {
  ledger::Index index = 0;
  WallTime time{};
  json::Value value;
};
// Every entry of a ledger's folder, oldest first; needs no lock or key. An error of `visit` ends
// it.
Status each_entry(const std::string& folder,
                  const std::function<Status(const LedgerEntry&)>& visit);

// A recorded request, judged again. The pointers are good until the replay's next entry.
struct Judged {
  const LedgerEntry* entry = nullptr;
  bool was_allowed = false;           // then
  std::optional<std::string> cannot;  // why it cannot be judged again; then there is nothing below
  policy::Question question;          // client, route, intent, market; null where refused before
  policy::Verdict verdict;

  std::string_view client() const { return entry->value.text("client"); }
  bool allowed() const { return verdict.kind != policy::Verdict::Kind::kDeny; }
};

class Replay {
 public:
  // policy must outlive it. client: only this one's requests are judged; empty: everyone's.
  // from: earlier requests are not judged, but count for what was used and whose orders there are.
  Replay(const policy::Policy& policy, std::string client, WallTime from)
      : policy_(policy), client_(std::move(client)), from_(from) {}

  // Takes the ledger's next entry; gives what it judged, or null. What it refuses is taken not to
  // have happened, and with it whatever was done to its orders; what it allows that was refused
  // then uses nothing, as nobody knows what would have become of it. "ledger.entry".
  Result<const Judged*> take(const LedgerEntry& entry);

 private:
  Status judge(const json::Value& entry);
  policy::Usage usage(const policy::Client& client, WallTime time);
  size_t place_of(const policy::Client& client) const;
  std::optional<policy::Verdict> refused_before(const json::Value& entry) const;

  const policy::Policy& policy_;
  const std::string client_;
  const WallTime from_;
  Books books_;
  ReadRate read_rate_;
  Judged judged_;
  exchanges::Intent intent_;                  // judged_.question's
  std::optional<policy::PastMarket> market_;  // likewise
};

}  // namespace keystile::signer
