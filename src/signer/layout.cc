#include "signer/layout.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "ledger/note.h"
#include "policy/settings.h"

namespace keystile::signer {
namespace {

uint16_t read_port(policy::Table& table) {
  const uint32_t port = table.count("port").value_or(0);
  if (port > 65535) table.bad_value("port", "a port is at most 65535");
  return static_cast<uint16_t>(port);
}

MetricsSettings read_metrics(policy::Table table) {
  MetricsSettings metrics;
  metrics.address = table.text("address").value_or(metrics.address);
  metrics.port = read_port(table);
  table.finish();
  return metrics;
}

ApiSettings read_api(policy::Table table) {
  ApiSettings api;
  api.address = table.text("address").value_or(api.address);
  api.port = read_port(table);
  api.certificate = table.required("certificate");
  api.key = table.required("key");
  table.finish();
  return api;
}

NoticeSettings read_notice(policy::Table table) {
  NoticeSettings notice;
  notice.command = table.texts("command").value_or(std::vector<std::string>{});
  notice.url = table.text("url").value_or("");
  notice.ca_file = table.text("ca_file").value_or("");
  if (const auto seconds = table.count("remind_s")) notice.remind = std::chrono::seconds(*seconds);
  if (notice.command.empty() == notice.url.empty()) {
    table.report().error(table.place(), "settings.notice", "name either command or url");
  }
  table.finish();
  return notice;
}

// "0600" or "0660": who else may open a socket is its group at most.
void read_socket(policy::Table* table, ListenerSettings* listener) {
  listener->socket = table->text("socket").value_or("");
  const auto mode = table->text("socket_mode");
  if (mode == "0660") listener->socket_mode = 0660;
  if (mode && *mode != "0600" && *mode != "0660") {
    table->bad_value("socket_mode", "must be \"0600\" or \"0660\"");
  }
  if (!listener->socket.empty() && listener->kind == "hosts") {
    table->bad_value("socket", "programs reach host names by a port, not by a socket");
  }
}

ListenerSettings read_listener(policy::Table table) {
  ListenerSettings listener;
  listener.kind = table.text("kind").value_or(listener.kind);
  const bool by_base_url = listener.kind == "base-url";
  if (!by_base_url && listener.kind != "proxy" && listener.kind != "hosts") {
    table.bad_value("kind", "must be base-url, proxy or hosts");
  }
  listener.environment = table.required("environment");
  read_socket(&table, &listener);
  if (listener.socket.empty()) {
    listener.address = table.text("address").value_or(listener.address);
    listener.port = read_port(table);
  }
  if (by_base_url) listener.exchange = table.text("exchange").value_or("");
  if (by_base_url && listener.socket.empty()) {
    listener.certificate = table.required("certificate");
    listener.key = table.required("key");
  }
  table.finish();
  return listener;
}

UnlockSource read_unlock(policy::Table table) {
  using Kind = UnlockSource::Kind;
  const auto key_file = table.text("key_file");
  const auto credential = table.text("credential");
  const bool passphrase = table.flag("passphrase").value_or(false);
  table.finish();
  if (key_file.has_value() + credential.has_value() + passphrase != 1) {
    table.report().error(table.place(), "settings.unlock",
                         "name exactly one of key_file, credential and passphrase = true");
  }
  if (passphrase) return {Kind::kPassphrase, ""};
  return credential ? UnlockSource{Kind::kCredential, *credential}
                    : UnlockSource{Kind::kKeyFile, key_file.value_or("")};
}

LimitSettings read_limits(policy::Table table) {
  LimitSettings limits;
  limits.header_bytes = table.count("header_bytes");
  limits.body_bytes = table.count("body_bytes");
  limits.connections = table.count("connections");
  limits.header_ms = table.count("header_ms");
  limits.body_ms = table.count("body_ms");
  limits.idle_ms = table.count("idle_ms");
  limits.write_ms = table.count("write_ms");
  table.finish();
  return limits;
}

WitnessesSettings read_witnesses(policy::Table& root) {
  WitnessesSettings settings;
  if (auto table = root.table("witnesses")) {
    settings.required = table->count("required").value_or(0);
    settings.max_age = std::chrono::seconds(table->count("max_age_s").value_or(900));
    settings.every = std::chrono::seconds(table->count("every_s").value_or(60));
    table->finish();
  }
  for (policy::Table& table : root.tables("witness")) {
    WitnessSettings witness{table.required("key"), table.required("url"),
                            table.text("ca_file").value_or("")};
    const auto key = ledger::parse_vkey(witness.key);
    if (!key || key->type != 4) {
      table.bad_value("key",
                      "a witness's key looks like NAME+8 hex digits+base64 and is of type 4");
    }
    if (!witness.url.starts_with("http")) table.bad_value("url", "it begins with https://");
    table.finish();
    settings.list.push_back(std::move(witness));
  }
  if (settings.required > settings.list.size()) {
    root.report().error(root.place(), "settings.witnesses",
                        "more witnesses are required than there are [[witness]] tables");
  }
  return settings;
}

NodeSettings read_settings(policy::Table table) {
  NodeSettings settings;
  if (auto ledger = table.table("ledger")) {
    settings.ledger_origin = ledger->required("origin");
    ledger->finish();
  } else {
    table.report().error(table.place(), "settings.ledger", "[ledger] with its origin is missing");
  }
  settings.witnesses = read_witnesses(table);
  if (auto limits = table.table("limits")) settings.limits = read_limits(std::move(*limits));
  if (auto proxies = table.table("proxies")) {
    settings.proxies.trusted = proxies->texts("trusted").value_or(std::vector<std::string>{});
    settings.proxies.header = proxies->text("header").value_or(settings.proxies.header);
    proxies->finish();
  }
  if (auto resolver = table.table("resolver")) {
    settings.name_servers = resolver->texts("servers").value_or(std::vector<std::string>{});
    resolver->finish();
  }
  if (auto egress = table.table("egress")) {
    settings.egress.addresses = egress->texts("addresses").value_or(std::vector<std::string>{});
    settings.egress.sources = egress->texts("sources").value_or(std::vector<std::string>{});
    egress->finish();
  }
  if (auto unlock = table.table("unlock")) {
    for (const std::string& vault : unlock->fields()) {
      if (auto entry = unlock->table(vault))
        settings.unlock[vault] = read_unlock(std::move(*entry));
    }
    unlock->finish();
  }
  if (auto metrics = table.table("metrics")) settings.metrics = read_metrics(std::move(*metrics));
  if (auto api = table.table("api")) settings.api = read_api(std::move(*api));
  for (policy::Table& notice : table.tables("notice")) {
    settings.notices.push_back(read_notice(std::move(notice)));
  }
  for (policy::Table& listener : table.tables("listener")) {
    settings.listeners.push_back(read_listener(std::move(listener)));
  }
  table.finish();
  return settings;
}

tl::unexpected<Error> io_error(std::string_view what, const std::string& path) {
  return fail("file.io", fmt::format("{} {}: {}", what, path, std::strerror(errno)));
}

}  // namespace

std::string Layout::resolve(const std::string& path) const {
  return path.empty() || path.front() == '/' ? path : root_ + "/" + path;
}

Result<NodeSettings> load_settings(const Layout& layout) {
  if (access(layout.settings().c_str(), F_OK) != 0) {
    return fail("realm.missing",
                fmt::format("{} is no realm's folder, for it has no keystile.toml: name one with "
                            "--realm or KEYSTILE_REALM, or make one with `keystile init`",
                            layout.root()));
  }
  KS_TRY(const std::string text, read_file(layout.settings()));
  return parse_settings(text, layout.settings());
}

Result<NodeSettings> parse_settings(std::string_view text, const std::string& file) {
  return policy::parse_settings(text, file, read_settings);
}

Status write_file(const std::string& path, std::string_view text, unsigned mode) {
  const std::string temporary = fmt::format("{}.{}.tmp", path, getpid());
  const int fd = open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  if (fd < 0) return io_error("cannot write", path);
  size_t done = 0;
  while (done < text.size()) {
    const ssize_t n = write(fd, text.data() + done, text.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    done += static_cast<size_t>(n);
  }
  const bool written = done == text.size() && fsync(fd) == 0;
  if (close(fd) != 0 || !written || rename(temporary.c_str(), path.c_str()) != 0) {
    const auto error = io_error("cannot write", path);
    unlink(temporary.c_str());
    return error;
  }
  std::string folder = std::filesystem::path(path).parent_path();
  if (folder.empty()) folder = ".";
  const int dir = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (dir < 0 || fsync(dir) != 0) {
    if (dir >= 0) close(dir);
    return io_error("cannot sync", folder);
  }
  close(dir);
  return {};
}

Result<std::string> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return io_error("cannot read", path);
  std::ostringstream text;
  text << in.rdbuf();
  if (in.bad()) return io_error("cannot read", path);
  return text.str();
}

}  // namespace keystile::signer
