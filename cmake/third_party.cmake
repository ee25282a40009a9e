# What is compiled in: {fmt} from Debian's headers as a static library, and tree-sitter with its
# Python grammar from the pinned source packages of sources.lock.

include(${CMAKE_CURRENT_LIST_DIR}/python_scanner.cmake)

add_library(braid_fmt STATIC ${CMAKE_CURRENT_LIST_DIR}/fmt.cc)

set(core "${BRAID_SOURCES}/core/tree_sitter/core/lib")
set(grammar "${BRAID_SOURCES}/grammar/src")
set(scanner "${CMAKE_BINARY_DIR}/generated/python_scanner.c")

# Does nothing when all is there already.
execute_process(COMMAND "${BRAID_PYTHON}" "${CMAKE_SOURCE_DIR}/tools/fetch_sources"
                        --into "${BRAID_SOURCES}" COMMAND_ERROR_IS_FATAL ANY)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/sources.lock")

make_python_scanner("${BRAID_SOURCES}/scanner/src/scanner.c" "${scanner}")
add_library(tree_sitter STATIC "${core}/src/lib.c" "${grammar}/parser.c" "${scanner}")
target_include_directories(tree_sitter SYSTEM PUBLIC "${core}/include")
target_include_directories(tree_sitter PRIVATE "${core}/src" "${grammar}")
target_compile_definitions(tree_sitter PRIVATE _POSIX_C_SOURCE=200112L _DEFAULT_SOURCE)
target_compile_options(tree_sitter PRIVATE -w -O2)
if(BRAID_SANITIZE MATCHES "undefined")
  # Its tables of functions are typed loosely, as C allows in practice; addresses are still checked.
  target_compile_options(tree_sitter PRIVATE -fno-sanitize=undefined)
endif()
