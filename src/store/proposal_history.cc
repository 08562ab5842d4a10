#include "store/proposal_history.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "base/encoding.h"
#include "base/json.h"
#include "crypto/digest.h"
#include "ledger/ledger.h"
#include "quorum/events.h"
#include "quorum/withdrawals.h"

namespace keystile::store {
namespace {

constexpr const char* kSchema = "1";

constexpr const char* kTables[] = {
    "CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    "CREATE TABLE proposal(id BIGINT PRIMARY KEY, created TEXT NOT NULL, updated TEXT NOT NULL, "
    "action TEXT NOT NULL, state TEXT NOT NULL, account TEXT NOT NULL, asset TEXT NOT NULL, amount "
    "TEXT NOT NULL, value TEXT NOT NULL, currency TEXT NOT NULL, receiver TEXT NOT NULL, asked_by "
    "TEXT NOT NULL, exchange_id TEXT NOT NULL, detail TEXT NOT NULL, digest TEXT NOT NULL)",
    "CREATE TABLE step(entry BIGINT PRIMARY KEY, proposal BIGINT NOT NULL, time TEXT NOT NULL, "
    "what TEXT NOT NULL, detail TEXT NOT NULL, digest TEXT NOT NULL)",
};
constexpr const char* kRow =
    "id, created, updated, action, state, account, asset, amount, value, currency, receiver, "
    "asked_by, exchange_id, detail";

// One entry of the ledger about a proposal.
struct StepRow {
  uint64_t entry = 0, proposal = 0;
  std::string time, what, detail;
};

// An edited row has another one. Whoever computes it anew deceives those who look back, until the
// file is made anew; the ledger is what proves.
std::string hash_of_fields(json::Array fields) {
  return hex_encode(crypto::sha256(json::dump(json::Value(std::move(fields)))));
}
std::string digest_of(const HistoryRow& r) {
  return hash_of_fields({r.id, r.created, r.updated, r.action, r.state, r.account, r.asset,
                         r.amount, r.value, r.currency, r.to, r.asked_by, r.exchange_id, r.detail});
}
std::string digest_of(const StepRow& r) {
  return hash_of_fields({r.entry, r.proposal, r.time, r.what, r.detail});
}

template <class Moved>
void set_moved(const Moved& facts, HistoryRow* row) {
  row->account = facts.account;
  row->asset = facts.asset;
  row->amount = facts.amount.str();
  if (!facts.value) return;
  row->value = facts.value->amount.str();
  row->currency = facts.value->currency;
}

struct FactsOf {
  HistoryRow* row;
  void operator()(const quorum::Withdrawal& facts) const {
    set_moved(facts, row);
    row->to = facts.address_name.empty() ? facts.address : facts.address_name;
  }
  void operator()(const quorum::Transfer& facts) const {
    set_moved(facts, row);
    row->to = facts.to_account.empty() ? facts.to : facts.to + " of " + facts.to_account;
  }
  void operator()(const quorum::PolicyChange& facts) const {
    row->to = fmt::format("version {}", facts.version);
  }
  template <class Other>
  void operator()(const Other&) const {}
};

HistoryRow row_of(const quorum::Proposal& proposal) {
  HistoryRow row;
  row.id = proposal.id;
  row.created = iso8601(proposal.created);
  row.action = policy::to_string(proposal.action());
  row.state = to_string(quorum::State::kProposed);
  row.asked_by = to_string(proposal.asker);
  std::visit(FactsOf{&row}, proposal.facts);
  return row;
}

// The file, while this process alone changes it. SOCI throws; nothing of that leaves this file.
class Database {
 public:
  explicit Database(const std::string& file)
      : sql_(soci::sqlite3, fmt::format("dbname=\"{}\" timeout=10", file)) {}

  void begin() { sql_ << "BEGIN IMMEDIATE"; }
  void commit() { sql_ << "COMMIT"; }

  bool is_empty() {
    int tables = 0;
    sql_ << "SELECT count(*) FROM sqlite_master", soci::into(tables);
    return tables == 0;
  }
  void make_tables() {
    std::vector<std::string> names(100);
    sql_ << "SELECT name FROM sqlite_master WHERE type = 'table'", soci::into(names);
    for (const std::string& name : names) sql_ << "DROP TABLE \"" << name << "\"";
    for (const char* table : kTables) sql_ << table;
  }

  std::string meta(const std::string& name) {
    std::string value;
    sql_ << "SELECT value FROM meta WHERE name = :name", soci::use(name), soci::into(value);
    return value;
  }
  void set_meta(const std::string& name, const std::string& value) {
    sql_ << "INSERT OR REPLACE INTO meta VALUES(:name, :value)", soci::use(name), soci::use(value);
  }
  std::string count(const char* table) {
    long long count = 0;
    sql_ << "SELECT count(*) FROM " << table, soci::into(count);
    return std::to_string(count);
  }

  void put(const HistoryRow& r) {
    const auto id = static_cast<long long>(r.id);
    const std::string digest = digest_of(r);
    sql_ << "INSERT OR REPLACE INTO proposal VALUES(:a,:b,:c,:d,:e,:f,:g,:h,:i,:j,:k,:l,:m,:n,:o)",
        soci::use(id), soci::use(r.created), soci::use(r.updated), soci::use(r.action),
        soci::use(r.state), soci::use(r.account), soci::use(r.asset), soci::use(r.amount),
        soci::use(r.value), soci::use(r.currency), soci::use(r.to), soci::use(r.asked_by),
        soci::use(r.exchange_id), soci::use(r.detail), soci::use(digest);
  }
  void put(const StepRow& r) {
    const auto entry = static_cast<long long>(r.entry), id = static_cast<long long>(r.proposal);
    const std::string digest = digest_of(r);
    sql_ << "INSERT INTO step VALUES(:a,:b,:c,:d,:e,:f)", soci::use(entry), soci::use(id),
        soci::use(r.time), soci::use(r.what), soci::use(r.detail), soci::use(digest);
  }

  // Those of which `where` holds; values: what stands for its parameters. edited: whether a row is
  // not what was written.
  std::vector<HistoryRow> rows(const std::string& where, const std::vector<std::string>& values,
                               bool* edited) {
    HistoryRow r;
    long long id = 0;
    std::string digest;
    soci::statement statement(sql_);
    statement.alloc();
    statement.prepare(
        fmt::format("SELECT {}, digest FROM proposal WHERE {} ORDER BY id", kRow, where));
    statement.exchange(soci::into(id));
    for (std::string* text :
         {&r.created, &r.updated, &r.action, &r.state, &r.account, &r.asset, &r.amount, &r.value,
          &r.currency, &r.to, &r.asked_by, &r.exchange_id, &r.detail, &digest}) {
      statement.exchange(soci::into(*text));
    }
    for (const std::string& value : values) statement.exchange(soci::use(value));
    statement.define_and_bind();
    statement.execute(false);
    std::vector<HistoryRow> all;
    while (statement.fetch()) {
      r.id = static_cast<uint64_t>(id);
      if (edited && digest_of(r) != digest) *edited = true;
      all.push_back(r);
    }
    return all;
  }
  std::optional<HistoryRow> find(uint64_t id) {
    auto all = rows("id = :id", {std::to_string(id)}, nullptr);
    return all.empty() ? std::nullopt : std::optional(std::move(all.front()));
  }

  bool has_edited_step() {
    StepRow r;
    long long entry = 0, proposal = 0;
    std::string digest;
    soci::statement statement =
        (sql_.prepare << "SELECT entry, proposal, time, what, detail, digest FROM step",
         soci::into(entry), soci::into(proposal), soci::into(r.time), soci::into(r.what),
         soci::into(r.detail), soci::into(digest));
    statement.execute(false);
    while (statement.fetch()) {
      r.entry = static_cast<uint64_t>(entry);
      r.proposal = static_cast<uint64_t>(proposal);
      if (digest_of(r) != digest) return true;
    }
    return false;
  }

 private:
  soci::session sql_;
};

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

class Taker {
 public:
  explicit Taker(Database* database) : database_(*database) {}

  Status take(ledger::Index index, std::string_view bytes) {
    if (bytes.find("\"proposal.") == bytes.npos) return {};
    KS_TRY(const json::Value entry, json::parse(bytes));
    KS_TRY(const auto event, quorum::read_event(entry));
    if (!event) return {};
    const std::string time(entry.text("time"));
    StepRow step{index, quorum::id_of(*event), time, std::string(entry.text("type")), ""};
    step.what.erase(0, std::string_view("proposal.").size());
    const auto* proposed = std::get_if<quorum::Proposed>(&*event);
    std::optional<HistoryRow> row =
        proposed ? std::optional(row_of(proposed->proposal)) : database_.find(step.proposal);
    if (!row) return fail("ledger.entry", "an entry is about a proposal that was never made");
    row->updated = time;
    std::visit([&](const auto& each) { note(each, &step, &*row); }, *event);
    database_.put(step);
    database_.put(*row);
    return {};
  }

 private:
  static void note(const quorum::Proposed&, StepRow*, HistoryRow*) {}
  static void note(const quorum::Signed& event, StepRow* step, HistoryRow*) {
    step->detail =
        fmt::format("{} with {}", to_string(event.decision), event.signature.key.fingerprint());
  }
  static void note(const quorum::Resolved& event, StepRow* step, HistoryRow*) {
    step->detail = fmt::format(
        "{} with {}",
        event.what.is_sent() ? "sent as " + event.what.exchange_id : std::string("not sent"),
        event.signature.key.fingerprint());
  }
  static void note(const quorum::Step& event, StepRow* step, HistoryRow* row) {
    step->detail = row->detail = event.detail;
    row->state = to_string(event.to);
    const std::string id = quorum::exchange_id(event.detail);
    if (!id.empty()) row->exchange_id = id;
  }

  Database& database_;
};

// How far it goes then.
Result<uint64_t> follow(Database* database, const std::string& ledger,
                        const std::stop_token& stop) {
  const uint64_t size = parse_uint64(database->meta("size")).value_or(0);
  std::string last;
  uint64_t next = size;
  Taker taker(database);
  Status taken;
  KS_CHECK(ledger::read(ledger, size, [&](ledger::Index index, std::string_view entry) {
    taken = taker.take(index, entry);
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

// Whether it is the file's contents that are wrong. For a file that is in use, a full disk and the
// like (sqlite.org/rescode.html) a new file would not be any better.
bool is_damage(const std::exception& error) {
  constexpr int kAround[] = {SQLITE_PERM,      SQLITE_BUSY,  SQLITE_LOCKED, SQLITE_NOMEM,
                             SQLITE_READONLY,  SQLITE_IOERR, SQLITE_FULL,   SQLITE_CANTOPEN,
                             SQLITE_INTERRUPT, SQLITE_AUTH};
  const auto* told = dynamic_cast<const soci::sqlite3_soci_error*>(&error);
  return !told || std::find(std::begin(kAround), std::end(kAround), told->result() & 0xff) ==
                      std::end(kAround);
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
