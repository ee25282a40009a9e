#include "fanout/python_function.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "fanout/splits.h"

extern char** environ;

namespace braid::fanout {
namespace {

// Answers on a descriptor of its own, so that what the function prints does no harm.
constexpr const char* kProgram = R"python(
import importlib.util, json, os, sys
path, name, form = sys.argv[1:4]
texts = json.loads(sys.stdin.buffer.read())
answer = os.fdopen(3, "wb")
os.dup2(2, 1)
sys.path.insert(0, os.path.dirname(os.path.abspath(path)))
spec = importlib.util.spec_from_file_location("braid_merge", path)
module = importlib.util.module_from_spec(spec)
sys.modules["braid_merge"] = module
spec.loader.exec_module(module)
function = getattr(module, name)
def label(value):
    return "" if value is None else str(value)
if form == "labels":
    result = [None if text is None else label(function(text)) for text in texts]
else:
    result = function(texts)
    if not isinstance(result, str):
        result = json.dumps(result, ensure_ascii=False)
answer.write(json.dumps(result).encode())
answer.close()
)python";

struct Pipe {
  int read = -1;
  int write = -1;
  bool open() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return false;
    read = ends[0];
    write = ends[1];
    return true;
  }
  static void close_end(int& end) {
    if (end >= 0) ::close(end);
    end = -1;
  }
  ~Pipe() {
    close_end(read);
    close_end(write);
  }
};

// Writes and reads at once, so that neither side can block the other.
std::string exchange(Pipe& to, Pipe& from, std::string_view input) {
  std::string out;
  ::fcntl(to.write, F_SETFL, O_NONBLOCK);
  while (from.read >= 0) {
    std::array<pollfd, 2> waits = {pollfd{from.read, POLLIN, 0}, pollfd{to.write, POLLOUT, 0}};
    if (::poll(waits.data(), to.write >= 0 ? 2 : 1, -1) < 0 && errno != EINTR) break;
    if (to.write >= 0 && waits[1].revents != 0) {
      const ssize_t wrote = ::write(to.write, input.data(), input.size());
      if (wrote > 0) input.remove_prefix(static_cast<std::size_t>(wrote));
      if (input.empty() || (wrote < 0 && errno != EAGAIN && errno != EINTR))
        Pipe::close_end(to.write);
    }
    if (waits[0].revents != 0) {
      std::array<char, 65536> buffer;
      const ssize_t got = ::read(from.read, buffer.data(), buffer.size());
      if (got > 0)
        out.append(buffer.data(), static_cast<std::size_t>(got));
      else if (got == 0 || errno != EINTR)
        break;
    }
  }
  return out;
}

Result<Json> call(const std::string& function, const char* form, const std::vector<Piece>& pieces) {
  const std::size_t colon = function.rfind(':');
  if (colon == std::string::npos) {
    return std::unexpected(Error{fmt::format("{} is no FILE:FUNCTION", function)});
  }
  const std::string file = function.substr(0, colon);
  const std::string name = function.substr(colon + 1);
  std::string input = "[";
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (i > 0) input += ',';
    if (pieces[i].text)
      append_quoted(input, *pieces[i].text);
    else
      input += "null";
  }
  input += ']';
  Pipe to;
  Pipe from;
  if (!to.open() || !from.open()) return std::unexpected(Error{"no more files can be opened"});
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, to.read, 0);
  ::posix_spawn_file_actions_adddup2(&actions, from.write, 3);
  if (from.write == 3) ::fcntl(3, F_SETFD, 0);
  std::array<const char*, 7> words = {"python3",    "-c", kProgram, file.c_str(),
                                      name.c_str(), form, nullptr};
  pid_t child = 0;
  struct sigaction ignore {};
  struct sigaction before {};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignore, &before);
  const int failed = ::posix_spawnp(&child, "python3", &actions, nullptr,
                                    const_cast<char**>(words.data()), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) {
    return std::unexpected(Error{fmt::format("python3 does not start: {}", std::strerror(failed))});
  }
  Pipe::close_end(to.read);
  Pipe::close_end(from.write);
  const std::string output = exchange(to, from, input);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  ::sigaction(SIGPIPE, &before, nullptr);
  auto value = parse_json(output);
  if (status != 0 || !value) return std::unexpected(Error{fmt::format("{} failed", function)});
  return std::move(*value);
}

}  // namespace

Result<std::string> call_python_merge(const std::string& function,
                                      const std::vector<Piece>& pieces) {
  auto value = call(function, "merge", pieces);
  if (!value) return std::unexpected(value.error());
  return std::string(value->string_or(""));
}

Result<std::vector<std::string>> call_python_labels(const std::string& function,
                                                    const std::vector<Piece>& pieces) {
  auto value = call(function, "labels", pieces);
  if (!value) return std::unexpected(value.error());
  std::vector<std::string> out;
  for (const Json& each : value->items) out.emplace_back(each.string_or(""));
  if (out.size() != pieces.size()) return std::unexpected(Error{function + " failed"});
  return out;
}

}  // namespace braid::fanout
