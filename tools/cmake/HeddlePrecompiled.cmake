# SPDX-License-Identifier: Apache-2.0
# Precompiled headers: reading <thread>, GoogleTest and the like is half of the work of compiling
# most files here. Off where a launcher caches compilations (ccache), which gets on badly with them;
# such a build, and the presets dev and tsan, also find the #include that a file has forgotten.
include_guard(GLOBAL)

if(CMAKE_CXX_COMPILER_LAUNCHER)
  set(precompile OFF)
else()
  set(precompile ON)
endif()
option(HEDDLE_PRECOMPILED_HEADERS "Precompile the headers that most files include" ${precompile})

set(HEDDLE_HEADERS_PLAIN <algorithm> <array> <cstdint> <functional> <map> <memory> <string>
  <string_view> <unordered_map> <vector>)
set(HEDDLE_HEADERS_FORMATTED ${HEDDLE_HEADERS_PLAIN} <fmt/format.h>)
set(HEDDLE_HEADERS_TEST ${HEDDLE_HEADERS_FORMATTED} <gtest/gtest.h>)
set(HEDDLE_HEADERS_EXPLORED <atomic> <chrono> <condition_variable> <functional> <memory> <mutex>
  <stdexcept> <string> <thread> <vector> "heddle/heddle.h")
set(HEDDLE_HEADERS_EXPLORED_TEST ${HEDDLE_HEADERS_EXPLORED} <gtest/gtest.h>)

# heddle_precompile(<target> <PLAIN|FORMATTED|TEST|EXPLORED|EXPLORED_TEST>)
# The C++ files of <target> begin with that set of headers, precompiled.
function(heddle_precompile target set)
  if(NOT HEDDLE_PRECOMPILED_HEADERS)
    return()
  endif()
  string(REPLACE ">" "$<ANGLE-R>" headers "${HEDDLE_HEADERS_${set}}")
  list(TRANSFORM headers REPLACE "^heddle/" "${PROJECT_SOURCE_DIR}/checker/include/heddle/")
  target_precompile_headers(${target} PRIVATE "$<$<COMPILE_LANGUAGE:CXX>:${headers}>")
endfunction()

# _heddle_precompile_for(<out> <out file> <set> <name> <compiler command...>)
# The same for commands that CMake does not write itself. <out> gets the options that use the
# precompiled headers, <out file> what the command must depend on; <name> stands for the compiler
# and the options in <compiler command>, which must be those of the files compiled with it.
function(_heddle_precompile_for out out_file set name)
  set(${out} "" PARENT_SCOPE)
  set(${out_file} "" PARENT_SCOPE)
  if(NOT HEDDLE_PRECOMPILED_HEADERS)
    return()
  endif()
  string(TOLOWER "${set}" stem)
  set(header "${CMAKE_CURRENT_BINARY_DIR}/precompiled/${name}/${stem}.h")
  set(file "${header}.gch")
  get_property(precompiled GLOBAL PROPERTY HEDDLE_PRECOMPILED_FILES)
  if(NOT file IN_LIST precompiled)
    set(lines ${HEDDLE_HEADERS_${set}})
    list(TRANSFORM lines REPLACE "^heddle/(.*)$" "\"heddle/\\1\"")
    list(TRANSFORM lines PREPEND "#include ")
    list(JOIN lines "\n" lines)
    file(CONFIGURE OUTPUT "${header}" CONTENT "${lines}\n" @ONLY)
    add_custom_command(OUTPUT "${file}"
      COMMAND ${ARGN} -MD -MF "${file}.d" -MT "${file}" -x c++-header -o "${file}" -c "${header}"
      DEPENDS "${header}" DEPFILE "${file}.d"
      COMMENT "Precompiling headers ${name}/${stem}" VERBATIM)
    set_property(GLOBAL APPEND PROPERTY HEDDLE_PRECOMPILED_FILES "${file}")
  endif()
  if(name MATCHES "^clang")
    set(${out} -include-pch "${file}" PARENT_SCOPE)
  else()
    set(${out} -Winvalid-pch -include "${header}" PARENT_SCOPE)
  endif()
  set(${out_file} "${file}" PARENT_SCOPE)
endfunction()
