# `pip install .` (scikit-build-core): the binary goes into the environment's bin, where it finds
# the interpreter beside itself; the thin package is python/braid, and
# cmake/python_engine.cmake adds the runtime's module.
if(NOT SKBUILD)
  return()
endif()
if(TARGET braid)
  install(TARGETS braid DESTINATION "${SKBUILD_SCRIPTS_DIR}")
endif()
