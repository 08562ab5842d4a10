#include "gate/metrics_listener.h"

#include <gtest/gtest.h>

#include <atomic>

#include "net/client.h"
#include "net/loop_for_test.h"

namespace keystile::gate {
namespace {

class MovedClock final : public Clock {
 public:
  WallTime wall() const override { return {}; }
  MonoTime mono() const override { return MonoTime{Millis{now_ms}}; }
  std::atomic<int64_t> now_ms{1'000'000};
};

class MetricsListenerTest : public testing::Test {
 protected:
  MetricsListenerTest() {
    loop_.on_thread([this] {
      MetricsSources sources{[this] { return families(); }, [this] { return missing_; }};
      auto listener = MetricsListener::open(loop_.context.get_executor(), {"127.0.0.1", 0},
                                            std::move(sources), clock_);
      ASSERT_TRUE(listener) << listener.error().message;
      listener_ = std::move(*listener);
      client_ = net::Client::make(loop_.context.get_executor(), {}).value();
    });
  }
  ~MetricsListenerTest() override {
    loop_.run(listener_->stop());
    loop_.on_thread([this] {
      listener_.reset();
      client_.reset();
    });
  }

  metrics::Families families() {
    metrics::Family family = metrics::counter("x_scrapes_total", "Scrapes.");
    metrics::add(&family, ++scrapes_);
    return {family};
  }

  HttpResponse ask(const char* method, const char* target, Headers headers = {}) {
    HttpRequest request = request_to(method, target);
    request.headers = std::move(headers);
    auto answer = loop_.run(client_->send("http://127.0.0.1:" + std::to_string(listener_->port()),
                                          std::move(request), Millis{10000}));
    EXPECT_TRUE(answer) << answer.error().message;
    return answer ? std::move(*answer) : HttpResponse{};
  }

  net::Loop loop_;
  MovedClock clock_;
  json::Array missing_;
  int scrapes_ = 0;
  std::unique_ptr<MetricsListener> listener_;
  std::unique_ptr<net::Client> client_;
};

TEST_F(MetricsListenerTest, SpeaksTheFormatThatIsAskedFor) {
  const HttpResponse plain = ask("GET", "/metrics");
  EXPECT_EQ(plain.status, 200);
  EXPECT_EQ(*find_header(plain.headers, "Content-Type"),
            "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_NE(plain.body.find("# TYPE x_scrapes_total counter\nx_scrapes_total 1\n"),
            std::string::npos);
  EXPECT_NE(plain.body.find("\nkeystile_ready 1\n"), std::string::npos);

  const HttpResponse open =
      ask("GET", "/metrics?x=1", {{"Accept", "application/openmetrics-text; version=1.0.0"}});
  EXPECT_EQ(*find_header(open.headers, "Content-Type"),
            "application/openmetrics-text; version=1.0.0; charset=utf-8");
  EXPECT_TRUE(open.body.starts_with("# TYPE x_scrapes counter\n"));
  EXPECT_TRUE(open.body.ends_with("\n# EOF\n"));
}

TEST_F(MetricsListenerTest, MakesNoTextTwiceWithinASecond) {
  const std::string first = ask("GET", "/metrics").body;
  clock_.now_ms += 999;
  EXPECT_EQ(ask("GET", "/metrics").body, first);
  EXPECT_EQ(scrapes_, 1);
  clock_.now_ms += 1;
  EXPECT_NE(ask("GET", "/metrics").body, first);
}

TEST_F(MetricsListenerTest, IsReadyWhenNothingIsMissing) {
  EXPECT_EQ(ask("GET", "/readyz").status, 200);
  EXPECT_EQ(ask("GET", "/readyz").body, "{\"ready\":true,\"missing\":[]}\n");
  loop_.on_thread([this] { missing_.push_back(json::object({{"missing", "vault"}})); });
  const HttpResponse answer = ask("GET", "/readyz");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.body, "{\"ready\":false,\"missing\":[{\"missing\":\"vault\"}]}\n");
  EXPECT_EQ(ask("GET", "/healthz").status, 200);
  EXPECT_NE(ask("GET", "/metrics").body.find("\nkeystile_ready 0\n"), std::string::npos);
}

TEST_F(MetricsListenerTest, TakesOnlyGetAndHeadOfWhatIsThere) {
  EXPECT_EQ(ask("HEAD", "/metrics").status, 200);
  EXPECT_EQ(ask("HEAD", "/metrics").body, "");
  EXPECT_EQ(ask("GET", "/").status, 404);
  EXPECT_EQ(ask("GET", "/metrics/").status, 404);
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS"}) {
    const HttpResponse refused = ask(method, "/metrics");
    EXPECT_EQ(refused.status, 405) << method;
    EXPECT_EQ(*find_header(refused.headers, "Allow"), "GET, HEAD");
  }
  EXPECT_EQ(scrapes_, 1);  // only for the first HEAD
}

}  // namespace
}  // namespace keystile::gate
