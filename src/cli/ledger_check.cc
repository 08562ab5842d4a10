#include "cli/ledger_check.h"

#include <fmt/format.h>

#include <chrono>
#include <memory>

#include "gate/control.h"
#include "ledger/disk.h"
#include "ledger/fsck.h"
#include "ledger/witness.h"
#include "signer/layout.h"

namespace keystile::cli {
namespace {

json::Value as_json(const ledger::Place& place) {
  json::Value value = json::object({{"file", place.file}, {"what", place.what}});
  if (place.offset) value.set("offset", *place.offset);
  if (place.entry) value.set("entry", *place.entry);
  return value;
}

std::string words_of(const ledger::Place& place) {
  std::string words = place.file;
  if (place.offset) words += fmt::format(", byte {}", *place.offset);
  if (place.entry) words += fmt::format(", entry {}", *place.entry);
  return fmt::format("{}: {}", words, place.what);
}

Result<int> fsck(const std::string& vkey, const Globals& globals, Output& output) {
  output.progress("checking every entry, hash and signature…");
  KS_TRY(const ledger::Fsck found, ledger::fsck(signer::Layout(globals.realm).ledger(), vkey));
  const auto& damage = found.verified.damage;
  json::Array places, notes(found.notes.begin(), found.notes.end());
  for (const ledger::Place& place : found.places) places.push_back(as_json(place));
  output.result(json::object({{"good", found.good()},
                              {"size", found.verified.size},
                              {"in_journal", found.verified.in_journal},
                              {"damage", json::Array(damage.begin(), damage.end())},
                              {"places", std::move(places)},
                              {"notes", std::move(notes)}}));
  for (const std::string& sentence : damage) output.line("DAMAGE  " + sentence);
  for (const ledger::Place& place : found.places) output.line("at      " + words_of(place));
  for (const std::string& note : found.notes) output.line("note    " + note);
  if (found.good()) {
    output.line(fmt::format("whole: {} entries under the checkpoint, {} more in the journal",
                            found.verified.size, found.verified.in_journal));
    return kOk;
  }
  output.line(
      "to do   stop the gate, keep a copy of this folder as evidence, put the named files back "
      "from "
      "a backup, and run this again. Where the gate has run on since, `keystile ledger mend` "
      "writes what it still holds in memory.");
  return kNo;
}

Result<int> mend(const Globals& globals, Output& output) {
  const std::string socket = signer::Layout(globals.realm).control_socket();
  auto status = gate::ask(socket, json::object({{"do", "ledger.mend"}}));
  if (!status && status.error().code == "control.absent") {
    return fail(
        "control.absent",
        "no gate serves this realm, so nothing is in memory to write anew: `keystile ledger "
        "fsck` says what is damaged, and the next `keystile serve` takes up a rescued "
        "journal by itself");
  }
  KS_CHECK(status);
  output.result(*status);
  output.line("The ledger takes entries again. What happened stands in it: `keystile ledger tail`");
  return kOk;
}

struct ProofOptions {
  std::string proof, entry, vkey;
};

// An entry as `export` prints it ends in a newline that is not part of it.
Result<int> verify_proof(const ProofOptions& options, Output& output) {
  KS_TRY(const std::string proof, ledger::read_file(options.proof));
  KS_TRY(std::string entry, ledger::read_file(options.entry));
  if (entry.ends_with('\n')) entry.pop_back();
  const auto index = ledger::verify_proof(proof, entry, options.vkey);
  if (!index && index.error().code == "note.key") return tl::unexpected<Error>(index.error());
  json::Value result = json::object({{"good", index.has_value()}});
  if (index) result.set("index", *index);
  if (!index) result.set("message", index.error().message);
  output.result(result);
  output.line(index ? fmt::format("proven: this is entry {} of that log", *index)
                    : "NOT proven: " + index.error().message);
  return index ? kOk : kNo;
}

int64_t age_of(WallTime at) {
  return std::chrono::duration_cast<std::chrono::seconds>(system_clock().wall() - at).count();
}

}  // namespace

WitnessReport check_witnesses(const Globals& globals, ledger::Verified* verified) {
  WitnessReport report;
  const signer::Layout layout(globals.realm);
  const auto settings = signer::load_settings(layout);
  if (!settings) return report;
  const ledger::Folder folder(layout.ledger());
  for (const signer::WitnessSettings& witness : settings->witnesses.list) {
    const auto key = ledger::parse_vkey(witness.key);
    if (!key) continue;  // load_settings() refuses these
    json::Value value = json::object({{"name", key->name}});
    const auto seen = ledger::read_witnessed(folder, *key);
    if (seen) {
      const Status continued = ledger::check_witnessed(folder, verified->size, *seen);
      if (!continued) verified->damage.push_back(key->name + ": " + continued.error().message);
      value.set("size", seen->size);
      value.set("age_s", age_of(seen->at));
      report.lines.push_back(fmt::format("witness  {} cosigned {} entries {} s ago", key->name,
                                         seen->size, age_of(seen->at)));
    } else if (seen.error().code == "ledger.missing") {
      report.lines.push_back(fmt::format("witness  {} never cosigned", key->name));
    } else {
      verified->damage.push_back(
          fmt::format("what is kept of witness {}: {}", key->name, seen.error().message));
    }
    report.json.push_back(std::move(value));
  }
  return report;
}

void describe_ledger_checks(Command& group) {
  const auto vkey = std::make_shared<std::string>();
  group
      .add("fsck",
           "Where exactly the log is damaged: file, byte, entry; changes nothing; exit "
           "code 1 if it is")
      .option("--vkey", vkey.get(), "The log's public key as you know it: NAME+ID+KEY")
      .run([vkey](const Globals& globals, Output& output) { return fsck(*vkey, globals, output); });

  group
      .add("mend",
           "Have the running gate write anew what was deleted or changed in its log's "
           "folder, as far as it is in memory")
      .run(mend);

  const auto options = std::make_shared<ProofOptions>();
  group.add("verify-proof", "Check what `prove` wrote, without any realm; exit code 1 if it fails")
      .argument("PROOF", &options->proof, "The proof's file")
      .option("--entry", &options->entry, "A file with the entry, exactly as exported", true)
      .option("--vkey", &options->vkey, "The log's public key as you know it: NAME+ID+KEY", true)
      .run([options](const Globals&, Output& output) { return verify_proof(*options, output); });
}

}  // namespace keystile::cli
