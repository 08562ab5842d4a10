#include "cli/history.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "cli/realm_link.h"
#include "cli/time_text.h"
#include "cli/wait_unless.h"
#include "ledger/ledger.h"
#include "policy/quorum.h"
#include "policy/span.h"
#include "quorum/plain_text.h"
#include "store/proposal_history.h"

namespace keystile::cli {
namespace {

using quorum::plain_text;

constexpr std::string_view kStates[] = {"proposed", "approved", "held",    "executing",
                                        "done",     "rejected", "expired", "cancelled",
                                        "failed",   "unknown"};

constexpr Millis kLookEvery{1000}, kLongestPause{5 * 60 * 1000};

Result<store::ProposalHistory> open_history(const signer::Layout& layout,
                                            const std::stop_token& stop = {}) {
  return store::ProposalHistory::open(layout.root() + "/run/proposals.db", layout.ledger(), stop);
}

// Empty where there is nothing to say.
std::string report_of(const store::ProposalHistory& history) {
  if (history.rebuilt().empty()) return {};
  return "the history of proposals was made anew from the ledger: " + history.rebuilt();
}

// Whether the ledger tells more of proposals from `*next` on, which is moved to its end.
bool has_news(const signer::Layout& layout, ledger::Index* next) {
  bool found = false;
  // What could not be read is read the next time.
  (void)ledger::read(layout.ledger(), *next, [&](ledger::Index index, std::string_view entry) {
    *next = index + 1;
    found |= entry.find("\"proposal.") != entry.npos;
    return true;
  });
  return found;
}

// What lasts, such as a full disk, is told once and tried more and more seldom.
void follow(const std::stop_token& stop, const signer::Layout& layout) {
  bool due = true;
  ledger::Index next = 0;
  std::string trouble;
  Millis pause = kLookEvery;
  do {
    due = due || has_news(layout, &next);
    if (!due) continue;
    const auto history = open_history(layout, stop);
    if (history) {
      const std::string report = report_of(*history);
      if (!report.empty()) spdlog::warn(report);
      next = history->size();
      due = false;
      trouble.clear();
      pause = kLookEvery;
    } else if (!stop.stop_requested()) {
      if (history.error().message != trouble) {
        trouble = history.error().message;
        spdlog::warn("the history of proposals: {}", trouble);
      }
      pause = std::min(2 * pause, kLongestPause);
    }
  } while (wait_unless(stop, pause));
}

struct Options {
  std::string since, until, action, state, account, asset;
  bool csv = false;
};

// "7d", or a time as the rows have it.
Result<std::optional<WallTime>> read_time(const std::string& text) {
  if (text.empty()) return std::optional<WallTime>();
  if (const auto span = policy::parse_span(text)) return system_clock().wall() - *span;
  const auto time = parse_time(text);
  if (time) return *time;
  return fail("history.time",
              text + " is neither a time back (30d, 12h) nor like 2026-11-21T00:00:00Z");
}

// Column by column, as it is told in JSON, in CSV and to people.
using Cells = std::vector<std::pair<std::string_view, std::string>>;
Cells cells_of(const store::HistoryRow& row) {
  return {{"id", std::to_string(row.id)},
          {"created", row.created},
          {"updated", row.updated},
          {"action", row.action},
          {"state", row.state},
          {"account", row.account},
          {"asset", row.asset},
          {"amount", row.amount},
          {"value", row.value},
          {"currency", row.currency},
          {"to", row.to},
          {"asked_by", row.asked_by},
          {"exchange_id", row.exchange_id},
          {"detail", row.detail}};
}

// RFC 4180. What programs and exchanges wrote must deceive nobody, nor become a formula where it is
// opened.
std::string csv_cell(const std::string& written) {
  const std::string text = plain_text(written);
  std::string cell = "\"";
  if (!text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos) {
    cell += '\'';
  }
  for (const char c : text) cell += c == '"' ? std::string("\"\"") : std::string(1, c);
  return cell + "\"";
}

void print_csv(const std::vector<store::HistoryRow>& rows, Output& out) {
  std::string line;
  for (const auto& [name, text] : cells_of({})) line += fmt::format("{},", name);
  out.line(line.substr(0, line.size() - 1));
  for (const store::HistoryRow& row : rows) {
    line.clear();
    for (const auto& [name, text] : cells_of(row)) line += csv_cell(text) + ",";
    out.line(line.substr(0, line.size() - 1));
  }
}

void print_rows(const std::vector<store::HistoryRow>& rows, Output& out) {
  for (const store::HistoryRow& row : rows) {
    const std::string moved = row.amount.empty()
                                  ? ""
                                  : fmt::format(" {} {} from {}", row.amount, plain_text(row.asset),
                                                plain_text(row.account));
    out.line(fmt::format("{:>16}  {} {}: {}{}{}{}", row.id, row.created, row.state, row.action,
                         moved, row.to.empty() ? "" : " to ", plain_text(row.to)));
  }
  if (rows.empty()) out.line("There are no such proposals.");
}

Result<int> history(const Globals& globals, Output& out, const Options& o) {
  if (is_url(globals.realm)) {
    return fail("proposal.history",
                "the history is kept beside the ledger: name the realm's folder");
  }
  if (!o.action.empty() && !policy::parse_action(o.action)) {
    return fail("history.action", "an action is withdraw, transfer, policy, approvers or unfreeze");
  }
  if (!o.state.empty() && !std::ranges::count(kStates, o.state)) {
    return fail("history.state", fmt::format("a state is one of {}", fmt::join(kStates, ", ")));
  }
  store::HistoryFilter filter{{}, {}, o.action, o.state, o.account, o.asset};
  KS_TRY(filter.since, read_time(o.since));
  KS_TRY(filter.until, read_time(o.until));
  KS_TRY(const store::ProposalHistory kept, open_history(signer::Layout(globals.realm)));
  if (const std::string report = report_of(kept); !report.empty()) out.warn(report);
  KS_TRY(const std::vector<store::HistoryRow> rows, kept.find(filter));
  if (o.csv) {
    print_csv(rows, out);
  } else {
    print_rows(rows, out);
  }
  json::Array all;
  for (const store::HistoryRow& row : rows) {
    json::Value each = json::object({});
    for (const auto& [name, text] : cells_of(row)) each.set(std::string(name), text);
    all.push_back(std::move(each));
  }
  out.result(json::object({{"proposals", std::move(all)}, {"rebuilt", kept.rebuilt()}}));
  return kOk;
}

}  // namespace

HistoryFollower::HistoryFollower(const signer::Layout& layout)
    : thread_([layout](const std::stop_token& stop) { follow(stop, layout); }) {}

void add_history(Command& proposal) {
  const auto o = std::make_shared<Options>();
  Command command = proposal.add("history", "All that ever were, as they stand, from the ledger");
  command.option("--since", &o->since, "Made since: 30d, 12h, or 2026-11-01T00:00:00Z")
      .option("--until", &o->until, "Made before, likewise")
      .option("--action", &o->action, "withdraw, transfer, policy, approvers or unfreeze")
      .option("--state", &o->state, "done, rejected, expired, …")
      .option("--account", &o->account, "Out of which it moves")
      .option("--asset", &o->asset, "What it moves")
      .flag("--csv", &o->csv, "For a spreadsheet");
  command.run([o](const Globals& g, Output& out) { return history(g, out, *o); });
}

}  // namespace keystile::cli
