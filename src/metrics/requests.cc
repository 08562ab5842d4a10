#include "metrics/requests.h"

#include <algorithm>

namespace keystile::metrics {
namespace {

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::kAllow:
      return "allow";
    case Verdict::kDeny:
      return "deny";
    case Verdict::kHold:
      return "hold";
    case Verdict::kWouldDeny:
      return "would_deny";
  }
  return "unknown";
}

// Rules are words of ours, such as "grant.max_order_notional". Should a message ever stand where a
// rule belongs, it does not become a series.
std::string_view label_of(std::string_view rule) {
  constexpr size_t kLongest = 64;
  rule = rule.substr(0, rule.find(' '));
  const bool is_word = std::all_of(rule.begin(), rule.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_';
  });
  return is_word && rule.size() <= kLongest ? rule : Requests::kOthers;
}

}  // namespace

Requests::Cells& Requests::cells_of(std::string_view client) {
  auto at = clients_.find(client);
  if (at == clients_.end()) {
    const bool is_full = clients_.size() > kMaxClients;
    at = clients_.try_emplace(std::string(is_full ? kOthers : client)).first;
  }
  return at->second;
}

void Requests::count(std::string_view client, std::string_view scope, Verdict verdict,
                     std::string_view rule) {
  rule = label_of(rule);
  Cells& cells = cells_of(client);
  const auto find = [&] {
    return std::find_if(cells.begin(), cells.end(), [&](const Cell& cell) {
      return cell.verdict == verdict && cell.rule == rule && cell.scope == scope;
    });
  };
  auto cell = find();
  if (cell == cells.end() && cells.size() >= kMaxRules) {
    rule = kOthers;
    cell = find();
  }
  if (cell == cells.end()) {
    cell = cells.insert(cells.end(), {std::string(scope), verdict, std::string(rule)});
  }
  ++cell->count;
}

void Requests::collect(const Labels& labels, Family* family) const {
  for (const auto& [client, cells] : clients_) {
    for (const Cell& cell : cells) {
      Labels all = labels;
      all.push_back({"client", client});
      all.push_back({"scope", cell.scope});
      all.push_back({"verdict", std::string(to_string(cell.verdict))});
      all.push_back({"rule", cell.rule});
      add(family, static_cast<double>(cell.count), std::move(all));
    }
  }
}

}  // namespace keystile::metrics
