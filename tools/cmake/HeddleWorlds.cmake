# SPDX-License-Identifier: Apache-2.0
# The three worlds that C++ code is compiled in:
#   explored        compiled with -fsanitize=thread, linked without it and with libheddle.so:
#                   heddle_add_executable, heddle_instrument
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
    # Without it clang 14 takes a member or an element of a local for private although the local's
    # address has escaped, and leaves its hooks out: races would be missed.
    list(APPEND options "SHELL:-mllvm -capture-tracking-max-uses-to-explore=0")
    # Without it clang forgets where local variables lie, and reports cannot name them.
    list(APPEND options "SHELL:-mllvm -instcombine-lower-dbg-declare=0")
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

# heddle_link_explored(<target>)
# Links libheddle.so so that its entry points are found before those of libstdc++ and libc, and so
# that the linker keeps it although nothing may seem to need it.
function(heddle_link_explored target)
  target_link_options(${target} PRIVATE -Wl,--no-as-needed -Wl,-z,now -pthread)
  target_link_libraries(${target} PRIVATE heddle::heddle atomic)
  # Its own symbols are exported, for code that it loads with dlopen and for dladdr.
  set_target_properties(${target} PROPERTIES
    POSITION_INDEPENDENT_CODE ON ENABLE_EXPORTS ON LINKER_LANGUAGE CXX)
endfunction()

# heddle_instrument(<target>... [OPT <-O1>])
# Compiles targets of this project as explored code, whatever else is set for them, with the build's
# C and C++ compiler. An executable is linked with libheddle.so; so is whatever links a library.
function(heddle_instrument)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "OPT" "")
  _heddle_configured_compiler(compiler)
  heddle_explored_options(options COMPILER ${compiler} OPT ${arg_OPT})
  list(TRANSFORM options REPLACE "^SHELL:(.*)$" "SHELL:$<$<COMPILE_LANGUAGE:C,CXX>:\\1>")
  list(TRANSFORM options REPLACE "^(-.*)$" "$<$<COMPILE_LANGUAGE:C,CXX>:\\1>")
  foreach(target IN LISTS arg_UNPARSED_ARGUMENTS)
    if(NOT TARGET ${target})
      message(FATAL_ERROR "heddle_instrument: there is no target \"${target}\"; call it after add_executable or add_library")
    endif()
    get_target_property(aliased ${target} ALIASED_TARGET)
    if(aliased)
      set(target ${aliased})
    endif()
    get_target_property(imported ${target} IMPORTED)
    get_target_property(type ${target} TYPE)
    get_target_property(done ${target} HEDDLE_INSTRUMENTED)
    if(imported)
      message(FATAL_ERROR "heddle_instrument: ${target} is built elsewhere; only targets of this project can be compiled")
    elseif(done OR type STREQUAL "INTERFACE_LIBRARY")
      continue()
    endif()
    set_target_properties(${target} PROPERTIES HEDDLE_INSTRUMENTED ON)
    target_compile_options(${target} PRIVATE ${options})
    if(type STREQUAL "EXECUTABLE")
      heddle_link_explored(${target})
    else()
      set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON)
      target_link_libraries(${target} PUBLIC heddle::heddle)
    endif()
  endforeach()
endfunction()

# heddle_add_executable(<name> <sources...> [LIBRARIES <targets...>] [UNINSTRUMENTED <sources...>]
#                       [OPT <-O1>])
# An executable of explored code. Libraries of this project that LIBRARIES names are instrumented
# too; imported ones and test frameworks are only linked, as with target_link_libraries.
function(heddle_add_executable name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "OPT" "LIBRARIES;UNINSTRUMENTED")
  if(NOT arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "heddle_add_executable(${name}): there are no sources to explore")
  endif()
  set(parts)
  if(arg_UNINSTRUMENTED)
    add_library(${name}_parts OBJECT ${arg_UNINSTRUMENTED})
    set_target_properties(${name}_parts PROPERTIES POSITION_INDEPENDENT_CODE ON)
    target_link_libraries(${name}_parts PRIVATE heddle::heddle ${arg_LIBRARIES})
    set(parts $<TARGET_OBJECTS:${name}_parts>)
  endif()
  add_executable(${name} ${arg_UNPARSED_ARGUMENTS} ${parts})
  target_compile_features(${name} PRIVATE cxx_std_20)
  heddle_instrument(${name} OPT ${arg_OPT})
  foreach(library IN LISTS arg_LIBRARIES)
    if(TARGET ${library} AND NOT library MATCHES "^(heddle|GTest|Catch2|doctest)::")
      get_target_property(imported ${library} IMPORTED)
      if(NOT imported)
        heddle_instrument(${library} OPT ${arg_OPT})
      endif()
    endif()
    target_link_libraries(${name} PRIVATE ${library})
  endforeach()
