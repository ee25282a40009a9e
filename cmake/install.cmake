# `make install PREFIX=…`: the binary, its documents, and the man page that is made from --help.
if(SKBUILD)
  return()
endif()
include(GNUInstallDirs)
if(TARGET braid)
  install(TARGETS braid RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
endif()
install(DIRECTORY knowledge/ DESTINATION "${CMAKE_INSTALL_DATADIR}/braid/knowledge"
        FILES_MATCHING PATTERN "*.toml")
install(DIRECTORY docs/diagnostics DESTINATION "${CMAKE_INSTALL_DOCDIR}"
        FILES_MATCHING PATTERN "*.md")
install(FILES LICENSE DESTINATION "${CMAKE_INSTALL_DOCDIR}" OPTIONAL)
install(FILES "${CMAKE_BINARY_DIR}/braid.1" DESTINATION "${CMAKE_INSTALL_MANDIR}/man1" OPTIONAL)
