// What the signer tells those who watch it. docs/operations.md says what each metric is for.
#include <algorithm>
#include <filesystem>
#include <set>

#include "signer/core.h"

namespace keystile::signer {
namespace {

using metrics::Families;
using metrics::Family;
using metrics::Labels;

double seconds(Millis time) { return std::chrono::duration<double>(time).count(); }
double seconds(WallTime time) { return seconds(time.time_since_epoch()); }
double number(uint64_t count) { return static_cast<double>(count); }

Family counter(std::string name, std::string help, uint64_t count) {
  Family family = metrics::counter(std::move(name), std::move(help));
  metrics::add(&family, number(count));
  return family;
}

Family gauge(std::string name, std::string help, double value) {
  Family family = metrics::gauge(std::move(name), std::move(help));
  metrics::add(&family, value);
  return family;
}

void collect_ledger(const ledger::Progress& ledger, bool takes_all, WallTime now,
                    Families* families) {
  const auto add = [&](const char* name, const char* help, double value) {
    families->push_back(gauge(std::string("keystile_ledger_") + name, help, value));
  };
  families->push_back(counter("keystile_ledger_entries_total",
                              "Entries in the ledger, since it was made.", ledger.size));
  add("waiting_entries", "Entries that are written but not on disk yet.",
      number(ledger.size - ledger.durable));
  add("lag_seconds", "How long the oldest entry that is not on disk has waited; 0 where none does.",
      ledger.waiting_since ? seconds(now - *ledger.waiting_since) : 0);
  add("uncovered_entries", "Entries that no checkpoint covers yet.",
      number(ledger.size - ledger.covered));
  add("last_checkpoint_timestamp_seconds",
      "When the last checkpoint was signed; 0 where none was since the start.",
      ledger.last_checkpoint ? seconds(*ledger.last_checkpoint) : 0);
  add("writable", "1 if the ledger takes every entry; 0: only from its reserve, or none.",
      takes_all ? 1 : 0);
}

// One series for each damaged file, up to a bound.
Family damage(const std::vector<ledger::Damage>& all) {
  constexpr size_t kMost = 20;
  Family family = metrics::gauge("keystile_ledger_damaged",
                                 "1 for each part of the ledger that was damaged at the start.");
  for (size_t i = 0; i < std::min(all.size(), kMost); ++i) {
    const auto& lost = all[i].lost;
    const std::string first = lost ? std::to_string(lost->first) : "",
                      last = lost ? std::to_string(lost->last) : "";
    metrics::add(&family, 1, {{"file", all[i].file}, {"first_entry", first}, {"last_entry", last}});
  }
  return family;
}

void collect_witnesses(const Witnesses& witnesses, WallTime now, Families* families) {
  Family cosigned =
      metrics::gauge("keystile_witness_last_cosignature_timestamp_seconds",
                     "When each outside witness last cosigned the ledger, by its clock; 0: never.");
  for (const Witnesses::Standing& one : witnesses.standings()) {
    metrics::add(&cosigned, one.cosigned ? seconds(*one.cosigned) : 0,
                 {{"witness", std::string(one.name)}});
  }
  families->push_back(std::move(cosigned));
  families->push_back(gauge("keystile_witnesses_fresh",
                            "How many witnesses have cosigned the ledger lately enough.",
                            witnesses.fresh_count(now)));
  families->push_back(gauge("keystile_witnesses_required",
                            "How many must have, or transfers and wider policies wait.",
                            witnesses.required()));
}

void collect_disk(const std::string& folder, Families* families) {
  std::error_code failed;
  const auto space = std::filesystem::space(folder, failed);
  if (failed) return;
  families->push_back(gauge("keystile_ledger_disk_available_bytes",
                            "Free space where the ledger is.", number(space.available)));
  families->push_back(gauge("keystile_ledger_disk_size_bytes", "Size of the disk the ledger is on.",
                            number(space.capacity)));
}

// The families with one series or more per venue, in the order in which they are filled.
enum VenueFamily {
  kRequests,
  kLatency,
  kOutcomes,
  kClockKnown,
  kClockOffset,
  kAnswered,
  kPriceAge,
  kRateUsed,
  kRateSize,
  kRatePaused,
};

Families venue_families() {
  return {
      metrics::counter("keystile_requests_total",
                       "Requests by client (empty: nobody proved to be one), scope, verdict and "
                       "the rule that gave it."),
      metrics::histogram("keystile_stage_duration_seconds", "Time a request spent in each stage."),
      metrics::counter("keystile_outcomes_total",
                       "What became of forwarded requests, as far as their answers say."),
      metrics::gauge("keystile_clock_known", "1 if the exchange has told its time."),
      metrics::gauge("keystile_clock_offset_seconds", "The exchange's clock less this machine's."),
      metrics::gauge("keystile_upstream_last_answer_timestamp_seconds",
                     "When the exchange last answered one of Keystile's own requests; 0: never."),
      metrics::gauge("keystile_reference_price_age_seconds",
                     "Age of the newest reference prices; without fresh ones orders are refused."),
      metrics::gauge("keystile_rate_limit_used",
                     "What is used of each rate limit of the exchange that is in use at all."),
      metrics::gauge("keystile_rate_limit_size", "How much of such a limit is ours to use."),
      metrics::gauge("keystile_rate_limit_paused",
                     "1 while nothing is sent because the exchange has turned a request away."),
  };
}

Labels with(Labels labels, std::string name, std::string value) {
  labels.push_back({std::move(name), std::move(value)});
  return labels;
}

}  // namespace

// Also before an entry has met the full disk: who asks may hold back the traffic that would.
bool Core::ledger_takes_all() const {
  std::error_code failed;
  const auto space = std::filesystem::space(realm_.layout().ledger(), failed);
  const bool has_space = !failed && space.available > ledger::kMaxEntryBytes;
  return has_space && realm_.ledger().condition();
}

void Core::collect_venue(const Venue& venue, Families* families) const {
  const auto family = [&](VenueFamily which) { return &(*families)[which]; };
  const Labels labels{{"environment", venue.environment},
                      {"exchange", std::string(venue.exchange->name())}};
  venue.requests.collect(labels, family(kRequests));
  if (!is_used(venue)) return;
  venue.latency.collect(labels, family(kLatency));
  const char* const outcomes[] = {"accepted", "rejected", "unknown"};
  for (size_t i = 0; i < venue.outcomes.size(); ++i) {
    metrics::add(family(kOutcomes), number(venue.outcomes[i]),
                 with(labels, "outcome", outcomes[i]));
  }
  metrics::add(family(kClockKnown), venue.clock_known ? 1 : 0, labels);
  metrics::add(family(kClockOffset), seconds(venue.clock_offset), labels);
  metrics::add(family(kAnswered), venue.answered ? seconds(*venue.answered) : 0, labels);
  for (const Venue::Query& query : venue.queries) {
    if (!query.priced) continue;
    const Millis age = std::chrono::duration_cast<Millis>(clock_.mono() - *query.priced);
    metrics::add(family(kPriceAge), seconds(age),
                 with(labels, "product", std::string(to_string(query.query.product))));
  }
  collect_rate_limits(venue, labels, families);
}

void Core::collect_rate_limits(const Venue& venue, const Labels& labels, Families* families) const {
  for (const Pacing::Standing& standing : venue.pacing->standings(now(venue))) {
    if (standing.size == 0) continue;  // counted, but without a limit
    const Labels all = with(with(labels, "budget", std::string(standing.budget)), "account",
                            std::string(standing.account));
    metrics::add(&(*families)[kRateUsed], standing.used, all);
    metrics::add(&(*families)[kRateSize], standing.size, all);
    metrics::add(&(*families)[kRatePaused], standing.paused_until ? 1 : 0, all);
  }
}

Families Core::metrics() const {
  Families families = venue_families();
  for (const auto& [name, venue] : venues_) collect_venue(*venue, &families);
  collect_ledger(realm_.ledger().progress(), ledger_takes_all(), clock_.wall(), &families);
  families.push_back(damage(realm_.ledger().damage()));
  collect_witnesses(realm_.witnesses(), clock_.wall(), &families);
  collect_disk(realm_.layout().ledger(), &families);
  families.push_back(gauge("keystile_policy_version", "Number of the policy in force.",
                           number(realm_.policy_version())));
  families.push_back(
      gauge("keystile_freezes", "Freezes in force.", number(realm_.freezes().in_force().size())));
  families.push_back(gauge("keystile_requests_in_flight",
                           "Requests whose answer the exchange still owes.",
                           number(tickets_.size())));
  families.push_back(counter("keystile_misdirected_requests_total",
                             "Requests by a listener whose environment the policy has not.",
                             counts_.no_environment));
  families.push_back(counter("keystile_refusals_unrecorded_total",
                             "Refusals of clients that came too fast to be recorded each.",
                             counts_.refusals_unrecorded));
  families.push_back(counter("keystile_outcomes_unrecorded_total",
                             "Outcomes that the ledger did not take.",
                             counts_.outcomes_unrecorded));
  return families;
}

json::Array Core::missing() const {
  json::Array missing;
  if (realm_.policy_version() == 0) missing.push_back(json::object({{"missing", "policy"}}));
  if (!ledger_takes_all()) {
    const Status condition = realm_.ledger().condition();
    json::Value ledger = json::object({{"missing", "ledger"}});
    if (!condition) ledger.set("reason", condition.error().message);
    missing.push_back(std::move(ledger));
  }
  std::set<std::string_view> locked;
  for (const auto& [name, venue] : venues_) {
    if (!is_used(*venue)) continue;
    if (!realm_.vault(venue->environment) && locked.insert(venue->environment).second) {
      missing.push_back(json::object({{"missing", "vault"}, {"environment", venue->environment}}));
    }
    if (venue->clock_known) continue;
    missing.push_back(json::object({{"missing", "clock"},
                                    {"environment", venue->environment},
                                    {"exchange", venue->exchange->name()}}));
  }
  return missing;
}

}  // namespace keystile::signer
