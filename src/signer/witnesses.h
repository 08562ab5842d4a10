// The outside witnesses of this node's ledger: when each is to be asked, what it answered, and
// whether enough of them have cosigned lately. Silence is never taken for consent.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/http.h"
#include "base/json.h"
#include "ledger/witness.h"
#include "signer/layout.h"

namespace keystile::signer {

// The name under which the gate knows it as an upstream.
std::string witness_name(const WitnessSettings& settings);

class Witnesses {
 public:
  // Takes up what each cosigned before. folder: the ledger's. disk must outlive it.
  Witnesses(const WitnessesSettings& settings, const std::string& folder, ledger::Disk& disk);

  struct Question {
    size_t witness = 0;
    std::string name, origin;
    HttpRequest request;
  };
  // To be asked now; answered() must follow for each.
  std::vector<Question> due(MonoTime now);
  // The entry for the ledger where the witness's trouble has changed: it said that the log does not
  // continue what it saw, or what it signed is not what it was asked for. Its mere silence is told
  // by status() alone.
  std::optional<json::Value> answered(size_t witness, const Result<HttpResponse>& answer,
                                      MonoTime now, WallTime wall);

  // "ledger.witness" unless as many as required have cosigned within max_age.
  Status fresh(WallTime now) const;
  json::Value status(WallTime now) const;

  struct Standing {
    std::string_view name;
    std::optional<WallTime> cosigned;  // when it last did, by its clock
  };
  std::vector<Standing> standings() const;
  uint32_t required() const { return settings_.required; }
  uint32_t fresh_count(WallTime now) const;  // how many have cosigned within max_age

 private:
  struct Witness {
    ledger::NoteKey key;
    std::string origin, path;
    ledger::Witnessed last;  // what it cosigned last; size 0: nothing
    uint64_t old = 0;        // entries that it has seen, as far as we know
    std::string asked;       // the note that was sent
    bool running = false;
    MonoTime due{};
    std::string trouble;           // code; empty: none
    std::string recorded_trouble;  // that stands in the ledger
  };
  Status take(Witness* witness, const Result<HttpResponse>& answer, WallTime wall);
  Status take_cosignature(Witness* witness, std::string_view answer, WallTime wall);
  Status take_size(Witness* witness, std::string_view answer);

  const WitnessesSettings settings_;
  const ledger::Folder folder_;
  ledger::Disk& disk_;
  std::vector<Witness> witnesses_;
};

}  // namespace keystile::signer
