#include "base/signed_request.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <new>

namespace keystile {
namespace {

// Short texts lie within their strings, so what is left of an object shows them.
template <class T>
bool tells(const T& object) {
  const std::string_view bytes(reinterpret_cast<const char*>(&object), sizeof(object));
  return bytes.find("phrase1") != bytes.npos;
}

void fill(SignedRequest* request) {
  request->query = "phrase1";
  request->body = "phrase1";
}

TEST(SignedRequest, LeavesNothingBehindWhereItIsGivenUp) {
  alignas(SignedRequest) std::array<char, sizeof(SignedRequest)> place;
  auto* const request = new (place.data()) SignedRequest();
  fill(request);
  EXPECT_TRUE(tells(place));
  std::destroy_at(request);
  EXPECT_FALSE(tells(place));
}

TEST(SignedRequest, WhatIsReplacedIsWiped) {
  SignedRequest request;
  fill(&request);
  request = SignedRequest();
  EXPECT_FALSE(tells(request));
}

TEST(SignedRequest, ItsHeadersAreWiped) {
  SignedRequest request;
  request.headers = {{"OK-ACCESS-PASSPHRASE", "Pass-phrase1"}};
  const SignedRequest copy = request;
  EXPECT_TRUE(tells(request.headers[0]));
  request.wipe_all();
  EXPECT_FALSE(tells(request.headers[0]));
  EXPECT_EQ(copy.headers[0].value, "Pass-phrase1");
}

}  // namespace
}  // namespace keystile
