# SPDX-License-Identifier: Apache-2.0
# The three worlds that C++ code is compiled in:
#   explored        compiled with -fsanitize=thread, linked without it and with libheddle.so:
#                   heddle_add_explored_executable, heddle_explore_sources
#   ThreadSanitizer compiled and linked with -fsanitize=thread: heddle_add_tsan_executable
#   uninstrumented  everything else: plain add_executable
include_guard(GLOBAL)

# heddle_explored_options(<out> COMPILER <clang|gcc> [OPT <-O1>])
# The compiler options of explored code. Assertions stay on in every build type; fortified libc
# calls are off, because they hide which function is called.
function(heddle_explored_options out)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "COMPILER;OPT" "")
  if(NOT arg_OPT)
    set(arg_OPT -O1)
  endif()
  set(options -fsanitize=thread -g ${arg_OPT} -fno-omit-frame-pointer -UNDEBUG -U_FORTIFY_SOURCE -pthread)
  if(arg_COMPILER STREQUAL "clang")
    # Without it clang leaves out the read hook of `x++`.
    list(APPEND options "SHELL:-mllvm -tsan-instrument-read-before-write")
  else()
    # g++ warns of fences, which its own ThreadSanitizer does not know; Heddle does.
    list(APPEND options -Wno-tsan)
  endif()
  set(${out} ${options} PARENT_SCOPE)
endfunction()

function(_heddle_configured_compiler out)
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    set(${out} clang PARENT_SCOPE)
  else()
    set(${out} gcc PARENT_SCOPE)
  endif()
endfunction()

# heddle_explore_sources(<target> <sources...> [OPT <-O1>])
# Compiles the sources as explored code and adds them to the target, which must also be linked with
# heddle_link_explored.
function(heddle_explore_sources target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "OPT" "")
  set(objects ${target}_explored)
  add_library(${objects} OBJECT ${arg_UNPARSED_ARGUMENTS})
  set_target_properties(${objects} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  _heddle_configured_compiler(compiler)
  heddle_explored_options(options COMPILER ${compiler} OPT ${arg_OPT})
  target_compile_options(${objects} PRIVATE ${options})
  target_include_directories(${objects} PRIVATE $<TARGET_PROPERTY:${target},INCLUDE_DIRECTORIES>)
  target_sources(${target} PRIVATE $<TARGET_OBJECTS:${objects}>)
endfunction()

# heddle_link_explored(<target>)
# Links libheddle.so so that its entry points are found before those of libstdc++ and libc, and so
# that the linker keeps it although nothing may seem to need it.
function(heddle_link_explored target)
  target_link_options(${target} PRIVATE -Wl,--no-as-needed -Wl,-z,now -pthread)
  target_link_libraries(${target} PRIVATE heddle::runtime atomic)
  # Its own symbols are exported, for code that it loads with dlopen and for dladdr.
  set_target_properties(${target} PROPERTIES
    POSITION_INDEPENDENT_CODE ON ENABLE_EXPORTS ON LINKER_LANGUAGE CXX)
endfunction()

# heddle_add_explored_executable(<name> [<sources...>] [SOURCES <sources...>]
#                                [UNINSTRUMENTED <sources...>] [OPT <-O1>])
# An executable of explored sources, with parts that are compiled without instrumentation if asked.
function(heddle_add_explored_executable name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "OPT" "SOURCES;UNINSTRUMENTED")
  add_executable(${name} ${arg_UNINSTRUMENTED})
  target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}")
  heddle_explore_sources(${name} ${arg_UNPARSED_ARGUMENTS} ${arg_SOURCES} OPT ${arg_OPT})
  target_compile_options(${name} PRIVATE -UNDEBUG)
  heddle_link_explored(${name})
  target_include_directories(${name}_explored PRIVATE
    $<TARGET_PROPERTY:heddle::runtime,INTERFACE_INCLUDE_DIRECTORIES>)
endfunction()

# heddle_add_tsan_executable(<name> [<sources...>] [SOURCES <sources...>] [OPT <-O1>])
# The same program under the compiler's own ThreadSanitizer; libheddle.so takes no part.
function(heddle_add_tsan_executable name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "OPT" "SOURCES")
  if(NOT arg_OPT)
    set(arg_OPT -O1)
  endif()
  add_executable(${name} ${arg_UNPARSED_ARGUMENTS} ${arg_SOURCES})
  target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}"
    $<TARGET_PROPERTY:heddle::runtime,INTERFACE_INCLUDE_DIRECTORIES>)
  target_compile_options(${name} PRIVATE
    -fsanitize=thread -g ${arg_OPT} -fno-omit-frame-pointer -UNDEBUG -U_FORTIFY_SOURCE -pthread
    $<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
  target_link_options(${name} PRIVATE -fsanitize=thread -pthread)
  target_link_libraries(${name} PRIVATE atomic)
  set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
endfunction()
