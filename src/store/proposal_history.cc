#include "store/proposal_history.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "base/encoding.h"
#include "base/json.h"
#include "crypto/digest.h"
#include "ledger/ledger.h"
#include "quorum/events.h"
#include "store/history_database.h"

namespace keystile::store {
namespace {

constexpr const char* kSchema = "1";

std::string hash_of(std::string_view entry) { return hex_encode(crypto::sha256(entry)); }

// Which ledger it is: its name and public key.
Result<std::string> name_of(const std::string& ledger) {
  std::ifstream file(ledger + "/log.vkey");
  std::string line;
  if (std::getline(file, line)) return line;
  return fail("ledger.missing", ledger + " has no log.vkey");
}

Result<bool> has_entry(const std::string& ledger, ledger::Index index, const std::string& hash) {
  bool same = false;
  KS_CHECK(ledger::read(ledger, index, [&](ledger::Index, std::string_view entry) {
    same = hash_of(entry) == hash;
    return false;
  }));
  return same;
}

// Why it is not what this ledger says; empty: it may be followed on.
Result<std::string> find_trouble(Database* database, const std::string& ledger,
                                 const std::string& name) {
  if (database->meta("schema") != kSchema) return std::string("another version wrote it");
  if (database->meta("ledger") != name) return std::string("it is of another ledger");
  bool edited = database->has_edited_step();
  (void)database->rows("1 = 1", {}, &edited);
  if (edited || database->count("proposal") != database->meta("proposals") ||
      database->count("step") != database->meta("steps")) {
    return std::string("somebody has edited it");
  }
  const auto size = parse_uint64(database->meta("size"));
  if (!size) return std::string("it does not tell how far it goes");
  if (*size == 0) return std::string();
  KS_TRY(const bool same, has_entry(ledger, *size - 1, database->meta("last")));
  return same ? std::string() : fmt::format("the ledger has another entry {}, or none", *size - 1);
}

Status take(Database* database, ledger::Index index, std::string_view bytes) {
  if (bytes.find("\"proposal.") == bytes.npos) return {};
  KS_TRY(const json::Value entry, json::parse(bytes));
  KS_TRY(const auto event, quorum::read_event(entry));
  if (!event) return {};
  const std::string time(entry.text("time"));
  StepRow step{index, quorum::id_of(*event), time, std::string(entry.text("type")), ""};
  step.what.erase(0, std::string_view("proposal.").size());
  const auto* proposed = std::get_if<quorum::Proposed>(&*event);
  std::optional<HistoryRow> row =
      proposed ? std::optional(row_of(proposed->proposal)) : database->find(step.proposal);
  if (!row) return fail("ledger.entry", "an entry is about a proposal that was never made");
  row->updated = time;
  take_note(*event, &step, &*row);
  database->put(step);
  database->put(*row);
  return {};
}

// How far it goes then.
Result<uint64_t> follow(Database* database, const std::string& ledger,
                        const std::stop_token& stop) {
  const uint64_t size = parse_uint64(database->meta("size")).value_or(0);
  std::string last;
  uint64_t next = size;
  Status taken;
  KS_CHECK(ledger::read(ledger, size, [&](ledger::Index index, std::string_view entry) {
    taken = take(database, index, entry);
    next = index + 1;
    last.assign(entry);
    return taken.has_value() && !stop.stop_requested();
  }));
  KS_CHECK(std::move(taken));
  if (stop.stop_requested()) return fail("history.stopped", "it was told to stop");
  if (next == size) return size;
  database->set_meta("size", std::to_string(next));
  database->set_meta("last", hash_of(last));
  database->set_meta("proposals", database->count("proposal"));
  database->set_meta("steps", database->count("step"));
  return next;
}

void make_anew(Database* database, const std::string& name) {
  database->make_tables();
  for (const auto& [key, value] : {std::pair<const char*, std::string>{"schema", kSchema},
                                   {"ledger", name},
                                   {"size", "0"},
                                   {"last", ""},
                                   {"proposals", "0"},
                                   {"steps", "0"}}) {
    database->set_meta(key, value);
  }
}

tl::unexpected<Error> broken(const std::string& file, const std::exception& error) {
  return fail("history.database", fmt::format("{}: {}", file, error.what()));
}

// A new one is for its owner alone.
Status make_file(const std::string& file) {
  const int made = open(file.c_str(), O_CREAT | O_CLOEXEC | O_RDWR, 0600);
  if (made < 0) return fail("history.database", file + " cannot be opened or made");
  close(made);
  return {};
}

}  // namespace

// Throws what SOCI throws.
Status ProposalHistory::bring_up_to_date(const std::string& ledger, const std::string& name,
                                         const std::stop_token& stop) {
  Database database(file_);
  database.begin();
  if (database.is_empty()) {
    make_anew(&database, name);
  } else {
    KS_TRY(const std::string trouble, find_trouble(&database, ledger, name));
    if (!trouble.empty()) {
      make_anew(&database, name);
      rebuilt_ = trouble;
    }
  }
  KS_TRY(size_, follow(&database, ledger, stop));
  database.commit();
  return {};
}

Result<ProposalHistory> ProposalHistory::open(const std::string& file, const std::string& ledger,
                                              const std::stop_token& stop) {
  if (file.find('"') != file.npos) {
    return fail("history.database", file + ": its path must not have a quotation mark");
  }
  KS_TRY(const std::string name, name_of(ledger));
  KS_CHECK(make_file(file));
  ProposalHistory history(file);
  try {
    KS_CHECK(history.bring_up_to_date(ledger, name, stop));
    return history;
  } catch (const std::exception& error) {
    if (!is_damage(error)) return broken(file, error);
    history.rebuilt_ = fmt::format("it is damaged: {}", error.what());
  }
  for (const char* part : {"", "-journal"}) unlink((file + part).c_str());
  KS_CHECK(make_file(file));
  try {
    KS_CHECK(history.bring_up_to_date(ledger, name, stop));
    return history;
  } catch (const std::exception& error) {
    return broken(file, error);
  }
}

Result<std::vector<HistoryRow>> ProposalHistory::find(const HistoryFilter& filter) const {
  std::string where = "1 = 1";
  std::vector<std::string> values;
  const auto add = [&](const char* condition, std::string value) {
    if (value.empty()) return;
    where += fmt::format(" AND {} :v{}", condition, values.size());
    values.push_back(std::move(value));
  };
  add("created >=", filter.since ? iso8601(*filter.since) : "");
  add("created <", filter.until ? iso8601(*filter.until) : "");
  add("action =", filter.action);
  add("state =", filter.state);
  add("account =", filter.account);
  add("asset =", filter.asset);
  try {
    return Database(file_).rows(where, values, nullptr);
  } catch (const std::exception& error) {
    return broken(file_, error);
  }
}

}  // namespace keystile::store
