#include "gate/api_listener.h"

#include <gtest/gtest.h>

#include "base/temp_folder_for_test.h"
#include "gate/fake_signer_for_test.h"
#include "metrics/exposition.h"
#include "net/client.h"
#include "net/loop_for_test.h"
#include "net/tls.h"

namespace keystile::gate {
namespace {

class ApiListenerTest : public testing::Test {
 protected:
  ApiListenerTest() {
    const WallTime now = system_clock().wall();
    const net::CertificateFiles ca{folder_ / "ca.pem", folder_ / "ca.key"};
    const net::CertificateFiles server{folder_ / "server.pem", folder_ / "server.key"};
    EXPECT_TRUE(net::create_ca(ca, "test", now, 10));
    EXPECT_TRUE(net::create_server_certificate(server, ca, {"127.0.0.1"}, now, 5));
    loop_.on_thread([&] {
      auto listener = ApiListener::open(loop_.context.get_executor(), {"127.0.0.1", 0},
                                        {server.certificate, server.key}, signer_);
      ASSERT_TRUE(listener) << listener.error().message;
      listener_ = std::move(*listener);
      net::ClientOptions options;
      options.ca_file = ca.certificate;
      client_ = net::Client::make(loop_.context.get_executor(), options).value();
    });
  }
  ~ApiListenerTest() override {
    loop_.run(listener_->stop());
    loop_.on_thread([this] {
      listener_.reset();
      client_.reset();
    });
  }

  HttpResponse ask(const char* method, const char* target, std::string body) {
    HttpRequest request = request_to(method, target);
    request.body = std::move(body);
    auto answer = loop_.run(client_->send("https://127.0.0.1:" + std::to_string(listener_->port()),
                                          std::move(request), Millis{10000}));
    EXPECT_TRUE(answer) << answer.error().message;
    return answer ? std::move(*answer) : HttpResponse{};
  }
  HttpResponse post(std::string body) { return ask("POST", "/v1/command", std::move(body)); }

  std::string metrics() {
    std::string text;
    loop_.on_thread(
        [&] { text = metrics::to_text(listener_->metrics(), metrics::Format::kPrometheus); });
    return text;
  }

  TempFolder folder_;
  net::Loop loop_;
  FakeSigner signer_;
  std::unique_ptr<ApiListener> listener_;
  std::unique_ptr<net::Client> client_;
};

TEST_F(ApiListenerTest, CarriesWhatIsSigned) {
  for (const char* what : {"signed", "proposal.sign"}) {
    const HttpResponse answer = post("{\"do\":\"" + std::string(what) + "\"}");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "{\"ok\":{\"did\":\"" + std::string(what) + "\"}}\n");
  }
}

TEST_F(ApiListenerTest, NothingElse) {
  for (const char* what : {"status", "adopt", "ledger.mend", "proposal.list", "proposal.cancel",
                           "policy.propose", "ledger.entries", "proposal.step", "fail", ""}) {
    const HttpResponse answer = post("{\"do\":\"" + std::string(what) + "\"}");
    EXPECT_EQ(answer.status, 400) << what;
    EXPECT_TRUE(answer.body.starts_with("{\"error\":\"api.command\",")) << answer.body;
  }
  EXPECT_EQ(post("").status, 400);
  EXPECT_EQ(post("[1]").status, 400);
  EXPECT_EQ(post("{\"do\":\"adopt\",\"do\":\"signed\"}").body.substr(0, 25),
            "{\"error\":\"json.repeated\",");
  EXPECT_EQ(ask("GET", "/v1/command", "").status, 405);
  EXPECT_EQ(ask("PUT", "/v1/command", "{\"do\":\"signed\"}").status, 405);
  EXPECT_EQ(ask("POST", "/v1/command?x", "{\"do\":\"signed\"}").status, 404);
  EXPECT_EQ(ask("POST", "/", "{\"do\":\"signed\"}").status, 404);
  EXPECT_EQ(post(std::string((1 << 20) + 1, 'x')).status, 413);
}

// Whatever is within them would be read before anybody knows who signed it.
TEST_F(ApiListenerTest, ReadsNoMoreOfAStrangersThanTheEnvelope) {
  const auto refused = [&](const std::string& body) {
    const HttpResponse answer = post(body);
    EXPECT_EQ(answer.status, 400) << answer.body.substr(0, 200);
    return answer.body.substr(0, answer.body.find("\",") + 1);
  };
  std::string lists, members;
  while (lists.size() < 1'000'000) lists += "[],";
  for (int i = 0; members.size() < 1'000'000; ++i) members += ",\"" + std::to_string(i) + "\":0";
  EXPECT_EQ(refused(R"({"do":"signed","body":[)" + lists + "0]}"), R"({"error":"api.command")");
  EXPECT_EQ(refused(R"({"do":"signed","body":)" + std::string(1'000'000, '[')),
            R"({"error":"json.limit")");
  EXPECT_EQ(refused(R"({"do":"signed","body":{}})"), R"({"error":"json.limit")");
  EXPECT_EQ(refused(R"({"do":"signed")" + members + "}"), R"({"error":"api.command")");
  EXPECT_EQ(refused(R"({"do":"signed")" + members + ",["), R"({"error":"api.command")");
  // What a signed body holds is text, commas and quotes included.
  const std::string text = json::quoted(R"({"do":"policy.propose","a":"\\",)" + lists + members);
  EXPECT_EQ(
      post(R"({"do":"signed","body":)" + text.substr(0, 1'000'000) + R"(","signature":""})").status,
      200);
  EXPECT_EQ(post(R"({"do":"signed","1":1,"2":2,"3":3,"4":4,"5":5,"6":6,"7":"\""})").status, 200);
}

TEST_F(ApiListenerTest, Counts) {
  const auto has = [&](const std::string& line) {
    return metrics().find("\nkeystile_api_requests_total{" + line + "\n") != std::string::npos;
  };
  EXPECT_TRUE(has("status=\"400\",reason=\"signed.key\"} 0")) << metrics();
  post("{\"do\":\"signed\"}");
  post("{\"do\":\"adopt\"}");
  post("{\"do\":\"adopt\"}");
  ask("GET", "/", "");
  EXPECT_TRUE(has("status=\"200\",reason=\"\"} 1")) << metrics();
  EXPECT_TRUE(has("status=\"400\",reason=\"api.command\"} 2")) << metrics();
  EXPECT_TRUE(has("status=\"404\",reason=\"api.path\"} 1")) << metrics();
}

}  // namespace
}  // namespace keystile::gate
