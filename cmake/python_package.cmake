# `pip install .` (scikit-build-core): the binary goes into the environment's bin, where it finds
# the interpreter beside itself; the thin package is python/braid. The runtime's module is built when
# its bindings are there.
if(NOT SKBUILD)
  return()
endif()
if(TARGET braid)
  install(TARGETS braid DESTINATION "${SKBUILD_SCRIPTS_DIR}")
endif()
if(EXISTS "${CMAKE_SOURCE_DIR}/python/braid/bindings.cc" AND TARGET braid_runtime)
  find_package(Python 3.9 REQUIRED COMPONENTS Interpreter Development.Module)
  find_package(nanobind CONFIG REQUIRED)
  nanobind_add_module(_engine "${CMAKE_SOURCE_DIR}/python/braid/bindings.cc")
  target_link_libraries(_engine PRIVATE braid_runtime)
  if(TARGET braid_fanout)
    target_link_libraries(_engine PRIVATE braid_fanout)
  endif()
  install(TARGETS _engine DESTINATION "${SKBUILD_PLATLIB_DIR}/braid")
endif()
