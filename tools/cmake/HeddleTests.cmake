# SPDX-License-Identifier: Apache-2.0
# How tests are built: heddle_add_unit_tests (ordinary GoogleTest), heddle_add_explored_test (explored
# code through each compiler at -O0 and -O2) and heddle_add_script_tests.
include_guard(GLOBAL)

# heddle_add_unit_tests(<name> <sources...> [UNOPTIMISED] LIBRARIES <targets...>)
# One GoogleTest executable; ctest sees each of its tests. UNOPTIMISED halves the time to compile
# tests that compute little themselves.
function(heddle_add_unit_tests name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "UNOPTIMISED" "" "LIBRARIES")
  add_executable(${name} ${arg_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE ${arg_LIBRARIES} heddle_options GTest::gtest GTest::gmock GTest::gtest_main)
  target_compile_options(${name} PRIVATE -UNDEBUG $<$<BOOL:${arg_UNOPTIMISED}>:-O0>)
  target_compile_definitions(${name} PRIVATE HEDDLE_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  heddle_precompile(${name} TEST)
  gtest_discover_tests(${name} TEST_PREFIX "${name}." DISCOVERY_MODE PRE_TEST
    DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 120)
endfunction()

find_program(HEDDLE_CLANG clang)
find_program(HEDDLE_CLANGXX clang++)
find_program(HEDDLE_GCC gcc)
find_program(HEDDLE_GXX g++)
foreach(compiler CLANG CLANGXX GCC GXX)
  mark_as_advanced(HEDDLE_${compiler})
endforeach()

# Adds to <out> one object file for each source, compiled by <clang|gcc> at <opt> as explored code.
# A custom command, because CMake itself knows one compiler a build tree. PRECOMPILED <set> names
# headers of HeddlePrecompiled.cmake for the C++ ones.
function(_heddle_explored_objects out target compiler opt)
  cmake_parse_arguments(PARSE_ARGV 4 arg "" "PRECOMPILED" "")
  heddle_explored_options(options COMPILER ${compiler} OPT ${opt})
  list(TRANSFORM options REPLACE "^SHELL:(.*) (.*)$" "\\1;\\2")
  list(APPEND options -fPIE -Wall -Wextra -Wno-missing-field-initializers
    "-I${PROJECT_SOURCE_DIR}" "-I${PROJECT_SOURCE_DIR}/checker/include")
  set(precompiled "")
  set(precompiled_file "")
  if(arg_PRECOMPILED)
    _heddle_precompile_for(precompiled precompiled_file ${arg_PRECOMPILED} ${compiler}${opt}
      "$<IF:$<STREQUAL:${compiler},clang>,${HEDDLE_CLANGXX},${HEDDLE_GXX}>" -std=c++20 ${options})
  endif()
  set(objects)
  foreach(source IN LISTS arg_UNPARSED_ARGUMENTS)
    get_filename_component(source "${source}" ABSOLUTE)
    if(source MATCHES "\\.c$")
      set(program "$<IF:$<STREQUAL:${compiler},clang>,${HEDDLE_CLANG},${HEDDLE_GCC}>")
      set(standard -std=gnu11)
      set(headers "")
      set(headers_file "")
    else()
      set(program "$<IF:$<STREQUAL:${compiler},clang>,${HEDDLE_CLANGXX},${HEDDLE_GXX}>")
      set(standard -std=c++20)
      set(headers ${precompiled})
      set(headers_file ${precompiled_file})
    endif()
    get_filename_component(base "${source}" NAME)
    set(object "${CMAKE_CURRENT_BINARY_DIR}/${target}.dir/${base}.o")
    add_custom_command(OUTPUT "${object}"
      COMMAND "${CMAKE_COMMAND}" -E make_directory "${CMAKE_CURRENT_BINARY_DIR}/${target}.dir"
      COMMAND "${program}" ${standard} ${options} ${headers}
        -MD -MF "${object}.d" -MT "${object}" -o "${object}" -c "${source}"
      DEPENDS "${source}" ${headers_file} DEPFILE "${object}.d"
      COMMENT "Exploring object ${target}/${base}" VERBATIM)
    list(APPEND objects "${object}")
  endforeach()
  set_source_files_properties(${objects} PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
  set(${out} ${objects} PARENT_SCOPE)
endfunction()

# heddle_add_explored_test(<name> [<sources...>] [SOURCES <sources...>] [UNINSTRUMENTED <sources...>]
#                          [OPTS <-O0 -O2>] [VARIANTS <clang-O2...>] [LIBRARIES <targets...>]
#                          [TIMEOUT <seconds>] [DISCOVER] [PRECOMPILED <set>])
# Builds <name>-<clang|gcc>-<O0|O2>, one executable a combination (or those of VARIANTS), and registers each with ctest:
# as one test, or with DISCOVER each of its GoogleTest tests. GoogleTest and its main are linked, so
# a main of the test's own is optional. Every finding is also replayed in a process of its own
# (tests/support/explored/). A compiler that is not installed is skipped with a message.
function(heddle_add_explored_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "DISCOVER" "TIMEOUT;PRECOMPILED" "SOURCES;UNINSTRUMENTED;OPTS;VARIANTS;LIBRARIES")
  if(NOT arg_OPTS)
    set(arg_OPTS -O0 -O2)
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  if(NOT TARGET heddle_fresh_replay)
    add_library(heddle_fresh_replay OBJECT "${PROJECT_SOURCE_DIR}/tests/support/explored/fresh_replay.cc")
    set_target_properties(heddle_fresh_replay PROPERTIES POSITION_INDEPENDENT_CODE ON)
    target_link_libraries(heddle_fresh_replay PRIVATE heddle_options GTest::gtest)
  endif()
  set(parts $<TARGET_OBJECTS:heddle_fresh_replay>)
  if(arg_UNINSTRUMENTED)
    add_library(${name}_parts OBJECT ${arg_UNINSTRUMENTED})
    set_target_properties(${name}_parts PROPERTIES POSITION_INDEPENDENT_CODE ON)
    target_link_libraries(${name}_parts PRIVATE heddle_options GTest::gtest ${arg_LIBRARIES})
    target_compile_options(${name}_parts PRIVATE -UNDEBUG)
    target_compile_definitions(${name}_parts PRIVATE HEDDLE_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
    list(APPEND parts $<TARGET_OBJECTS:${name}_parts>)
  endif()
  foreach(compiler clang gcc)
    if((compiler STREQUAL "clang" AND NOT (HEDDLE_CLANG AND HEDDLE_CLANGXX)) OR
       (compiler STREQUAL "gcc" AND NOT (HEDDLE_GCC AND HEDDLE_GXX)))
      message(WARNING "${name}: ${compiler} is not installed, its half of the tests is skipped")
      continue()
    endif()
    foreach(opt IN LISTS arg_OPTS)
      if(arg_VARIANTS AND NOT "${compiler}${opt}" IN_LIST arg_VARIANTS)
        continue()
      endif()
      set(target "${name}-${compiler}${opt}")
      _heddle_explored_objects(objects ${target} ${compiler} ${opt} ${arg_UNPARSED_ARGUMENTS} ${arg_SOURCES}
        PRECOMPILED ${arg_PRECOMPILED})
      add_executable(${target} ${objects} ${parts})
      heddle_link_explored(${target})
      target_link_libraries(${target} PRIVATE ${arg_LIBRARIES} GTest::gtest GTest::gtest_main)
      if(arg_DISCOVER)
        gtest_discover_tests(${target} TEST_PREFIX "${target}." DISCOVERY_MODE PRE_TEST
          DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT ${arg_TIMEOUT})
      else()
        add_test(NAME ${target} COMMAND ${target})
        # Long ones first, so that no processor is idle at the end.
        set_tests_properties(${target} PROPERTIES TIMEOUT ${arg_TIMEOUT} COST 10)
      endif()
    endforeach()
  endforeach()
endfunction()

# heddle_add_script_tests(<folder>)
# Registers each executable <folder>/*_test.{sh,py}. Scripts find the project in HEDDLE_SOURCE_DIR
# and the build tree in HEDDLE_BUILD_DIR (its programs in bin/).
function(heddle_add_script_tests folder)
  file(GLOB scripts CONFIGURE_DEPENDS "${folder}/*_test.sh" "${folder}/*_test.py")
  foreach(script IN LISTS scripts)
    get_filename_component(stem "${script}" NAME_WE)
    get_filename_component(room "${folder}" NAME)
    add_test(NAME "${room}.${stem}" COMMAND "${script}" WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
    # They run many programs each: before the short ones, so that no processor is idle at the end.
    set_tests_properties("${room}.${stem}" PROPERTIES COST 5 TIMEOUT 300 SKIP_RETURN_CODE 77 ENVIRONMENT
      "HEDDLE_SOURCE_DIR=${PROJECT_SOURCE_DIR};HEDDLE_BUILD_DIR=${CMAKE_BINARY_DIR}")
  endforeach()
endfunction()
