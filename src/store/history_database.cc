#include "store/history_database.h"

#include <fmt/format.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <algorithm>
#include <iterator>

namespace keystile::store {
namespace {

constexpr const char* kTables[] = {
    "CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    ("CREATE TABLE proposal(id BIGINT PRIMARY KEY, created TEXT NOT NULL, updated TEXT NOT NULL, "
     "action TEXT NOT NULL, state TEXT NOT NULL, account TEXT NOT NULL, asset TEXT NOT NULL, "
     "amount TEXT NOT NULL, value TEXT NOT NULL, currency TEXT NOT NULL, receiver TEXT NOT NULL, "
     "asked_by TEXT NOT NULL, exchange_id TEXT NOT NULL, detail TEXT NOT NULL, "
     "digest TEXT NOT NULL)"),
    ("CREATE TABLE step(entry BIGINT PRIMARY KEY, proposal BIGINT NOT NULL, time TEXT NOT NULL, "
     "what TEXT NOT NULL, detail TEXT NOT NULL, digest TEXT NOT NULL)"),
};
constexpr const char* kRow =
    "id, created, updated, action, state, account, asset, amount, value, currency, receiver, "
    "asked_by, exchange_id, detail";

}  // namespace

bool is_damage(const std::exception& error) {
  constexpr int kAround[] = {SQLITE_PERM,      SQLITE_BUSY,  SQLITE_LOCKED, SQLITE_NOMEM,
                             SQLITE_READONLY,  SQLITE_IOERR, SQLITE_FULL,   SQLITE_CANTOPEN,
                             SQLITE_INTERRUPT, SQLITE_AUTH};
  const auto* told = dynamic_cast<const soci::sqlite3_soci_error*>(&error);
  return !told || std::find(std::begin(kAround), std::end(kAround), told->result() & 0xff) ==
                      std::end(kAround);
}

Database::Database(const std::string& file)
    : sql_(soci::sqlite3, fmt::format("dbname=\"{}\" timeout=10", file)) {}

void Database::begin() { sql_ << "BEGIN IMMEDIATE"; }
void Database::commit() { sql_ << "COMMIT"; }

bool Database::is_empty() {
  int tables = 0;
  sql_ << "SELECT count(*) FROM sqlite_master", soci::into(tables);
  return tables == 0;
}

void Database::make_tables() {
  std::vector<std::string> names(100);
  sql_ << "SELECT name FROM sqlite_master WHERE type = 'table'", soci::into(names);
  for (const std::string& name : names) sql_ << "DROP TABLE \"" << name << "\"";
  for (const char* table : kTables) sql_ << table;
}

std::string Database::meta(const std::string& name) {
  std::string value;
  sql_ << "SELECT value FROM meta WHERE name = :name", soci::use(name), soci::into(value);
  return value;
}

void Database::set_meta(const std::string& name, const std::string& value) {
  sql_ << "INSERT OR REPLACE INTO meta VALUES(:name, :value)", soci::use(name), soci::use(value);
}

std::string Database::count(const char* table) {
  long long count = 0;
  sql_ << "SELECT count(*) FROM " << table, soci::into(count);
  return std::to_string(count);
}

void Database::put(const HistoryRow& r) {
  const auto id = static_cast<long long>(r.id);
  const std::string digest = digest_of(r);
  sql_ << "INSERT OR REPLACE INTO proposal VALUES(:a,:b,:c,:d,:e,:f,:g,:h,:i,:j,:k,:l,:m,:n,:o)",
      soci::use(id), soci::use(r.created), soci::use(r.updated), soci::use(r.action),
      soci::use(r.state), soci::use(r.account), soci::use(r.asset), soci::use(r.amount),
      soci::use(r.value), soci::use(r.currency), soci::use(r.to), soci::use(r.asked_by),
      soci::use(r.exchange_id), soci::use(r.detail), soci::use(digest);
}

void Database::put(const StepRow& r) {
  const auto entry = static_cast<long long>(r.entry), id = static_cast<long long>(r.proposal);
  const std::string digest = digest_of(r);
  sql_ << "INSERT INTO step VALUES(:a,:b,:c,:d,:e,:f)", soci::use(entry), soci::use(id),
      soci::use(r.time), soci::use(r.what), soci::use(r.detail), soci::use(digest);
}

std::vector<HistoryRow> Database::rows(const std::string& where,
                                       const std::vector<std::string>& values, bool* edited) {
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

std::optional<HistoryRow> Database::find(uint64_t id) {
  auto all = rows("id = :id", {std::to_string(id)}, nullptr);
  return all.empty() ? std::nullopt : std::optional(std::move(all.front()));
}

bool Database::has_edited_step() {
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

}  // namespace keystile::store
