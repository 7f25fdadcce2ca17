# SPDX-License-Identifier: Apache-2.0
# find_package(heddle): the targets heddle::heddle, heddle::gtest and heddle::gtest_main (if there is
# a GoogleTest), and the functions of HeddleWorlds.cmake.
include(CheckCXXSourceCompiles)
if(NOT CMAKE_CXX_COMPILER_ID MATCHES "^(GNU|Clang)$")
  set(heddle_FOUND FALSE)
  set(heddle_NOT_FOUND_MESSAGE
    "Heddle needs g++ or clang++ for C++ (the project's language CXX); this is \"${CMAKE_CXX_COMPILER_ID}\"")
  return()
endif()

# Only the compiler is asked: what it links with -fsanitize=thread is not needed.
set(_heddle_target_type ${CMAKE_TRY_COMPILE_TARGET_TYPE})
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_REQUIRED_FLAGS -fsanitize=thread)
check_cxx_source_compiles("int variable; int read() { return variable; }" HEDDLE_COMPILER_INSTRUMENTS)
unset(CMAKE_REQUIRED_FLAGS)
set(CMAKE_TRY_COMPILE_TARGET_TYPE ${_heddle_target_type})
if(NOT HEDDLE_COMPILER_INSTRUMENTS)
  set(heddle_FOUND FALSE)
  set(heddle_NOT_FOUND_MESSAGE
    "${CMAKE_CXX_COMPILER} does not compile with -fsanitize=thread, which Heddle takes its view of a program from; use a g++ or clang++ for x86-64 Linux that does")
  return()
endif()

include("${CMAKE_CURRENT_LIST_DIR}/heddle-targets.cmake")
if(NOT TARGET heddle::runtime)
  add_library(heddle::runtime ALIAS heddle::heddle)  # Its older name.
endif()
include("${CMAKE_CURRENT_LIST_DIR}/HeddleWorlds.cmake")
heddle_define_gtest_targets()
