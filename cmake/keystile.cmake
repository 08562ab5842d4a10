# How Keystile is compiled, and the functions that modules use.

find_package(Threads REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(PkgConfig REQUIRED)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(CARES REQUIRED IMPORTED_TARGET libcares)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(tl-expected REQUIRED)
find_package(GTest REQUIRED)
find_package(simdjson REQUIRED)
find_package(ZLIB REQUIRED)
find_library(MIMALLOC mimalloc REQUIRED)

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()
find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Werror=unused-result
                    -Werror=return-type -Werror=switch)
# Hardening.
add_compile_options(-fstack-protector-strong -fcf-protection)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # clang 14 only takes the first with a second flag. The two warnings are false ones that g++ 12
  # gives for std::string and std::optional when it optimises.
  add_compile_options(-ftrivial-auto-var-init=zero -Wno-restrict -Wno-maybe-uninitialized)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT KEYSTILE_SANITIZE)
  add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-clash-protection)
endif()
add_compile_definitions(_GLIBCXX_ASSERTIONS)
add_link_options(-Wl,-z,relro,-z,now)
if(KEYSTILE_SANITIZE)
  add_compile_options(-fsanitize=${KEYSTILE_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${KEYSTILE_SANITIZE})
endif()
if(KEYSTILE_FUZZ)
  # Not `function`: it takes the C callbacks of libraries for wrong types.
  add_compile_options(-fsanitize=fuzzer-no-link -fno-sanitize=function)
endif()

# ks_module(NAME [PURE] SOURCES a.cc… LINKS base… PRIVATE Boost::json…)
#
# One static library per folder of src/. LINKS are other modules, PRIVATE are vendor libraries.
# A PURE module (no sockets, threads, clock or files) is compiled a second time, with
# AddressSanitizer and UBSan, for its own tests; so the ordinary test run is a sanitizer run too.
function(ks_module name)
  cmake_parse_arguments(arg "PURE" "" "SOURCES;LINKS;PRIVATE;PUBLIC" ${ARGN})
  ks_add_library(ks_${name} "" "${arg_SOURCES}" "${arg_LINKS}" "${arg_PRIVATE}" "${arg_PUBLIC}")
  if(arg_PURE)
    set_property(GLOBAL APPEND PROPERTY KS_PURE_MODULES ${name})
    if(NOT KEYSTILE_SANITIZE)
      ks_add_library(ks_${name}_san "_san" "${arg_SOURCES}" "${arg_LINKS}" "${arg_PRIVATE}" "${arg_PUBLIC}")
      set_target_properties(ks_${name}_san PROPERTIES EXCLUDE_FROM_ALL ON)
      target_compile_options(ks_${name}_san PUBLIC -fsanitize=address,undefined -Wno-uninitialized
                             $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>
                             -fno-sanitize-recover=all -O1)
      target_link_options(ks_${name}_san PUBLIC -fsanitize=address,undefined)
    endif()
  endif()
endfunction()

function(ks_add_library target suffix sources links private public)
  add_library(${target} STATIC ${sources})
  target_include_directories(${target} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  foreach(link ${links})
    target_link_libraries(${target} PUBLIC ks_${link}${suffix})
  endforeach()
  target_link_libraries(${target} PUBLIC ${public} PRIVATE ${private})
endfunction()

# Allocates with mimalloc: glibc's malloc was a fifth of what an order takes in the gate. A sanitizer
# brings its own. As-needed, the default of some distributions, would leave it out.
function(ks_allocate_fast target)
  if(KEYSTILE_SANITIZE OR KEYSTILE_FUZZ)
    return()
  endif()
  target_link_libraries(${target} PRIVATE -Wl,--push-state,--no-as-needed ${MIMALLOC}
                        -Wl,--pop-state)
endfunction()

# ks_test(NAME [SANITIZED] SOURCES x_test.cc… LINKS base…) : one GoogleTest program, one ctest entry.
# SANITIZED links the sanitized build of its modules, which must then all be PURE.
function(ks_test name)
  cmake_parse_arguments(arg "SANITIZED" "" "SOURCES;LINKS;PRIVATE" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  foreach(link ${arg_LINKS})
    if(arg_SANITIZED AND NOT KEYSTILE_SANITIZE)
      target_link_libraries(${name} PRIVATE ks_${link}_san)
    else()
      target_link_libraries(${name} PRIVATE ks_${link})
    endif()
  endforeach()
  target_link_libraries(${name} PRIVATE ${arg_PRIVATE} GTest::gtest GTest::gtest_main)
  target_compile_definitions(${name} PRIVATE KEYSTILE_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT 300)
endfunction()
