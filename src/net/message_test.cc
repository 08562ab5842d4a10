#include "net/message.h"

#include <gtest/gtest.h>

namespace keystile::net {
namespace {

constexpr size_t kHead = 1024;
constexpr size_t kBody = 64;

// Feeds the text in pieces of `step` bytes, as a socket may deliver it.
ReadState feed(RequestReader* reader, std::string_view text, size_t step, std::string* rest) {
  ReadState state = reader->state();
  for (size_t at = 0; at < text.size(); at += step) {
    rest->append(text.substr(at, step));
    state = reader->feed(rest);
  }
  return state;
}

TEST(RequestReader, ReadsTheSameInPiecesOfAnySize) {
  const std::string text =
      "POST /api/v3/order?a=%2F&&b HTTP/1.1\r\nHost: x\r\nX-Key:  k \r\nx-key: two\r\n"
      "Transfer-Encoding: chunked\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\n"
      "Expect: 100-continue\r\n\r\n"
      "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
  for (size_t step = 1; step <= text.size(); ++step) {
    RequestReader reader(kHead, kBody);
    std::string rest;
    ASSERT_EQ(feed(&reader, text, step, &rest), ReadState::kDone) << step;
    EXPECT_TRUE(rest.empty());
    EXPECT_TRUE(reader.keep_alive());
    const HttpRequest request = reader.take();
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.path, "/api/v3/order");
    EXPECT_EQ(request.query, "a=%2F&&b");
    EXPECT_EQ(request.body, "abcde");
    EXPECT_EQ(count_headers(request.headers, "X-Key"), 2u);
    EXPECT_EQ(*find_header(request.headers, "X-Key"), "k");
    EXPECT_EQ(find_header(request.headers, "Transfer-Encoding"), nullptr);
    EXPECT_EQ(find_header(request.headers, "X-Hop"), nullptr);
    EXPECT_EQ(find_header(request.headers, "Expect"), nullptr);
  }
}

TEST(RequestReader, KeepsTargetsAsTheyAre) {
  for (const std::string target :
       {"/", "/?", "//a/../b/%2e%2E;x", "/a?b?c", "/A~!$&'()*+,=:@|\"<>"}) {
    RequestReader reader(kHead, kBody);
    std::string text = "GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n";
    ASSERT_EQ(reader.feed(&text), ReadState::kDone) << target;
    EXPECT_EQ(reader.take().target(), target);
  }
}

TEST(ToBytes, NoByteOfAValueIsOverlooked) {
  for (size_t size = 1; size <= 20; ++size) {
    for (size_t at = 0; at < size; ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        HttpRequest request = request_to("GET", "/");
        request.headers = {{"Name", std::string(size, 'v')}};
        request.headers[0].value[at] = static_cast<char>(byte);
        const bool may = byte == '\t' || (byte >= 0x20 && byte != 0x7f);
        ASSERT_EQ(is_writable(request), may) << byte << " at " << at << " of " << size;
      }
    }
  }
}

TEST(RequestReader, LeavesTheNextRequest) {
  RequestReader reader(kHead, kBody);
  std::string text = "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nabGET /2 HTTP/1.1\r\n";
  ASSERT_EQ(reader.feed(&text), ReadState::kDone);
  EXPECT_EQ(reader.take().body, "ab");
  EXPECT_EQ(text, "GET /2 HTTP/1.1\r\n");
}

