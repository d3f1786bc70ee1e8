# One verb for a library of the project and one for its tests.
include(GNUInstallDirs)

add_library(reenact_flags INTERFACE)
target_compile_options(reenact_flags INTERFACE -Wall -Wextra -Wpedantic -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # False alarms where Eigen meets GCC's own AVX headers; which ones depends on the processor (GCC bug 105593).
  target_compile_options(reenact_flags INTERFACE
    -Wno-maybe-uninitialized -Wno-uninitialized -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread)
endif()
if(REENACT_NATIVE_ARCH)
  target_compile_options(reenact_flags INTERFACE -march=native)
endif()
if(REENACT_SANITIZE STREQUAL "address")
  set(sanitizers address,undefined)
elseif(REENACT_SANITIZE STREQUAL "thread")
  set(sanitizers thread)
elseif(REENACT_SANITIZE STREQUAL "fuzzer")
  set(sanitizers address,undefined,fuzzer-no-link)
elseif(REENACT_SANITIZE)
  message(FATAL_ERROR "REENACT_SANITIZE is '${REENACT_SANITIZE}'; it can be OFF, address, thread or fuzzer")
endif()
if(sanitizers)
  target_compile_options(reenact_flags INTERFACE
    -fsanitize=${sanitizers} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(reenact_flags INTERFACE -fsanitize=${sanitizers})
endif()

# The folder whose only content is the public headers of a module, as reenact/<module>/; private ones likewise as
# <module>/. A module that does not declare another has no include path to it, so docs/architecture.md cannot lie.
function(reenact_include_folders name)
  foreach(kind IN ITEMS public private)
    set(link "${PROJECT_BINARY_DIR}/modules/${kind}/${name}")
    if(kind STREQUAL "public")
      set(folder "${PROJECT_SOURCE_DIR}/include/reenact/${name}")
      set(link "${link}/reenact")
    else()
      set(folder "${PROJECT_SOURCE_DIR}/src/${name}")
    endif()
    if(EXISTS "${folder}")
      file(MAKE_DIRECTORY "${link}")
      file(CREATE_LINK "${folder}" "${link}/${name}" SYMBOLIC)
    endif()
  endforeach()
endfunction()

# reenact_module(<name> SOURCES ... [PUBLIC libs...] [PRIVATE libs...]) -> library reenact_<name>
# PUBLIC are the modules and libraries whose headers its own public headers include.
function(reenact_module name)
  cmake_parse_arguments(arg "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  reenact_include_folders(${name})
  add_library(reenact_${name} STATIC ${arg_SOURCES})
  target_include_directories(reenact_${name}
    PUBLIC "${PROJECT_BINARY_DIR}/modules/public/${name}"
    PRIVATE "${PROJECT_BINARY_DIR}/modules/private/${name}")
  target_link_libraries(reenact_${name} PUBLIC ${arg_PUBLIC} PRIVATE ${arg_PRIVATE} reenact_flags)
endfunction()

# reenact_test(<module> SOURCES ... [LIBS libs...] [INSIDE modules...] [LABELS labels...]) -> executable test_<module>,
# run by ctest. INSIDE are the modules whose private headers it may include.
function(reenact_test name)
  cmake_parse_arguments(arg "" "" "SOURCES;LIBS;INSIDE;LABELS" ${ARGN})
  add_executable(test_${name} ${arg_SOURCES})
  target_include_directories(test_${name} PRIVATE "${PROJECT_SOURCE_DIR}/tests")
  foreach(module IN LISTS arg_INSIDE)
    target_include_directories(test_${name} PRIVATE "${PROJECT_BINARY_DIR}/modules/private/${module}")
  endforeach()
  target_link_libraries(test_${name} PRIVATE ${arg_LIBS} GTest::gtest_main reenact_flags)
  target_compile_definitions(test_${name} PRIVATE
    REENACT_SOURCE_DIR="${PROJECT_SOURCE_DIR}" REENACT_BINARY_DIR="${PROJECT_BINARY_DIR}")
  gtest_discover_tests(test_${name} DISCOVERY_TIMEOUT 60 PROPERTIES LABELS "${arg_LABELS}")
endfunction()
