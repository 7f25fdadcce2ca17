# SPDX-License-Identifier: Apache-2.0
# find_package(heddle): the target heddle::runtime and the functions of HeddleWorlds.cmake.
include("${CMAKE_CURRENT_LIST_DIR}/heddle-targets.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/HeddleWorlds.cmake")
