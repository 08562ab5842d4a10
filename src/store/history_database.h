// The file of the history of proposals, as SQLite has it. Private to store/; all of it throws what
// SOCI throws.
#pragma once

#include <soci/soci.h>

#include <exception>
#include <optional>
#include <string>
#include <vector>

#include "store/history_rows.h"

namespace keystile::store {

// Whether it is the file's contents that are wrong. For a file that is in use, a full disk and the
// like (sqlite.org/rescode.html) a new file would not be any better.
bool is_damage(const std::exception& error);

class Database {
 public:
  explicit Database(const std::string& file);  // without a quotation mark

  void begin();  // nobody else changes it then
  void commit();

  bool is_empty();
  void make_tables();  // in place of all that there are

  std::string meta(const std::string& name);
  void set_meta(const std::string& name, const std::string& value);
  std::string count(const char* table);

  void put(const HistoryRow& row);
  void put(const StepRow& row);

  // Those of which `where` holds; values: what stands for its parameters. edited: set if a row is
  // not what was written.
  std::vector<HistoryRow> rows(const std::string& where, const std::vector<std::string>& values,
                               bool* edited);
  std::optional<HistoryRow> find(uint64_t id);
  bool has_edited_step();

 private:
  soci::session sql_;
};

}  // namespace keystile::store
