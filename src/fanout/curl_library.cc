#include "fanout/curl_library.h"

#include <dlfcn.h>
#include <fmt/format.h>

namespace braid::fanout {
namespace {

template <class Function>
bool load(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  return function != nullptr;
}

Result<CurlLibrary> open_library() {
  void* library = nullptr;
  for (const char* name : {"libcurl.so.4", "libcurl-gnutls.so.4"}) {
    library = ::dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (library != nullptr) break;
  }
  if (library == nullptr) {
    return std::unexpected(
        Error{"libcurl is not installed, and calls to this address go through it; on Debian: apt "
              "install libcurl4"});
  }
  CurlLibrary out{};
  const bool all = load(library, "curl_global_init", out.global_init) &&
                   load(library, "curl_version_info", out.version_info) &&
                   load(library, "curl_slist_append", out.slist_append) &&
                   load(library, "curl_slist_free_all", out.slist_free_all) &&
                   load(library, "curl_easy_init", out.easy_init) &&
                   load(library, "curl_easy_setopt", out.easy_setopt) &&
                   load(library, "curl_easy_getinfo", out.easy_getinfo) &&
                   load(library, "curl_easy_reset", out.easy_reset) &&
                   load(library, "curl_easy_cleanup", out.easy_cleanup) &&
                   load(library, "curl_easy_strerror", out.easy_strerror) &&
                   load(library, "curl_multi_init", out.multi_init) &&
                   load(library, "curl_multi_setopt", out.multi_setopt) &&
                   load(library, "curl_multi_add_handle", out.multi_add_handle) &&
                   load(library, "curl_multi_remove_handle", out.multi_remove_handle) &&
                   load(library, "curl_multi_socket_action", out.multi_socket_action) &&
                   load(library, "curl_multi_info_read", out.multi_info_read) &&
                   load(library, "curl_multi_cleanup", out.multi_cleanup);
  if (!all || out.version_info(CURLVERSION_NOW)->version_num < 0x075000) {
    return std::unexpected(Error{"libcurl is too old; 7.80 or later is needed"});
  }
  if (out.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    return std::unexpected(Error{"libcurl does not start"});
  }
  return out;
}

}  // namespace

Result<const CurlLibrary*> curl_library() {
  static const Result<CurlLibrary> library = open_library();
  if (!library) return std::unexpected(library.error());
  return &*library;
}

}  // namespace braid::fanout
