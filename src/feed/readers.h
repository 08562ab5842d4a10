// Who reads the relay, and how often.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "feed/tokens.h"

namespace keystile::feed {

// At most so many requests in any 60 seconds.
class RequestWindow {
 public:
  static constexpr std::chrono::seconds kSpan{60};

  explicit RequestWindow(size_t limit) : limit_(limit) {}

  // Counts one more; or says how long to wait for it, at least a second, and counts nothing. now
  // never goes back.
  std::chrono::seconds admit(MonoTime now);
  // How many more are admitted at this moment.
  size_t left(MonoTime now) const;

 private:
  size_t limit_;
  size_t next_ = 0;              // of times_, once it is full: the oldest
  std::vector<MonoTime> times_;  // of the last `limit_` that were admitted
};

struct Reader {
  explicit Reader(size_t limit) : window(limit) {}
  std::string hash;  // of its token
  RequestWindow window;
  uint64_t requests = 0;  // admitted ones, since the start
};

// What became of a request at the door.
struct Admission {
  const std::string* name = nullptr;  // null: no token that counts
  Reader* reader = nullptr;
  std::chrono::seconds wait{0};  // above zero: too many requests
};

class Readers {
 public:
  explicit Readers(size_t requests_per_minute) : limit_(requests_per_minute) {}

  // From now on these tokens count and no others. Whose token is the same keeps their count.
  void set(Tokens tokens);
  Admission admit(std::string_view token, MonoTime now);
  // A further request of one who came in by the token of this name and hash.
  Admission admit_again(const std::string& name, std::string_view hash, MonoTime now);
  // What such a request took beyond itself, as far as the minute still has room for it.
  void charge(const std::string& name, std::string_view hash, size_t requests, MonoTime now);
  // Whether such a token still counts.
  bool holds(const std::string& name, std::string_view hash) const;
  const std::map<std::string, Reader, std::less<>>& all() const { return readers_; }
  size_t limit() const { return limit_; }

 private:
  using ByName = std::map<std::string, Reader, std::less<>>;
  static Admission admit(ByName::iterator held, MonoTime now);

  const size_t limit_;
  Tokens tokens_;
  ByName readers_;
};

}  // namespace keystile::feed