endfunction()

# heddle::gtest and heddle::gtest_main (with GoogleTest's main), if there is a GoogleTest.
macro(heddle_define_gtest_targets)
  if(NOT TARGET GTest::gtest)
    find_package(GTest QUIET)
  endif()
  if(TARGET GTest::gtest AND NOT TARGET heddle::gtest)
    add_library(heddle::gtest INTERFACE IMPORTED GLOBAL)
    target_link_libraries(heddle::gtest INTERFACE heddle::heddle GTest::gtest)
    add_library(heddle::gtest_main INTERFACE IMPORTED GLOBAL)
    target_link_libraries(heddle::gtest_main INTERFACE heddle::gtest GTest::gtest_main)
  endif()
endmacro()

# heddle_add_explored_executable(<name> [<sources...>] [SOURCES <sources...>]
#                                [UNINSTRUMENTED <sources...>] [OPT <-O1>])
# An executable of explored sources, with parts that are compiled without instrumentation if asked.
# The objects of the former are the target <name>_explored, of the latter <name>_parts.
#
# The explored objects are linked first: of a template that both instantiate the linker keeps the
# first copy, and explored code must not end up in one whose accesses Heddle does not see.
function(heddle_add_explored_executable name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "OPT" "SOURCES;UNINSTRUMENTED")
  _heddle_configured_compiler(compiler)
  heddle_explored_options(options COMPILER ${compiler} OPT ${arg_OPT})
  add_library(${name}_explored OBJECT ${arg_UNPARSED_ARGUMENTS} ${arg_SOURCES})
  target_compile_options(${name}_explored PRIVATE ${options})
  set(objects $<TARGET_OBJECTS:${name}_explored>)
  set(libraries ${name}_explored)
  if(arg_UNINSTRUMENTED)
    add_library(${name}_parts OBJECT ${arg_UNINSTRUMENTED})
    target_compile_options(${name}_parts PRIVATE -UNDEBUG)
    list(APPEND objects $<TARGET_OBJECTS:${name}_parts>)
    list(APPEND libraries ${name}_parts)
  endif()
  add_executable(${name} ${objects})
  heddle_link_explored(${name})
  foreach(library IN LISTS libraries)
    set_target_properties(${library} PROPERTIES POSITION_INDEPENDENT_CODE ON)
    target_compile_features(${library} PRIVATE cxx_std_20)
    target_include_directories(${library} PRIVATE
      "${PROJECT_SOURCE_DIR}" $<TARGET_PROPERTY:${name},INCLUDE_DIRECTORIES>)
    target_compile_definitions(${library} PRIVATE $<TARGET_PROPERTY:${name},COMPILE_DEFINITIONS>)
  endforeach()
endfunction()

# heddle_add_tsan_executable(<name> [<sources...>] [SOURCES <sources...>] [OPT <-O1>])
# The same program under the compiler's own ThreadSanitizer; libheddle.so takes no part.
function(heddle_add_tsan_executable name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "OPT" "SOURCES")
  if(NOT arg_OPT)
    set(arg_OPT -O1)
  endif()
  add_executable(${name} ${arg_UNPARSED_ARGUMENTS} ${arg_SOURCES})
  target_compile_features(${name} PRIVATE cxx_std_20)
  target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}"
    $<TARGET_PROPERTY:heddle::heddle,INTERFACE_INCLUDE_DIRECTORIES>)
  target_compile_options(${name} PRIVATE
    -fsanitize=thread -g ${arg_OPT} -fno-omit-frame-pointer -UNDEBUG -U_FORTIFY_SOURCE -pthread
    $<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
  target_link_options(${name} PRIVATE -fsanitize=thread -pthread)
  target_link_libraries(${name} PRIVATE atomic)
  set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
endfunction()
