#include "exchanges/rate_limits.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "base/encoding.h"
#include "exchanges/cut.h"

namespace keystile::exchanges {
namespace {

[[noreturn]] void bad_table(std::string_view part) {
  std::fprintf(stderr, "limit table: cannot be meant: %.*s\n", static_cast<int>(part.size()),
               part.data());
  std::abort();
}

uint64_t number(std::string_view text) {
  const auto value = parse_uint64(text);
  if (!value) bad_table(text);
  return *value;
}

bool take_suffix(std::string_view* text, char suffix) {
  if (!text->ends_with(suffix)) return false;
  text->remove_suffix(1);
  return true;
}

void read_counted(std::string_view text, Budget* budget) {
  const std::string_view by = cut(&text, '+');
  if (by == "account") {
    budget->by = CountedBy::kAccount;
  } else if (by != "address") {
    bad_table(by);
  }
  if (text == "instrument") {
    budget->apart = CountedApart::kInstrument;
  } else if (text == "product") {
    budget->apart = CountedApart::kProduct;
  } else if (!text.empty()) {
    bad_table(text);
  }
}

// A parameter's raw text; empty if it is not there.
std::optional<std::string_view> query_value(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    std::string_view pair = cut(&query, '&');
    if (cut(&pair, '=') == name) return pair;
  }
  return std::nullopt;
}

}  // namespace

void Cost::set(Charge charge) {
  for (size_t i = 0; i < size_; ++i) {
    if (charges_[i].budget != charge.budget) continue;
    charges_[i] = charge;
    return;
  }
  if (size_ == kMost) bad_table("a route that costs of too many budgets");
  charges_[size_++] = charge;
}

void LimitSigns::add(Reading reading) {
  if (reading_count < readings.size()) readings[reading_count++] = reading;
}

LimitTable::LimitTable(const RouteTable& routes, std::string_view text)
    : routes_(routes), costs_(routes.all().size()) {
  while (!text.empty()) {
    std::string_view line = cut(&text, '\n');
    if (line.empty() || line.front() == '#') continue;
    const std::string_view first = cut(&line, '\t');
    if (first == "budget") {
      add_budget(line);
      continue;
    }
    const std::string_view path = cut(&line, '\t');
    if (first == "*") {
      for (const Route& route : routes_.all()) {
        if (route.path.starts_with(path)) add_terms(route, line);
      }
    } else {
      const Route* route = routes_.find(first, path);
      if (!route) bad_table(path);
      add_terms(*route, line);
    }
  }
}

LimitTable::RouteCost& LimitTable::cost_of(const Route& route) {
  return costs_[&route - routes_.all().data()];
}

void LimitTable::add_budget(std::string_view line) {
  Budget budget;
  budget.name = cut(&line, '\t');
  read_counted(cut(&line, '\t'), &budget);
  budget.size = number(cut(&line, '\t'));
  budget.window = Millis(number(cut(&line, '\t')));
  if (line != "fixed" && line != "rolling") bad_table(line);
  budget.is_fixed = line == "fixed";
  budgets_.push_back(std::move(budget));
}

void LimitTable::add_terms(const Route& route, std::string_view terms) {
  while (!terms.empty()) {
    const std::string_view text = cut(&terms, ' ');
    Term term = text.find('=') == text.npos ? own_term(route, text) : shared_term(text);
    cost_of(route).terms.push_back(std::move(term));
  }
}

LimitTable::Term LimitTable::own_term(const Route& route, std::string_view text) {
  Budget budget;
  budget.name = to_string(route);
  budget.is_fixed = false;
  read_counted(cut(&text, ':'), &budget);
  Term term;
  term.per_order = take_suffix(&text, 'x');
  budget.size = number(cut(&text, '/'));
  budget.window = Millis(number(text));
  term.charge = {static_cast<uint16_t>(budgets_.size()), 1};
  cost_of(route).own = term.charge.budget;
  budgets_.push_back(std::move(budget));
  return term;
}

LimitTable::Term LimitTable::shared_term(std::string_view text) const {
  Term term;
  term.charge.budget = budget(cut(&text, '='));
  std::string_view weight = cut(&text, '?');
  term.per_order = take_suffix(&weight, 'x');
  term.charge.weight = number(weight);
  if (text.empty()) return term;
  const size_t at = text.find_first_of("!<>=");
  if (at == text.npos) bad_table(text);
  term.condition = text[at];
  term.parameter = text.substr(0, at);
  term.operand = text.substr(at + 1);
  if (term.condition == '!') term.parameter = term.operand;
  if (term.condition == '<' || term.condition == '>') term.number = number(term.operand);
  return term;
}

uint16_t LimitTable::budget(std::string_view name) const {
  const auto at = std::find_if(budgets_.begin(), budgets_.end(),
                               [&](const Budget& budget) { return budget.name == name; });
  if (at == budgets_.end()) bad_table(name);
  return static_cast<uint16_t>(at - budgets_.begin());
}

std::optional<uint16_t> LimitTable::own_budget(const Route& route) const {
  return costs_[&route - routes_.all().data()].own;
}

bool LimitTable::holds(const Term& term, std::string_view query) {
  if (term.condition == 0) return true;
  const auto value = query_value(query, term.parameter);
  if (term.condition == '!') return !value;
  if (!value) return false;
  if (term.condition == '=') return *value == term.operand;
  const auto given = parse_uint64(*value);
  if (!given) return false;
  return term.condition == '<' ? *given < term.number : *given > term.number;
}

Cost LimitTable::cost(const Route& route, std::string_view query, size_t orders) const {
  Cost cost;
  for (const Term& term : costs_[&route - routes_.all().data()].terms) {
    if (!holds(term, query)) continue;
    Charge charge = term.charge;
    charge.per_order = term.per_order;
    if (term.per_order) charge.weight *= std::max<size_t>(orders, 1);
    cost.set(charge);
  }
  return cost;
}

Millis pause_until(uint64_t epoch_ms, WallTime now) {
  const auto now_ms = static_cast<uint64_t>(keystile::epoch_ms(now));
  if (epoch_ms <= now_ms) return Millis{0};
  return Millis(std::min<uint64_t>(epoch_ms - now_ms, kLongestPause.count()));
}

std::optional<Millis> retry_after(const HttpResponse& answer) {
  const std::string* text = find_header(answer.headers, "Retry-After");
  const auto seconds = text ? parse_uint64(*text) : std::nullopt;
  if (!seconds) return std::nullopt;
  return Millis(1000 * std::min<uint64_t>(*seconds, kLongestPause.count() / 1000));
}

}  // namespace keystile::exchanges
