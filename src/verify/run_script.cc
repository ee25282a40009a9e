#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "verify/descriptor.h"
#include "verify/interpreter_bundle.h"
#include "verify/script_launch.h"
#include "verify/supervisor.h"
#include "verify/verify.h"

namespace braid::verify {
namespace {

Error become(const std::string& program, std::vector<std::string> arguments) {
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  ::execv(program.c_str(), pointers.data());
  return Error{program + ": " + std::strerror(errno)};
}

// The bundle where the interpreter looks for it, kept open over exec. False when this is not
// possible.
bool offer_bundle(const std::string& bundle) {
  Descriptor file = memory_file("bundle", bundle);
  return file && ::dup2(file.get(), kBundleDescriptor) == kBundleDescriptor;
}

}  // namespace

Error run_script(const RunRequest& request) {
  Result<std::string> python = find_program(request.python);
  if (!python) return python.error();
  std::vector<std::string> arguments = {*python, request.script_path};
  RunBundleRequest bundle{request.script_path,          "",
                          request.rewritten_text,       request.original_line,
                          request.text_without_package, request.original_line_without_package};
  if (!request.rewritten_text.empty() && read_file(request.script_path, bundle.original_text) &&
      bundle.original_text != request.rewritten_text) {
    std::string text = make_run_bundle(bundle);
    if (offer_bundle(text)) arguments = {*python, "-c", bundle_stub(text)};
  }
  arguments.insert(arguments.end(), request.arguments.begin(), request.arguments.end());
  return become(*python, std::move(arguments));
}

}  // namespace braid::verify
