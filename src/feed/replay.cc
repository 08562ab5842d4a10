#include "feed/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "base/time.h"

namespace keystile::feed {

bool Replay::is_later(const Source& a, const Source& b) {
  const auto rank = [](const Source& source) {
    const bool is_message = source.line.mark == market::Mark::kNone;
    return std::tuple(source.line.received_ns, is_message, source.file);
  };
  return rank(a) > rank(b);
}

Result<std::unique_ptr<Replay>> Replay::open(const std::string& folder, std::string product,
                                             market::OnEvent on_event, OnLoss on_loss,
                                             std::optional<int64_t> from_ns) {
  KS_CHECK(market::make_reader(product));
  const std::string place = folder + "/" + product;
  std::unique_ptr<Replay> made(
      new Replay(std::move(product), std::move(on_event), std::move(on_loss)));
  const std::vector<RecordedFile> recorded = recorded_in(place);
  if (recorded.empty()) return fail("replay.none", "nothing is recorded in " + place);
  const std::string begin = from_ns ? hour_to_read_from(recorded, *from_ns) : "";
  for (const RecordedFile& each : recorded) {
    if (each.hour < begin) continue;
    File file;
    file.path = each.path;
    file.hour = each.hour;
    file.channel = each.channel;
    made->files_.push_back(std::move(file));
  }
  return made;
}

Replay::Replay(std::string product, market::OnEvent on_event, OnLoss on_loss)
    : product_(std::move(product)),
      on_event_([this, tell = std::move(on_event)](const market::Event& event) {
        const auto* notice = std::get_if<market::Notice>(&event);
        if (notice && notice->what != market::Break::kResync) ++files_[telling_].gaps;
        tell(event);
      }),
      on_loss_(std::move(on_loss)) {}

std::optional<int64_t> Replay::next_ns() {
  while (sources_.empty() && opened_ < files_.size()) open_hour();
  if (sources_.empty()) return std::nullopt;
  return sources_.front().line.received_ns;
}

// A heap, the earliest line in front: sources_ of one hour. Each line's hour is its file's, so that
// no later file has an earlier line.
void Replay::open_hour() {
  const std::string& hour = files_[opened_].hour;
  for (; opened_ < files_.size() && files_[opened_].hour == hour; ++opened_) {
    auto recording = market::Recording::open(files_[opened_].path);
    if (!recording) {
      files_[opened_].troubles.push_back(recording.error());
      continue;
    }
    Source source{opened_, std::move(*recording), {}};
    if (advance(&source)) sources_.push_back(std::move(source));
  }
  std::make_heap(sources_.begin(), sources_.end(), is_later);
}

void Replay::step() {
  if (!next_ns()) return;
  std::pop_heap(sources_.begin(), sources_.end(), is_later);
  Source& source = sources_.back();
  telling_ = source.file;
  take(source.line);
  if (advance(&source)) {
    std::push_heap(sources_.begin(), sources_.end(), is_later);
  } else {
    sources_.pop_back();
  }
}

// To the next line that can be read.
bool Replay::advance(Source* source) {
  File& file = files_[source->file];
  for (;;) {
    const auto more = source->recording.next(&source->line);
    if (more && !*more) return false;
    if (more && source->line.received_ns) break;
    if (more) continue;  // nothing that we made: it has no time
    file.troubles.push_back(more.error());
    if (more.error().code != "recording.line") return false;
  }
  if (!file.first_ns) file.first_ns = source->line.received_ns;
  file.last_ns = source->line.received_ns;
  return true;
}

// Each line of a connection tells how many of its messages came before. Where some are missing,
// what they told is.
void Replay::count(const market::Recorded& line) {
  const auto found = sessions_.find(line.session);
  if (found == sessions_.end() || !line.before) return;
  Session& session = found->second;
  const int64_t missing = *line.before - session.next.value_or(*line.before);
  session.next = *line.before + (line.mark == market::Mark::kNone);
  if (missing <= 0) return;
  files_[telling_].missing += static_cast<uint64_t>(missing);
  holes_.push_back({telling_, *line.received_ns, missing});
  if (session.is_heir || !on_loss_) return;
  for (const auto& [symbol, instrument] : session.line->told) {
    on_loss_(*instrument, market::Break::kGap, *line.received_ns);
  }
}

// A recorder that is killed, or whose machine fails, leaves holes of its last seconds: its files
// are not written at one moment. Any other one is damage.
void Replay::judge_holes(const market::Recorded& line) {
  constexpr int64_t kLastNs = 60'000'000'000;
  if (line.mark == market::Mark::kStart) holes_.clear();
  while (!holes_.empty() && *line.received_ns - holes_.front().at_ns > kLastNs) {
    const Hole hole = holes_.front();
    holes_.pop_front();
    const std::string when = iso8601(from_epoch_ms(hole.at_ns / 1'000'000));
    files_[hole.file].troubles.push_back(
        {"recording.missing",
         fmt::format("{} messages are missing that came before {}", hole.messages, when)});
  }
}

void Replay::take(const market::Recorded& line) {
  const int64_t now = *line.received_ns;
  judge_holes(line);
  count(line);
  switch (line.mark) {
    case market::Mark::kNone:
      return take_message(line);
    case market::Mark::kStart:
      end_all(now);
      selection_ = Selection(line.symbols);
      return;
    case market::Mark::kHour:
      selection_ = Selection(line.symbols);
      return;
    case market::Mark::kBegin:
      if (sessions_.contains(line.session)) return;  // it stands, and another hour begins
      if (line.heir_of.empty()) {
        session_of(line.session).next = line.before;
      } else {
        const Line heard = session_of(line.heir_of).line;
        heard->succession->begin_heir(now);
        sessions_[line.session] = {heard, true, line.before};
      }
      return;
    case market::Mark::kSucceed:
      ++files_[telling_].renewals;
      return succeed(line.session, now);
    case market::Mark::kGap:
    case market::Mark::kStale: {
      const auto found = sessions_.find(line.session);
      if (found == sessions_.end()) return;
      const Session session = found->second;
      sessions_.erase(found);
      const bool is_stale = line.mark == market::Mark::kStale;
      return end(session, is_stale ? market::Break::kStale : market::Break::kGap, now);
    }
  }
}

void Replay::take_message(const market::Recorded& line) {
  File& file = files_[telling_];
  ++file.messages;
  Session& session = session_of(line.session);
  if (!session.next && line.before) session.next = *line.before + 1;
  market::Succession& succession = *session.line->succession;
  const auto told =
      session.is_heir ? succession.take_from_heir(line.message()) : succession.take(line.message());
  if (told) return;
  ++file.refused;
  if (!session.is_heir && on_loss_) miss(*session.line, line);
}

// What a message told that cannot be read: of the markets that it names, or of all of the
// connection where it names none.
void Replay::miss(const Connections& connections, const market::Recorded& line) {
  const auto names = [&line](const auto& each) {
    return line.raw.find(each.first) != line.raw.npos;
  };
  const auto& told = connections.told;
  const bool names_any = std::any_of(told.begin(), told.end(), names);
  for (const auto& each : told) {
    if (!names_any || names(each)) on_loss_(*each.second, market::Break::kGap, *line.received_ns);
  }
}

// One that began before what is recorded begins with its first message.
Replay::Session& Replay::session_of(const std::string& name) {
  Session& session = sessions_[name];
  if (session.line) return session;
  if (spare_.empty()) {
    session.line = new_line();
  } else {
    session.line = std::move(spare_.back());
    spare_.pop_back();
  }
  session.line->succession->begin();
  return session;
}

Replay::Line Replay::new_line() {
  auto line = std::make_shared<Connections>();
  const auto tell = [this, &told = line->told](const market::Event& event) {
    const market::Instrument* const instrument =
        std::visit([](const auto& each) { return each.origin.instrument; }, event);
    told.try_emplace(instrument->symbol, instrument);
    on_event_(event);
  };
  const auto is_wanted = [this](std::string_view symbol) { return selection_.has(symbol); };
  line->succession = std::move(*market::Succession::make(product_, tell, {}, is_wanted));
  return line;
}

void Replay::succeed(const std::string& name, int64_t now_ns) {
  const auto heir = sessions_.find(name);
  if (heir == sessions_.end() || !heir->second.is_heir) return;
  heir->second.is_heir = false;
  const Line line = heir->second.line;
  std::erase_if(sessions_,
                [&](const auto& each) { return each.second.line == line && each.first != name; });
  line->succession->succeed(now_ns);
}

void Replay::end_all(int64_t now_ns) {
  for (const auto& [name, session] : std::exchange(sessions_, {})) {
    if (!session.is_heir) end(session, market::Break::kGap, now_ns);
  }
}

void Replay::end(const Session& session, market::Break why, int64_t now_ns) {
  if (session.is_heir) return session.line->succession->drop_heir();
  session.line->succession->lose_books(why, now_ns);
  for (const auto& [symbol, instrument] : std::exchange(session.line->told, {})) {
    if (on_loss_) on_loss_(*instrument, why, now_ns);
  }
  std::erase_if(sessions_, [&](const auto& each) { return each.second.line == session.line; });
  spare_.push_back(session.line);
}

}  // namespace keystile::feed
