#include "signer/witnesses.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"

namespace keystile::signer {
namespace {

constexpr std::chrono::seconds kRetry{5};
// A cosignature's time may be that far from ours; one that is further ahead would look fresh for
// ever, one further back was made before we asked.
constexpr std::chrono::seconds kClockAhead{60}, kClockBehind{300};

// "https://host/prefix" → "https://host", "/prefix".
std::pair<std::string, std::string> split_url(const std::string& url) {
  const size_t host = url.find("://");
  const size_t slash = host == url.npos ? url.npos : url.find('/', host + 3);
  if (slash == url.npos) return {url, ""};
  std::string path = url.substr(slash);
  while (path.ends_with('/')) path.pop_back();
  return {url.substr(0, slash), path};
}

tl::unexpected<Error> against_us(std::string message) {
  return fail("witness.contradiction", std::move(message), ErrorClass::kFatal);
}
tl::unexpected<Error> lied(std::string message) { return fail("witness.lied", std::move(message)); }

}  // namespace

std::string witness_name(const WitnessSettings& settings) {
  return "witness " + settings.key.substr(0, settings.key.find('+'));
}

Witnesses::Witnesses(const WitnessesSettings& settings, const std::string& folder,
                     ledger::Disk& disk)
    : settings_(settings), folder_(folder), disk_(disk) {
  for (const WitnessSettings& one : settings_.list) {
    auto key = ledger::parse_vkey(one.key);
    if (!key) continue;  // load_settings() refuses these
    Witness witness;
    witness.key = std::move(*key);
    std::tie(witness.origin, witness.path) = split_url(one.url);
    if (const auto last = ledger::read_witnessed(folder_, witness.key)) {
      witness.last = *last;
      witness.old = last->size;
    }
    witnesses_.push_back(std::move(witness));
  }
}

std::vector<Witnesses::Question> Witnesses::due(MonoTime now) {
  std::vector<Question> questions;
  for (size_t i = 0; i < witnesses_.size(); ++i) {
    Witness& witness = witnesses_[i];
    if (witness.running || now < witness.due) continue;
    auto made = ledger::make_submission(folder_, witness.old);
    if (!made) {
      witness.trouble = made.error().code;
      witness.due = now + kRetry;
      continue;
    }
    if (made->size == 0) continue;  // nothing to witness yet
    witness.running = true;
    witness.asked = std::move(made->note);
    HttpRequest request{"POST", witness.path + "/add-checkpoint", "", false, {}, made->body};
    questions.push_back({i, witness_name(settings_.list[i]), witness.origin, std::move(request)});
  }
  return questions;
}

std::optional<json::Value> Witnesses::answered(size_t index, const Result<HttpResponse>& answer,
                                               MonoTime now, WallTime wall) {
  Witness& witness = witnesses_.at(index);
  witness.running = false;
  const uint64_t old = witness.old;
  const Status taken = take(&witness, answer, wall);
  // One that told what it has seen is asked again with the right proof, after a moment.
  const bool corrected = !taken && witness.old != old;
  witness.due = now + (taken ? settings_.every : corrected ? std::chrono::seconds{1} : kRetry);
  if (corrected) return std::nullopt;
  witness.trouble = taken ? "" : taken.error().code;
  const bool serious =
      witness.trouble == "witness.contradiction" || witness.trouble == "witness.lied";
  const std::string to_record = serious ? witness.trouble : "";
  if (to_record == witness.recorded_trouble) return std::nullopt;
  if (!serious && !taken) return std::nullopt;  // silence takes nothing back
  witness.recorded_trouble = to_record;
  if (taken) {
    return json::object(
        {{"type", "ledger.witness"}, {"witness", witness.key.name}, {"good", true}});
  }
  return json::object({{"type", "ledger.witness"},
                       {"witness", witness.key.name},
                       {"good", false},
                       {"reason", witness.trouble},
                       {"message", taken.error().message}});
}

Status Witnesses::take(Witness* witness, const Result<HttpResponse>& answer, WallTime wall) {
  if (!answer) return fail("witness.silent", "no answer: " + answer.error().code);
  switch (answer->status) {
    case 200:
      return take_cosignature(witness, answer->body, wall);
    case 409:
      return take_size(witness, answer->body);
    case 422:
      return against_us("it says that this log does not continue what it has seen");
    case 403:
    case 404:
      return fail("witness.unknown_log", "it does not know this log or its key: register them");
    default:
      return fail("witness.silent", fmt::format("it answered with status {}", answer->status));
  }
}

Status Witnesses::take_cosignature(Witness* witness, std::string_view answer, WallTime wall) {
  const auto note = ledger::add_cosignature(witness->asked, answer, witness->key);
  if (!note) return lied("what it answered is not its cosignature: " + note.error().message);
  KS_TRY(const auto log, folder_.key());
  KS_TRY(const auto witnessed, ledger::open_witnessed(*note, log, witness->key));
  if (witnessed.at > wall + kClockAhead || witnessed.at < wall - kClockBehind) {
    return lied("the time that it signed is not now: " + iso8601(witnessed.at));
  }
  KS_CHECK(ledger::replace_file(disk_, ledger::witnessed_path(folder_, witness->key), *note));
  witness->last = witnessed;
  witness->old = witnessed.size;
  return {};
}

// It has seen another number of entries than we knew of.
Status Witnesses::take_size(Witness* witness, std::string_view answer) {
  if (answer.ends_with('\n')) answer.remove_suffix(1);
  const auto size = parse_uint64(answer);
  if (!size) return lied("it says that it has seen something else, but not how much");
  if (*size < witness->last.size) {
    return lied(fmt::format("it has cosigned {} entries, and now says that it has seen only {}",
                            witness->last.size, *size));
  }
  KS_TRY(const std::string note, folder_.checkpoint_note());
  KS_TRY(const auto checkpoint, ledger::unverified_checkpoint(note));
  if (*size > checkpoint.size) {
    return against_us(
        fmt::format("it has seen {} entries, and this ledger has {}: an old copy was "
                    "put back, or somebody else has its key",
                    *size, checkpoint.size));
  }
  witness->old = *size;
  return fail("witness.behind", "it is asked again with the right proof");
}

uint32_t Witnesses::fresh_count(WallTime now) const {
  return static_cast<uint32_t>(
      std::count_if(witnesses_.begin(), witnesses_.end(), [&](const Witness& witness) {
        return witness.last.size > 0 && now - witness.last.at <= settings_.max_age;
      }));
}

Status Witnesses::fresh(WallTime now) const {
  const uint32_t fresh = fresh_count(now);
  if (fresh >= settings_.required) return {};
  return fail(
      "ledger.witness",
      fmt::format("{} of {} required witnesses have cosigned the ledger within {} s; `keystile "
                  "ledger verify` tells of each",
                  fresh, settings_.required, settings_.max_age.count()),
      ErrorClass::kRetryable);
}

std::vector<Witnesses::Standing> Witnesses::standings() const {
  std::vector<Standing> all;
  for (const Witness& witness : witnesses_) {
    all.push_back(
        {witness.key.name, witness.last.size > 0 ? std::optional(witness.last.at) : std::nullopt});
  }
  return all;
}

json::Value Witnesses::status(WallTime now) const {
  json::Array list;
  for (const Witness& witness : witnesses_) {
    json::Value one = json::object({{"name", witness.key.name}, {"size", witness.last.size}});
    if (witness.last.size > 0) {
      one.set("age_s",
              std::chrono::duration_cast<std::chrono::seconds>(now - witness.last.at).count());
    }
    if (!witness.trouble.empty()) one.set("trouble", witness.trouble);
    list.push_back(std::move(one));
  }
  return json::object({{"required", static_cast<uint64_t>(settings_.required)},
                       {"fresh", static_cast<uint64_t>(fresh_count(now))},
                       {"list", std::move(list)}});
}

}  // namespace keystile::signer
