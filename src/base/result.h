// Errors are values. A function that can fail returns Result<T>; the caller cannot drop it
// unread, and passes it up with KS_TRY.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace keystile {

// What may be done about a failure.
enum class ErrorClass {
  kRefused,         // it was asked for something it must not or cannot do; asking again is no use
  kRetryable,       // nothing happened; the same call may succeed later
  kFatal,           // the program cannot go on safely
  kOutcomeUnknown,  // the first byte had left: it may or may not have happened; reconcile
};

// code: stable, dotted, for programs ("ledger.corrupt"). message: for people; says what happened,
// where, and what to do. Neither ever holds a secret or raw text of a peer.
struct Error {
  std::string code;
  std::string message;
  ErrorClass kind = ErrorClass::kRefused;
};

template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
  Result(const tl::expected<T, Error>& other) : tl::expected<T, Error>(other) {}
  Result(tl::expected<T, Error>&& other) : tl::expected<T, Error>(std::move(other)) {}
};

using Status = Result<void>;

inline tl::unexpected<Error> fail(std::string code, std::string message,
                                  ErrorClass kind = ErrorClass::kRefused) {
  return tl::unexpected<Error>(Error{std::move(code), std::move(message), kind});
}

}  // namespace keystile

#define KS_CONCAT_INNER(a, b) a##b
#define KS_CONCAT(a, b) KS_CONCAT_INNER(a, b)

// KS_TRY(auto value, call());  : value = what call() returned, or return its error.
// A declaration, not a statement expression: those crash g++ 12.2 inside coroutines.
#define KS_TRY(declaration, expression) \
  KS_TRY_INNER(KS_CONCAT(ks_try_, __LINE__), declaration, expression)
#define KS_TRY_INNER(name, declaration, expression)                             \
  auto name = (expression);                                                     \
  if (!name) return tl::unexpected<::keystile::Error>(std::move(name.error())); \
  declaration = std::move(*name)

// KS_CHECK(call());  : for a Status.
#define KS_CHECK(expression) KS_CHECK_INNER(KS_CONCAT(ks_check_, __LINE__), expression)
#define KS_CHECK_INNER(name, expression) \
  auto name = (expression);              \
  if (!name) return tl::unexpected<::keystile::Error>(std::move(name.error()))

// The same two for coroutines that return awaitable<Result<T>>.
#define KS_CO_TRY(declaration, expression) \
  KS_CO_TRY_INNER(KS_CONCAT(ks_try_, __LINE__), declaration, expression)
#define KS_CO_TRY_INNER(name, declaration, expression)                             \
  auto name = (expression);                                                        \
  if (!name) co_return tl::unexpected<::keystile::Error>(std::move(name.error())); \
  declaration = std::move(*name)
