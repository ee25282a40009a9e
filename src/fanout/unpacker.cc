#include "fanout/unpacker.h"

#include <dlfcn.h>
#include <zlib.h>

#include <algorithm>
#include <array>

namespace braid::fanout {
namespace {

constexpr int kAnyHead = MAX_WBITS + 32;  // gzip's or zlib's
constexpr int kNoHead = -MAX_WBITS;       // what some servers call deflate
constexpr char kGzip = '\x1f';
constexpr std::size_t kMostPackings = 4;

// One packing. What follows its end is nobody's.
class Stage : public Unpacker {
 public:
  bool unpack(std::string_view bytes, const Take& take) final {
    while (!has_ended_ && !is_broken_) {
      const std::size_t before = bytes.size();
      const std::size_t made = step(bytes, out_.data(), out_.size());
      if (made > 0 && !take({out_.data(), made})) return false;
      if (made < out_.size() && (bytes.empty() || bytes.size() == before)) break;
    }
    return !is_broken_;
  }
  [[nodiscard]] bool is_broken() const final { return is_broken_; }

 protected:
  // Takes from the beginning of `bytes`; how much it made of them. It makes less than there is room
  // for only when it wants more, has ended or is broken.
  virtual std::size_t step(std::string_view& bytes, char* to, std::size_t room) = 0;
  void set_ended() { has_ended_ = true; }
  void set_broken() { is_broken_ = true; }

 private:
  bool has_ended_ = false;
  bool is_broken_ = false;
  std::array<char, 1U << 14U> out_;
};

class Deflate final : public Stage {
 public:
  Deflate() { BRAID_CHECK(inflateInit2(&z_, kAnyHead) == Z_OK); }
  Deflate(const Deflate&) = delete;
  Deflate& operator=(const Deflate&) = delete;
  ~Deflate() override { inflateEnd(&z_); }

 private:
  std::size_t step(std::string_view& bytes, char* to, std::size_t room) override {
    if (bytes.empty() && (!has_begun_ || is_between_)) return 0;
    const bool begins_gzip = !bytes.empty() && bytes[0] == kGzip;
    if (!has_begun_) {
      // The first byte tells.
      if (!begins_gzip && (static_cast<unsigned char>(bytes[0]) & 0x0fU) != Z_DEFLATED) {
        inflateReset2(&z_, kNoHead);
      }
      has_begun_ = true;
      is_gzip_ = begins_gzip;
    } else if (is_between_) {
      // A file of gzip may have several members (RFC 1952, 2.2).
      if (!is_gzip_ || !begins_gzip) {
        set_ended();
        return 0;
      }
      inflateReset(&z_);
      is_between_ = false;
    }
    z_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    z_.avail_in = static_cast<uInt>(bytes.size());
    z_.next_out = reinterpret_cast<Bytef*>(to);
    z_.avail_out = static_cast<uInt>(room);
    const int status = inflate(&z_, Z_NO_FLUSH);
    bytes.remove_prefix(bytes.size() - z_.avail_in);
    if (status == Z_STREAM_END) {
      is_between_ = true;
    } else if (status != Z_OK && status != Z_BUF_ERROR) {
      set_broken();
    }
    return room - z_.avail_out;
  }

  z_stream z_{};
  bool has_begun_ = false;
  bool is_gzip_ = false;
  bool is_between_ = false;  // at the end, or between two members
};

template <class Function>
bool find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(library == nullptr ? nullptr : ::dlsym(library, name));
  return function != nullptr;
}

// brotli/decode.h, as far as it is wanted.
struct BrotliLibrary {
  enum Outcome { kError = 0, kDone = 1 };
  void* (*create)(void* allocate, void* release, void* to) = nullptr;
  void (*destroy)(void* state) = nullptr;
  int (*unpack)(void* state, std::size_t* left, const std::uint8_t** from, std::size_t* room,
                std::uint8_t** to, std::size_t* all) = nullptr;

  static const BrotliLibrary* get() {
    static const BrotliLibrary library = [] {
      BrotliLibrary out;
      void* file = ::dlopen("libbrotlidec.so.1", RTLD_NOW | RTLD_LOCAL);
      find(file, "BrotliDecoderCreateInstance", out.create);
      find(file, "BrotliDecoderDestroyInstance", out.destroy);
      find(file, "BrotliDecoderDecompressStream", out.unpack);
      return out;
    }();
    const bool is_whole = library.create != nullptr && library.destroy != nullptr;
    return is_whole && library.unpack != nullptr ? &library : nullptr;
  }
};

class Brotli final : public Stage {
 public:
  explicit Brotli(const BrotliLibrary& library)
      : library_(library), state_(library.create(nullptr, nullptr, nullptr)) {
    BRAID_CHECK(state_ != nullptr);
  }
  Brotli(const Brotli&) = delete;
  Brotli& operator=(const Brotli&) = delete;
  ~Brotli() override { library_.destroy(state_); }

