#include "executor/runner.h"

#include <fmt/format.h>

#include <algorithm>

#include "executor/value.h"
#include "policy/origin.h"
#include "quorum/events.h"

namespace keystile::executor {
namespace {

using quorum::State;

// So far the position that stands in our ledger may lag behind: to read that much again at a start
// costs less than an entry for every second.
constexpr uint64_t kUnnoted = 5000;
// The same of when it was asked: after a crash we count as off since so much earlier.
constexpr Millis kUnnotedTime = std::chrono::minutes{30};
constexpr size_t kMarkSize = 22;
constexpr std::string_view kMarkLetters =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr Millis kRest{100};
constexpr int kPatience = 3;  // rounds of following that may fail before it is deaf

tl::unexpected<Error> unreadable(const json::Value& entry) {
  return fail("executor.ledger",
              fmt::format("entry {} of the executor's own ledger cannot be understood",
                          entry.text("index")),
              ErrorClass::kFatal);
}

WallTime time_of(const json::Value& entry, std::string_view member, WallTime otherwise) {
  return parse_iso8601(entry.text(member)).value_or(otherwise);
}

// Only what shows that the realm cannot be trusted is an end; else it is asked again.
Status if_fatal(const Error& error) {
  if (error.kind != ErrorClass::kFatal) return {};
  return tl::unexpected<Error>(error);
}

}  // namespace

Runner::Runner(RunnerSettings settings, FindKey find_key, Random& random)
    : settings_(std::move(settings)),
      find_key_(std::move(find_key)),
      random_(random),
      follower_(settings_.realm),
      chain_(settings_.realm.name, settings_.policy) {}

// --- what our own ledger says -------------------------------------------------------------------

Status Runner::remember(const json::Value& entry, const FindPolicy& find_policy) {
  const std::string_view type = entry.text("type");
  if (type == "followed") return remember_followed(entry, find_policy);
  if (type == "position") {
    KS_TRY(Position position, read_position(entry));
    noted_size_ = position.size;
    follower_ = Follower(settings_.realm, std::move(position));
    asked_ = time_of(entry, "time", asked_);  // entries of earlier builds say no more
  }
  noted_asked_ = asked_ = time_of(entry, "asked", asked_);
  if (type == "sending" || type == "ended") return records_.take(entry);
  return {};
}

Status Runner::remember_followed(const json::Value& entry, const FindPolicy& find_policy) {
  const json::Value* followed = entry.find("line");
  const json::Value* shown = entry.find("clocks");
  if (!followed || !shown) return unreadable(entry);
  KS_TRY(const Line line, read_line(*followed));
  KS_TRY(const quorum::Clocks clocks, quorum::read_clocks(*shown));
  if (const auto hash = chain_.needs(line)) {
    KS_TRY(const policy::Bundle bundle, find_policy(*hash));
    KS_CHECK(chain_.provide(bundle));
  }
  KS_TRY(const Chain::Taken taken,
         chain_.take(line, {clocks, time_of(entry, "since", asked_)}, Chain::From::kOwnRecords));
  if (taken != Chain::Taken::kYes) return unreadable(entry);
  noted_lines_ = line.index + 1;
  return {};
}

// --- what is to be done -------------------------------------------------------------------------

Result<Action> Runner::next(Moment now) {
  KS_TRY(auto action, take_lines(now));
  if (!action) action = follow(now);
  if (!action) action = read_clocks(now);
  keep_payouts();
  if (!action) action = read_prices(now);
  if (!action) action = pay(now);
  if (!action) return Action(Rest{kRest});
  return std::move(*action);
}

Result<std::optional<Action>> Runner::take_lines(Moment now) {
  const Seen seen{clocks_.read(now.wall, now.mono), std::min(since_, now.wall)};
  std::vector<json::Value> taken;
  std::optional<std::string> needed;
  for (; at_ < lines_.size(); ++at_) {
    const Line& line = lines_[at_];
    if (line.index < noted_lines_) continue;  // taken in before the last restart
    needed = chain_.needs(line);
    if (needed) break;
    KS_TRY(const Chain::Taken took, chain_.take(line, seen));
    waits_ = took == Chain::Taken::kTooEarly;
    if (waits_) break;
    taken.push_back(json::object({{"type", "followed"},
                                  {"line", line.entry},
                                  {"clocks", to_json(seen.clocks)},
                                  {"since", iso8601(seen.since)}}));
    noted_lines_ = line.index + 1;
  }
  const Position& position = follower_.proven();
  const bool whole = at_ == lines_.size() && position.size > noted_size_;
  if (whole && (!taken.empty() || !lines_.empty() || position.size - noted_size_ >= kUnnoted)) {
    json::Value entry = to_json(position);
    entry.set("type", "position");
    taken.push_back(std::move(entry));
    noted_size_ = position.size;
    lines_.clear();
    at_ = 0;
  }
  note_asked(&taken);
  if (!taken.empty()) return note(std::move(taken));
  if (given_) return keep_policy(*given_);
  if (needed && policy_due_ <= now.mono) return ask_for_policy(*needed);
  return std::optional<Action>();
}

void Runner::note_asked(std::vector<json::Value>* taken) {
  if (taken->empty() && asked_for_all() - noted_asked_ < kUnnotedTime) return;
  taken->push_back(farewell());
  noted_asked_ = asked_for_all();
}

// What was told and is not taken in yet is asked for again after a restart, and came no later for
// that.
WallTime Runner::asked_for_all() const {
  const bool waits = at_ < lines_.size() || follower_.is_behind();
  return waits ? since_ : asked_;
}

json::Value Runner::farewell() const {
  return json::object({{"type", "asked"}, {"asked", iso8601(asked_for_all())}});
}

std::optional<Action> Runner::note(std::vector<json::Value> entries) {
  return Note{std::move(entries), [](Moment) -> Status { return {}; }};
}

std::optional<Action> Runner::ask_for_policy(const std::string& hash) {
  return Ask{json::object({{"do", "policy.bundle"}, {"hash", hash}}),
             [this, hash](Result<json::Value> answer, Moment then) -> Status {
               auto bundle = answer ? policy::parse_bundle(answer->text("bundle"))
                                    : Result<policy::Bundle>(tl::unexpected<Error>(answer.error()));
               if (!bundle) {
                 realm_trouble_ = bundle.error().message;
               } else if (bundle->hash() != hash) {
                 realm_trouble_ = "the realm gave another policy than the one asked for";
               } else {
                 realm_trouble_.clear();
                 given_ = std::move(*bundle);
                 return {};
               }
               policy_due_ = then.mono + settings_.payout.again;
               return {};
             }};
}

std::optional<Action> Runner::keep_policy(const policy::Bundle& bundle) {
  return Keep{bundle, [this, bundle](Moment) -> Status {
                given_.reset();
                return chain_.provide(bundle);
              }};
}

std::optional<Action> Runner::follow(Moment now) {
  if (!lines_.empty() || (follow_due_ > now.mono && !follower_.is_behind())) return std::nullopt;
  // What a checkpoint covers that we have, stood there then, however long it takes to come.
  const bool begins = !follower_.is_behind();
  return Ask{json::object({{"do", "ledger.entries"}, {"from", follower_.wants()}}),
             [this, begins, now](Result<json::Value> answer, Moment then) -> Status {
               if (begins) since_ = std::exchange(asked_, now.wall);
               follow_due_ = then.mono + settings_.follow_every;
               auto lines = answer
                                ? follower_.take(*answer)
                                : Result<std::vector<Line>>(tl::unexpected<Error>(answer.error()));
               realm_trouble_ = lines ? "" : lines.error().message;
               if (!lines) return if_fatal(lines.error());
               answered_ = then.wall;
               heard_ = then.mono;
               lines_ = std::move(*lines);
               return {};
             }};
}

std::optional<Action> Runner::read_clocks(Moment now) {
  const auto place = chain_.policy() ? clocks_.due(*chain_.policy(), now.mono) : std::nullopt;
  if (!place) return std::nullopt;
  const exchanges::Exchange* exchange = exchanges::find_exchange(place->exchange);
  const policy::Environment* environment = chain_.policy()->environment(place->environment);
  const std::string family = exchange ? exchange->hosts().front().family : "";
  const std::string origin =
      exchange && environment ? policy::origin_of(*environment, *exchange, family) : "";
  if (origin.empty()) {
    clocks_.heard(*place, std::nullopt, now.mono);
    return std::nullopt;
  }
  return Fetch{
      *place, origin, exchange->time_query(family),
      [this, exchange, place = *place](Result<HttpResponse> answer, Moment then) -> Status {
        const auto time = answer ? exchange->parse_time(*answer)
                                 : Result<WallTime>(tl::unexpected<Error>(answer.error()));
        clock_trouble_ = time ? "" : place.exchange + ": " + time.error().message;
        clocks_.heard(place, time ? std::optional(*time) : std::nullopt, then.mono);
        return {};
      }};
}

// Of what is to be sent next, and needs one.
std::optional<Action> Runner::read_prices(Moment now) {
  bool needs_prices = false;
  for (const auto& [id, payout] : payouts_) {
    const auto facts = *quorum::moved_by(chain_.proposals().find(id)->proposal.facts);
    if (!payout->is_to_be_judged() || is_money(*chain_.policy(), facts)) continue;
    needs_prices = true;
    const Place place{facts.environment, facts.exchange};
    while (const auto query = prices_.due(place, now.mono)) {
      if (auto action = ask_prices(place, *query, now)) return action;
    }
  }
  if (!needs_prices) price_trouble_.clear();
  return std::nullopt;
}

std::optional<Action> Runner::ask_prices(const Place& place, const exchanges::MarketQuery& query,
                                         Moment now) {
  const exchanges::Exchange* exchange = exchanges::find_exchange(place.exchange);
  const policy::Environment* environment = chain_.policy()->environment(place.environment);
  const std::string origin =
      environment ? policy::origin_of(*environment, *exchange, query.family) : "";
  if (origin.empty()) {
    prices_.heard(place, query, nullptr, now.wall, now.mono);
    return std::nullopt;
  }
  return Fetch{place, origin, query.request,
               [this, exchange, place, query](Result<HttpResponse> answer, Moment then) -> Status {
                 const auto update =
                     answer
                         ? exchange->parse_market(query, *answer)
                         : Result<exchanges::MarketUpdate>(tl::unexpected<Error>(answer.error()));
                 price_trouble_ = update ? "" : place.exchange + ": " + update.error().message;
                 const WallTime there = clocks_.read(place, then.mono).value_or(then.wall);
                 prices_.heard(place, query, update ? &*update : nullptr, there, then.mono);
                 return {};
               }};
}

// --- withdrawals --------------------------------------------------------------------------------

void Runner::keep_payouts() {
  std::erase_if(payouts_, [](const auto& one) { return one.second->is_over(); });
  for (const auto& [id, one] : chain_.proposals().all()) {
    if (payouts_.contains(id) || !moved_by(one.proposal.facts)) continue;
    if (one.state == State::kExecuting) {
      payouts_.emplace(id, std::make_unique<Payout>(resume(one)));
    } else if ((one.state == State::kApproved || one.state == State::kHeld) &&
               !records_.sending(id)) {
      const std::string mark = "executor's attempt " + random_.text(kMarkSize, kMarkLetters);
      payouts_.emplace(id, std::make_unique<Payout>(Payout::begin(id, mark, settings_.payout)));
    }
  }
}

// One that the realm's ledger says may have been sent: by what our own says of it.
Payout Runner::resume(const quorum::Case& one) const {
  const uint64_t id = one.proposal.id;
  if (const End* end = records_.end(id)) return Payout::ended(id, *end, settings_.payout);
  const WallTime begun = chain_.seen(id, State::kExecuting);
  if (const auto sent = records_.sending(id)) {
    return Payout::find_again(id, *sent, std::max(begun, *sent), settings_.payout);
  }
  // Whoever it was, they began when the realm wrote so: exchanges show only so many days at once.
  return Payout::find_again(id, std::min(begun, one.begun), begun, settings_.payout);
}

std::optional<Action> Runner::pay(Moment now) {
  // What was frozen meanwhile, a realm that does not answer cannot tell.
  const bool is_deaf = !heard_ || now.mono - *heard_ > kPatience * settings_.follow_every;
  const Surroundings around{chain_,    clocks_,  prices_,
                            find_key_, records_, is_deaf || at_ < lines_.size()};
  for (const auto& [id, payout] : payouts_) {
    const std::string before = payout->refused_by();
    auto action = payout->next(around, now);
    const std::string& refused_by = payout->refused_by();
    if (!refused_by.empty() && refused_by != before) ++refusals_[refused_by];
    if (!action) continue;
    if (auto* note = std::get_if<Note>(&*action)) remember_with(note);
    return action;
  }
  return std::nullopt;
}

void Runner::remember_with(Note* note) {
  note->then = [this, entry = note->entries.front(), then = std::move(note->then)](Moment at) {
    json::Value noted = entry;
    noted.set("time", iso8601(at.wall));
    const Status remembered = records_.take(noted);
    return remembered ? then(at) : remembered;
  };
}

std::vector<std::string> Runner::troubles() const {
  std::vector<std::string> all;
  for (const std::string* one : {&realm_trouble_, &clock_trouble_, &price_trouble_}) {
    if (!one->empty()) all.push_back(*one);
  }
  if (waits_) {
    all.push_back(
        fmt::format("entry {} of the realm's ledger waits for a hold by our own clocks, or for "
                    "an exchange's clock",
                    lines_[at_].index));
  }
  for (const auto& [id, payout] : payouts_) {
    if (!payout->trouble().empty()) all.push_back(payout->trouble());
  }
  return all;
}

}  // namespace keystile::executor
