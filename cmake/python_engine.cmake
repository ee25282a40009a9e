# The runtime's Python module, braid._engine: one for each interpreter that has its headers. In the
# build tree they lie in python/braid beside links to the package, so that PYTHONPATH=BUILD/python is
# the package for all of them.

option(BRAID_ENGINE "Build the Python module of the runtime" ON)
set(BRAID_PYTHONS "" CACHE STRING "Interpreters that get the module; none named: those found")

set(bindings "${CMAKE_SOURCE_DIR}/python/braid/bindings.cc")
if(NOT BRAID_ENGINE OR NOT TARGET braid_runtime OR NOT EXISTS "${bindings}" OR BRAID_SANITIZE OR
   BRAID_FUZZ OR BRAID_COVERAGE)
  return()
endif()

set(nanobind "${BRAID_SOURCES}/nanobind/nanobind")
file(GLOB engine_sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/python/braid/*.cc")

# Adds a target named ${target} if `python` is one that can have the module.
function(add_engine target python folder)
  execute_process(
    COMMAND "${python}" -c "import os, sys, sysconfig
include = sysconfig.get_paths()['include']
good = sys.version_info >= (3, 9) and sys.implementation.name == 'cpython'
print(include if good and os.path.exists(include + '/Python.h') else '')
print(sysconfig.get_config_var('EXT_SUFFIX'))"
    OUTPUT_VARIABLE answer ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE status)
  string(REGEX MATCH "^([^\n]+)\n(.*)$" found "${answer}")
  if(status OR NOT found)
    return()
  endif()
  set(include "${CMAKE_MATCH_1}")
  set(suffix "${CMAKE_MATCH_2}")
  get_property(known GLOBAL PROPERTY BRAID_ENGINE_SUFFIXES)
  if(suffix IN_LIST known)
    return()
  endif()
  set_property(GLOBAL APPEND PROPERTY BRAID_ENGINE_SUFFIXES "${suffix}")
  add_library(${target}_nanobind STATIC "${nanobind}/src/nb_combined.cpp")
  target_include_directories(${target}_nanobind SYSTEM PUBLIC "${include}" "${nanobind}/include"
                             PRIVATE "${nanobind}/ext/robin_map/include")
  target_compile_options(${target}_nanobind PRIVATE -w -Os PUBLIC -fno-strict-aliasing)
  add_library(${target} MODULE ${engine_sources})
  target_link_libraries(${target} PRIVATE ${target}_nanobind braid_runtime)
  set_target_properties(${target} ${target}_nanobind PROPERTIES CXX_VISIBILITY_PRESET hidden
                        VISIBILITY_INLINES_HIDDEN ON)
  set_target_properties(${target} PROPERTIES PREFIX "" OUTPUT_NAME "_engine" SUFFIX "${suffix}"
                        LIBRARY_OUTPUT_DIRECTORY "${folder}")
  # One libgcc for the whole process: when the interpreter ends, threads are unwound by it, and a
  # second copy in the module would abort.
  set_target_properties(${target} PROPERTIES LINK_OPTIONS "-static-libstdc++")
endfunction()

if(SKBUILD)
  find_package(Python 3.9 REQUIRED COMPONENTS Interpreter)
  add_engine(engine "${Python_EXECUTABLE}" "${CMAKE_BINARY_DIR}/python/braid")
  if(NOT TARGET engine)
    message(FATAL_ERROR "${Python_EXECUTABLE} has no headers; Debian has them as python3-dev")
  endif()
  install(TARGETS engine DESTINATION "${SKBUILD_PLATLIB_DIR}/braid")
  return()
endif()

set(pythons ${BRAID_PYTHONS})
if(NOT pythons)
  set(pythons /usr/bin/python3 "${BRAID_PYTHON}")
  if(BRAID_TESTS)
    file(GLOB others "$ENV{HOME}/.pyenv/versions/3.*/bin/python3" "/usr/bin/python3.[0-9]*"
         "/usr/local/bin/python3.[0-9]*")
    list(FILTER others EXCLUDE REGEX "-config$")
    list(APPEND pythons ${others})
  endif()
endif()
set(folder "${CMAKE_BINARY_DIR}/python/braid")
file(MAKE_DIRECTORY "${folder}")
add_custom_target(engine)
set(count 0)
foreach(python IN LISTS pythons)
  math(EXPR count "${count} + 1")
  add_engine(engine_${count} "${python}" "${folder}")
  if(TARGET engine_${count})
    add_dependencies(engine engine_${count})
  endif()
endforeach()
if(NOT TARGET engine_1 AND NOT TARGET engine_2)
  message(STATUS "no Python headers here: `import braid` will not have its engine")
endif()
file(GLOB modules CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/python/braid/*")
list(FILTER modules EXCLUDE REGEX "(\\.cc|\\.h|__pycache__)$")
foreach(module IN LISTS modules)
  get_filename_component(name "${module}" NAME)
  file(CREATE_LINK "${module}" "${folder}/${name}" SYMBOLIC)
endforeach()
