// The files of a recording, and from which hour on they must be read to know what was known at a
// later moment.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace keystile::feed {

// "2026-11-21T15"
std::string hour_of(int64_t now_ns);

struct RecordedFile {
  std::string path;
  std::string hour;
  std::string channel;  // "book"; "connection": the marks are there
};

// What a Recorder wrote of a product there: by hour.
std::vector<RecordedFile> recorded_in(const std::string& folder);

// The hour in which the oldest of the connections began that stood at that moment: books begin with
// a connection. That moment's own where none did, the first one there is where it cannot be said.
std::string hour_to_read_from(const std::vector<RecordedFile>& files, int64_t from_ns);

}  // namespace keystile::feed