TEST(RequestReader, KeepAlive) {
  const auto keeps = [](std::string text) {
    RequestReader reader(kHead, kBody);
    EXPECT_EQ(reader.feed(&text), ReadState::kDone);
    return reader.keep_alive();
  };
  EXPECT_TRUE(keeps("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
}

std::string named_by_connection(size_t count) {
  std::string list = "Connection: close";
  for (size_t i = 0; i < count; ++i) list += ",a";
  return list;
}

TEST(RequestReader, ConnectionMayNameAsMuchAsThereCanBe) {
  RequestReader reader(kHead, kBody);
  std::string text =
      "GET / HTTP/1.1\r\nHost: x\r\nA: 1\r\n" + named_by_connection(100) + "\r\n\r\n";
  ASSERT_EQ(reader.feed(&text), ReadState::kDone);
  EXPECT_EQ(reader.take().headers.size(), 1u);
}

struct Refusal {
  const char* name;
  std::string text;
  int status = 400;
};

class Refused : public testing::TestWithParam<Refusal> {};

TEST_P(Refused, WholeAndByteByByte) {
  for (const size_t step : {size_t{1}, GetParam().text.size()}) {
    RequestReader reader(kHead, kBody);
    std::string rest;
    EXPECT_EQ(feed(&reader, GetParam().text, step, &rest), ReadState::kRefused);
    EXPECT_EQ(reader.refusal_status(), GetParam().status) << reader.refusal_text();
  }
}

Refusal with_headers(const char* name, const std::string& headers, int status = 400) {
  return {name, "POST / HTTP/1.1\r\n" + headers + "\r\n\r\n", status};
}

std::string many_headers(int count) {
  std::string headers;
  for (int i = 0; i < count; ++i) headers += "\r\nA:";
  return headers;
}

Refusal with_line(const char* name, const std::string& line) {
  return {name, line + "\r\nHost: x\r\n\r\n", 400};
}

INSTANTIATE_TEST_SUITE_P(
    Table, Refused,
    testing::Values(
        with_headers("BothLengths", "Host: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked"),
        with_headers("EqualLengths", "Host: x\r\nContent-Length: 3\r\nContent-Length: 3"),
        with_headers("DifferentLengths", "Host: x\r\nContent-Length: 3\r\nContent-Length: 4"),
        with_headers("ListOfLengths", "Host: x\r\nContent-Length: 3, 3"),
        with_headers("SignedLength", "Host: x\r\nContent-Length: +3"),
        with_headers("NegativeLength", "Host: x\r\nContent-Length: -1"),
        with_headers("HexLength", "Host: x\r\nContent-Length: 0x3"),
        with_headers("EmptyLength", "Host: x\r\nContent-Length:"),
        with_headers("HugeLength", "Host: x\r\nContent-Length: 99999999999999999999"),
        with_headers("Gzip", "Host: x\r\nTransfer-Encoding: gzip"),
        with_headers("GzipChunked", "Host: x\r\nTransfer-Encoding: gzip, chunked"),
        with_headers("ChunkedIdentity", "Host: x\r\nTransfer-Encoding: chunked, identity"),
        with_headers("TwoEncodings",
                     "Host: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
        with_headers("VerticalTab", "Host: x\r\nTransfer-Encoding: \vchunked"),
        with_headers("SpaceBeforeColon", "Host: x\r\nTransfer-Encoding : chunked"),
        with_headers("FoldedLine", "Host: x\r\nX-A: 1\r\n Transfer-Encoding: chunked"),
        with_headers("FoldedWithTab", "Host: x\r\nX-A: 1\r\n\tb"), with_headers("NoHost", "X-A: 1"),
        with_headers("TwoHosts", "Host: x\r\nHost: x"),
        with_headers("BareLineFeed", "Host: x\nX-A: 1"),
        with_headers("BareCarriageReturn", "Host: x\rX-A: 1"),
        with_headers("NulInValue", std::string("Host: x\r\nX-A: a\0b", 18)),
        with_headers("NulInName", std::string("Host: x\r\nX\0A: b", 15)),
        with_headers("EmptyName", "Host: x\r\n: b"), with_headers("NoColon", "Host: x\r\nabc"),
        with_headers("OtherExpectation", "Host: x\r\nExpect: coffee", 417),
        with_headers("TwoExpectations", "Host: x\r\nExpect: 100-continue\r\nExpect: coffee", 417),
        with_headers("PaddedLength", "Host: x\r\nContent-Length: 03"),
        with_headers("TwoContentTypes", "Host: x\r\nContent-Type: a/b\r\ncontent-type: a/b"),
        with_headers("HostWithPath", "Host: x/y"), with_headers("HostList", "Host: x, y"),
        with_headers("HostWithUser", "Host: y@x"), with_headers("EmptyHost", "Host:"),
        with_headers("Latin1", "Host: x\r\nX-A: caf\xe9"),
        with_headers("ManyHeaders", "Host: x" + many_headers(100), 431),
        with_headers("ManyNamed", "Host: x\r\n" + named_by_connection(101)),
        with_headers("LargeHead", "Host: x\r\nX-A: " + std::string(kHead, 'a'), 431),
        with_headers("LargeBody", "Host: x\r\nContent-Length: 65", 413),
        Refusal{"OldWithEncoding",
                "POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"},
        Refusal{"LargeChunk",
                "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n41\r\n" +
                    std::string(65, 'a') + "\r\n0\r\n\r\n",
                413},
        Refusal{"ChunkSizeOverflow",
                "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                "10000000000000001\r\na"},
        Refusal{"ChunkSizeSigned",
                "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\na\r\n"},
        Refusal{"EndlessChunkExtension",
                "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;" +
                    std::string(5000, 'a')},
        with_line("AbsoluteForm", "GET http://x/ HTTP/1.1"),
        with_line("AuthorityForm", "CONNECT x:443 HTTP/1.1"),
        with_line("AsteriskForm", "OPTIONS * HTTP/1.1"), with_line("Fragment", "GET /a#b HTTP/1.1"),
        with_line("HighByte", "GET /\xc3\xa4 HTTP/1.1"),
        with_line("ControlByte", "GET /a\x01 HTTP/1.1"), with_line("Tab", "GET /a\tb HTTP/1.1"),
        with_line("SpaceInTarget", "GET /a b HTTP/1.1"), with_line("TwoSpaces", "GET  / HTTP/1.1"),
        with_line("LowerMethod", "get / HTTP/1.1"), with_line("OddMethod", "GE-T / HTTP/1.1"),
        with_line("NoVersion", "GET /"), with_line("OtherVersion", "GET / HTTP/2.0"),
        with_line("EmptyLineFirst", "\r\nGET / HTTP/1.1")),
    [](const auto& test) { return test.param.name; });

ReadState feed(ResponseReader* reader, std::string_view text, size_t step, std::string* rest) {
  ReadState state = ReadState::kStart;
  for (size_t at = 0; at < text.size(); at += step) {
    rest->append(text.substr(at, step));
    state = reader->feed(rest);
  }
  return state;
}

TEST(ResponseReader, SkipsInformationalAndDropsHopByHop) {
  const std::string text =
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
      "HTTP/1.1 429 Slow\r\nRetry-After: 3\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\n"
      "Keep-Alive: timeout=5\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n";
  for (size_t step = 1; step <= text.size(); ++step) {
    ResponseReader reader(kBody, false);
    std::string rest;
    ASSERT_EQ(feed(&reader, text, step, &rest), ReadState::kDone) << step;
    EXPECT_TRUE(reader.keep_alive());
    const HttpResponse response = reader.take();
    EXPECT_EQ(response.status, 429);
    EXPECT_EQ(response.body, "{}");
    ASSERT_EQ(response.headers.size(), 1u);
    EXPECT_EQ(response.headers[0].name, "Retry-After");
  }
}

// Without it a body that hides something would pass for plain text.
TEST(ResponseReader, ConnectionDoesNotHideThatTheBodyIsEncoded) {
  ResponseReader reader(kBody, false);
  std::string text =
      "HTTP/1.1 200 OK\r\nConnection: content-encoding, X-Hop\r\nX-Hop: 1\r\n"
      "Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}";
  ASSERT_EQ(reader.feed(&text), ReadState::kDone);
  const HttpResponse response = reader.take();
  ASSERT_EQ(response.headers.size(), 1u);
  EXPECT_EQ(response.headers[0].name, "Content-Encoding");
}

// The first line of the second head ends where the empty line of the first began.
TEST(ResponseReader, EachHeadIsLookedThroughFromItsStart) {
  std::string text =
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 0123456789\r\nA: 1\r\nContent-Length: 0\r\n\r\n";
  ResponseReader reader(kBody, false);
  ASSERT_EQ(reader.feed(&text), ReadState::kDone);
  EXPECT_EQ(reader.take().headers.size(), 1u);
}

TEST(ResponseReader, EndsWithTheStreamOnlyWhereNothingElseTellsTheEnd) {
  const auto ended = [](std::string text) {
    ResponseReader reader(kBody, false);
    EXPECT_EQ(reader.feed(&text), ReadState::kBody);
    const ReadState state = reader.end();
    if (state == ReadState::kDone) {
      EXPECT_FALSE(reader.keep_alive());
    }
    return state;
  };
  EXPECT_EQ(ended("HTTP/1.1 200 OK\r\n\r\nabc"), ReadState::kDone);
  EXPECT_EQ(ended("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc"), ReadState::kRefused);
  EXPECT_EQ(ended("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"),
            ReadState::kRefused);
}

TEST(ResponseReader, RefusesWhatHasTwoEndsOrIsTooLarge) {
  for (std::string text :
       {std::string("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n"),
        std::string("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n"),
        std::string("HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n"),
        std::string("HTTP/1.1 200 OK\r\nContent-Length: 65\r\n\r\n"),
        "HTTP/1.1 200 OK\r\n\r\n" + std::string(65, 'a'), std::string("SSH-2.0-x\r\n\r\n")}) {
    ResponseReader reader(kBody, false);
    EXPECT_EQ(reader.feed(&text), ReadState::kRefused);
  }
}

TEST(ResponseReader, TellsNoLengthTwice) {
  ResponseReader reader(kBody, false);
  std::string text = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nServer: s\r\n\r\nok";
  ASSERT_EQ(reader.feed(&text), ReadState::kDone);
  const HttpResponse response = reader.take();
  EXPECT_EQ(response.body, "ok");
  ASSERT_EQ(response.headers.size(), 1u);
  EXPECT_EQ(response.headers[0].name, "Server");
}

TEST(ResponseReader, AnswerToHeadHasNoBody) {
  ResponseReader reader(kBody, true);
  std::string text = "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n";
  EXPECT_EQ(reader.feed(&text), ReadState::kDone);
}

TEST(ToBytes, RequestGoesOutAsItIs) {
  HttpRequest request{"POST", "/a/../b", "x=%2f&", true, {}, "body"};
  request.headers = {{"X-A", "1"}, {"Host", "evil"}, {"content-length", "9"}, {"Connection", "x"}};
  EXPECT_EQ(to_bytes(request, "h:1"),
            "POST /a/../b?x=%2f& HTTP/1.1\r\nHost: h:1\r\nX-A: 1\r\nContent-Length: 4\r\n"
            "Connection: keep-alive\r\n\r\nbody");
}

TEST(ToBytes, ResponseThatWouldSplitIsRefused) {
  const HttpResponse response{200, {{"X-A", "1\r\nX-B: 2"}}, "secret"};
  EXPECT_EQ(to_bytes(response, false, true),
            "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: "
            "keep-alive\r\n\r\n");
}

TEST(ToBytes, HeadAndNoContent) {
  EXPECT_EQ(to_bytes(HttpResponse{200, {}, "abc"}, true, false),
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(to_bytes(HttpResponse{204, {}, ""}, false, true),
            "HTTP/1.1 204 No Content\r\nConnection: keep-alive\r\n\r\n");
}

}  // namespace
}  // namespace keystile::net