 private:
  std::size_t step(std::string_view& bytes, char* to, std::size_t room) override {
    std::size_t left = bytes.size();
    std::size_t free = room;
    const auto* from = reinterpret_cast<const std::uint8_t*>(bytes.data());
    auto* out = reinterpret_cast<std::uint8_t*>(to);
    const int outcome = library_.unpack(state_, &left, &from, &free, &out, nullptr);
    bytes.remove_prefix(bytes.size() - left);
    if (outcome == BrotliLibrary::kDone) set_ended();
    if (outcome == BrotliLibrary::kError) set_broken();
    return room - free;
  }

  const BrotliLibrary& library_;
  void* state_;
};

// zstd.h, as far as it is wanted.
struct ZstandardLibrary {
  struct In {
    const void* bytes;
    std::size_t size;
    std::size_t at;
  };
  struct Out {
    void* bytes;
    std::size_t size;
    std::size_t at;
  };
  void* (*create)() = nullptr;
  std::size_t (*destroy)(void* state) = nullptr;
  std::size_t (*unpack)(void* state, Out* out, In* in) = nullptr;
  unsigned (*is_error)(std::size_t code) = nullptr;

  static const ZstandardLibrary* get() {
    static const ZstandardLibrary library = [] {
      ZstandardLibrary out;
      void* file = ::dlopen("libzstd.so.1", RTLD_NOW | RTLD_LOCAL);
      find(file, "ZSTD_createDStream", out.create);
      find(file, "ZSTD_freeDStream", out.destroy);
      find(file, "ZSTD_decompressStream", out.unpack);
      find(file, "ZSTD_isError", out.is_error);
      return out;
    }();
    const bool is_whole = library.create != nullptr && library.destroy != nullptr &&
                          library.unpack != nullptr && library.is_error != nullptr;
    return is_whole ? &library : nullptr;
  }
};

class Zstandard final : public Stage {
 public:
  explicit Zstandard(const ZstandardLibrary& library)
      : library_(library), state_(library.create()) {
    BRAID_CHECK(state_ != nullptr);
  }
  Zstandard(const Zstandard&) = delete;
  Zstandard& operator=(const Zstandard&) = delete;
  ~Zstandard() override { library_.destroy(state_); }

 private:
  std::size_t step(std::string_view& bytes, char* to, std::size_t room) override {
    ZstandardLibrary::In in{bytes.data(), bytes.size(), 0};
    ZstandardLibrary::Out out{to, room, 0};
    const std::size_t status = library_.unpack(state_, &out, &in);
    bytes.remove_prefix(in.at);
    // After the end of a frame another one may come.
    if (library_.is_error(status) != 0) set_broken();
    return out.at;
  }

  const ZstandardLibrary& library_;
  void* state_;
};

// What was packed in several ways: the last one is undone first.
class Chain final : public Unpacker {
 public:
  Chain(std::unique_ptr<Unpacker> outer, std::unique_ptr<Unpacker> inner)
      : outer_(std::move(outer)), inner_(std::move(inner)) {}
  bool unpack(std::string_view bytes, const Take& take) override {
    return outer_->unpack(bytes, [&](std::string_view more) { return inner_->unpack(more, take); });
  }
  [[nodiscard]] bool is_broken() const override {
    return outer_->is_broken() || inner_->is_broken();
  }

 private:
  std::unique_ptr<Unpacker> outer_;
  std::unique_ptr<Unpacker> inner_;
};

Result<std::unique_ptr<Unpacker>> open_one(Packing packing) {
  const auto missing = [](const char* what) {
    return std::unexpected(Error{std::string("the reply is packed with ") + what +
                                 ", which was not asked for and cannot be read here"});
  };
  switch (packing) {
    case Packing::deflate:
      return std::make_unique<Deflate>();
    case Packing::brotli:
      if (const auto* library = BrotliLibrary::get()) return std::make_unique<Brotli>(*library);
      return missing("br (libbrotlidec.so.1; on Debian: apt install libbrotli1)");
    case Packing::zstandard:
      if (const auto* library = ZstandardLibrary::get()) {
        return std::make_unique<Zstandard>(*library);
      }
      return missing("zstd (libzstd.so.1; on Debian: apt install libzstd1)");
    case Packing::unknown:
      break;
  }
  return std::unexpected(Error{"the reply is packed in a way that nobody knows"});
}

}  // namespace

Result<std::unique_ptr<Unpacker>> Unpacker::open(const std::vector<Packing>& packings) {
  BRAID_CHECK(!packings.empty());
  if (packings.size() > kMostPackings) return open_one(Packing::unknown);
  auto out = open_one(packings.front());
  for (std::size_t i = 1; out && i < packings.size(); ++i) {
    auto outer = open_one(packings[i]);
    if (!outer) return outer;
    out = std::make_unique<Chain>(std::move(*outer), std::move(*out));
  }
  return out;
}

}  // namespace braid::fanout
