#include "feed/recorded_files.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "base/time.h"
#include "market/recording.h"

namespace keystile::feed {
namespace {

namespace fs = std::filesystem;
using market::Mark;

// The connections of one hour.
struct Hour {
  std::set<std::string> begun;     // in it, and not before
  std::set<std::string> standing;  // at its end, or at the moment up to which it was read
};

class HourReader {
 public:
  explicit HourReader(int64_t up_to_ns) : up_to_ns_(up_to_ns) {}

  // False: not all of it can be read.
  bool read(const std::string& path) {
    auto recording = market::Recording::open(path);
    if (!recording) return false;
    market::Recorded line;
    for (;;) {
      const auto more = recording->next(&line);
      if (!more) return more.error().code == "recording.torn";
      if (!*more || !line.received_ns || *line.received_ns > up_to_ns_) return true;
      take(line);
    }
  }
  Hour take_hour() { return std::move(hour_); }

 private:
  void take(const market::Recorded& line) {
    switch (line.mark) {
      case Mark::kNone:
        return;
      case Mark::kStart:
        hour_.standing.clear();
        return;
      case Mark::kHour:
        hour_ns_ = line.received_ns;
        return;
      case Mark::kBegin:
        hour_.standing.insert(line.session);
        heard_[line.session] = line.heir_of;
        // What stood already begins once more with the hour.
        if (line.received_ns != hour_ns_) hour_.begun.insert(line.session);
        return;
      case Mark::kSucceed:
        hour_.standing.erase(heard_[line.session]);
        return;
      case Mark::kGap:
      case Mark::kStale:
        hour_.standing.erase(line.session);
        return;
    }
  }

  const int64_t up_to_ns_;
  std::optional<int64_t> hour_ns_;
  std::map<std::string, std::string> heard_;  // beside which an heir began
  Hour hour_;
};

// None: it cannot be read.
std::optional<Hour> read_hour(const std::vector<RecordedFile>& files, const std::string& hour,
                              int64_t up_to_ns) {
  HourReader reader(up_to_ns);
  bool is_there = false;
  for (const RecordedFile& file : files) {
    if (file.hour != hour || file.channel != "connection") continue;
    if (!reader.read(file.path)) return std::nullopt;
    is_there = true;
  }
  if (!is_there) return std::nullopt;
  return reader.take_hour();
}

}  // namespace

std::string hour_of(int64_t now_ns) {
  return iso8601(from_epoch_ms(now_ns / 1'000'000)).substr(0, 13);
}

std::vector<RecordedFile> recorded_in(const std::string& folder) {
  std::vector<RecordedFile> files;
  std::error_code failed;
  for (fs::recursive_directory_iterator at(folder, failed), end; !failed && at != end;
       at.increment(failed)) {
    const std::string path = at->path().string(), name = at->path().filename().string();
    if (!path.ends_with(".jsonl.zst")) continue;
    files.push_back({path, name.substr(0, name.find('.')),  // "2026-11-21T15.2.jsonl.zst"
                     at->path().parent_path().filename().string()});
  }
  // "….2.jsonl.zst" goes behind "….jsonl.zst", and "….10.jsonl.zst" behind that.
  std::sort(files.begin(), files.end(), [](const RecordedFile& a, const RecordedFile& b) {
    const auto key = [](const RecordedFile& file) {
      return std::tuple(std::string_view(file.hour), std::string_view(file.channel),
                        file.path.size(), std::string_view(file.path));
    };
    return key(a) < key(b);
  });
  return files;
}

std::string hour_to_read_from(const std::vector<RecordedFile>& files, int64_t from_ns) {
  const std::string wanted = hour_of(from_ns);
  std::set<std::string, std::greater<>> hours;  // up to that one, the latest first
  for (const RecordedFile& file : files) {
    if (file.hour <= wanted) hours.insert(file.hour);
  }
  std::optional<std::set<std::string>> needed;
  for (const std::string& hour : hours) {
    auto read = read_hour(files, hour, from_ns);
    if (!read) break;
    if (!needed && read->standing.empty()) return wanted;
    if (!needed) needed = std::move(read->standing);
    std::erase_if(*needed,
                  [&](const std::string& session) { return read->begun.contains(session); });
    if (needed->empty()) return hour;
  }
  return files.empty() ? wanted : files.front().hour;
}

}  // namespace keystile::feed
