// What a Recorder wrote, once more through the code that read it then: the same events, in the same
// order, with the receive times of then.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "feed/recorded_files.h"
#include "feed/selection.h"
#include "market/recording.h"
#include "market/succession.h"

namespace keystile::feed {

class Replay {
 public:
  struct File {
    std::string path;
    std::string hour, channel;  // "2026-11-21T15", "book"
    uint64_t messages = 0;
    uint64_t refused = 0;   // of these, by the reader
    uint64_t gaps = 0;      // books that were no longer whole after what the file tells
    uint64_t renewals = 0;  // connections whose place an heir took
    std::optional<int64_t> first_ns, last_ns;
    uint64_t missing = 0;  // messages that were recorded before what it tells, and are not there
    // "recording.torn" and others of market/recording.h; "recording.missing": messages are, and not
    // for the recorder's end.
    std::vector<Error> troubles;
  };

  // A connection was lost that had told of this instrument, or a message cannot be read that may be
  // of it: what came then is missed. Of its book an event says so.
  using OnLoss =
      std::function<void(const market::Instrument& instrument, market::Break why, int64_t now_ns)>;

  // folder: as the Recorder got it. from_ns: what was told before is not asked for, but for what
  // was known then: it reads from the hour on in which the connections of that moment began. None:
  // from the first. "replay.none": nothing of the product is recorded there.
  // "market.product"
  static Result<std::unique_ptr<Replay>> open(const std::string& folder, std::string product,
                                              market::OnEvent on_event, OnLoss on_loss = {},
                                              std::optional<int64_t> from_ns = {});
  Replay(const Replay&) = delete;
  Replay& operator=(const Replay&) = delete;

  // When the next line was received; none: there is no more.
  std::optional<int64_t> next_ns();
  // Tells the events of that line. What cannot be read is left out, and noted in files(). The
  // instruments that events name stay as long as this.
  void step();
  // There is no more, though connections stand: what came then is missed.
  void end_all(int64_t now_ns);

  // All of them, in the order in which they are opened.
  const std::vector<File>& files() const { return files_; }

 private:
  struct Source {
    size_t file;  // of files_
    market::Recording recording;
    market::Recorded line;  // the next
  };
  // Connections that take each other's place.
  struct Connections {
    std::unique_ptr<market::Succession> succession;
    std::map<std::string_view, const market::Instrument*> told;  // of which they told, by symbol
  };
  using Line = std::shared_ptr<Connections>;
  // One connection.
  struct Session {
    Line line;
    bool is_heir = false;
    std::optional<int64_t> next;  // how many messages came before the next one
  };
  // Messages that are missing.
  struct Hole {
    size_t file;
    int64_t at_ns, messages;
  };

  Replay(std::string product, market::OnEvent on_event, OnLoss on_loss);
  static bool is_later(const Source& a, const Source& b);
  void open_hour();
  bool advance(Source* source);
  void take(const market::Recorded& line);
  void count(const market::Recorded& line);
  void judge_holes(const market::Recorded& line);
  void take_message(const market::Recorded& line);
  void miss(const Connections& connections, const market::Recorded& line);
  Session& session_of(const std::string& name);
  Line new_line();
  void succeed(const std::string& name, int64_t now_ns);
  void end(const Session& session, market::Break why, int64_t now_ns);

  const std::string product_;
  const market::OnEvent on_event_;
  const OnLoss on_loss_;
  Selection selection_;
  std::vector<File> files_;      // by hour
  size_t opened_ = 0;            // of files_
  size_t telling_ = 0;           // the one whose line is told
  std::vector<Source> sources_;  // of the hour that is read: a heap, the earliest line in front
  std::map<std::string, Session> sessions_;
  std::vector<Line> spare_;  // ended ones
  std::deque<Hole> holes_;   // of which nobody knows yet what made them
};

}  // namespace keystile::feed
