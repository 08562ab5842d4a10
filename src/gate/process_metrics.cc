#include "gate/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <vector>

#include "base/encoding.h"

namespace keystile::gate {
namespace {

// The fields of PROC/stat behind the program's name, which may hold anything: [0] is the state,
// the third field of proc(5).
std::vector<std::string> stat_fields(const std::string& proc) {
  std::ifstream file(proc + "/stat");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const size_t name_end = text.rfind(')');
  if (name_end == text.npos) return {};
  std::istringstream rest(text.substr(name_end + 1));
  return {std::istream_iterator<std::string>(rest), {}};
}

std::optional<double> open_files(const std::string& proc) {
  std::error_code failed;
  std::filesystem::directory_iterator it(proc + "/fd", failed), end;
  double count = 0;
  for (; !failed && it != end; it.increment(failed)) ++count;
  if (failed) return std::nullopt;
  return count - 1;  // the folder itself is open while it is read
}

double double_of(const std::string& field) {
  return static_cast<double>(parse_uint64(field).value_or(0));
}

}  // namespace

metrics::Families process_metrics(WallTime started, const std::string& proc) {
  metrics::Families families;
  const auto gauge = [&](const char* name, const char* help, double value) {
    metrics::add(&families.emplace_back(metrics::gauge(name, help)), value);
  };
  gauge("process_start_time_seconds", "When the process started, since the epoch.",
        std::chrono::duration<double>(started.time_since_epoch()).count());
  const std::vector<std::string> stat = stat_fields(proc);
  constexpr size_t kUserTime = 11, kSystemTime = 12, kVirtual = 20, kResident = 21;
  if (stat.size() > kResident) {
    const double ticks = double_of(stat[kUserTime]) + double_of(stat[kSystemTime]);
    metrics::Family& cpu = families.emplace_back(
        metrics::counter("process_cpu_seconds_total", "User and system time spent."));
    metrics::add(&cpu, ticks / static_cast<double>(::sysconf(_SC_CLK_TCK)));
    gauge("process_virtual_memory_bytes", "Virtual memory.", double_of(stat[kVirtual]));
    gauge("process_resident_memory_bytes", "Resident memory.",
          double_of(stat[kResident]) * static_cast<double>(::sysconf(_SC_PAGESIZE)));
  }
  if (const auto files = open_files(proc))
    gauge("process_open_fds", "Open file descriptors.", *files);
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    gauge("process_max_fds", "How many file descriptors it may open.",
          static_cast<double>(limit.rlim_cur));
  }
  return families;
}

}  // namespace keystile::gate
