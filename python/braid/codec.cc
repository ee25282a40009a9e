#include "codec.h"

#include "mapped_block.h"

#include <cstring>

namespace braid::python {
namespace {

enum class Tag : std::uint8_t { none, no, yes, integer, real, text, bytes, tuple, pickle, block };

constexpr std::size_t kInline = 64 << 10;  // larger pickles go into a block
constexpr Py_ssize_t kWidestTuple = 64;

template <class T>
void put(Bytes& out, T value) {
  const std::size_t at = out.size();
  out.resize(at + sizeof value);
  std::memcpy(out.data() + at, &value, sizeof value);
}

void put_bytes(Bytes& out, const void* data, std::size_t size) {
  const auto* from = static_cast<const std::byte*>(data);
  out.insert(out.end(), from, from + size);
}

class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : at_(bytes.data()), end_(at_ + bytes.size()) {}

  template <class T>
  T get() {
    T value{};
    BRAID_CHECK(at_ + sizeof value <= end_);
    std::memcpy(&value, at_, sizeof value);
    at_ += sizeof value;
    return value;
  }
  const char* get_bytes(std::size_t size) {
    BRAID_CHECK(size <= static_cast<std::size_t>(end_ - at_));
    const auto* from = reinterpret_cast<const char*>(at_);
    at_ += size;
    return from;
  }

 private:
  const std::byte* at_;
  const std::byte* end_;
};

// False, without an exception and with `out` as it was, when the object has no encoding of ours.
bool encode_plain(PyObject* object, Bytes& out, bool in_tuple) {
  if (object == Py_None) {
    put(out, Tag::none);
    return true;
  }
  if (PyLong_CheckExact(object)) {
    int overflow = 0;
    const long long value = PyLong_AsLongLongAndOverflow(object, &overflow);
    if (overflow != 0) return false;
    put(out, Tag::integer);
    put(out, value);
    return true;
  }
  if (PyFloat_CheckExact(object)) {
    put(out, Tag::real);
    put(out, PyFloat_AS_DOUBLE(object));
    return true;
  }
  if (PyBool_Check(object)) {
    put(out, object == Py_True ? Tag::yes : Tag::no);
    return true;
  }
  if (PyUnicode_CheckExact(object)) {
    Py_ssize_t size = 0;
    const char* text = PyUnicode_AsUTF8AndSize(object, &size);
    if (text == nullptr) {  // lone surrogates
      PyErr_Clear();
      return false;
    }
    if (static_cast<std::size_t>(size) > kInline) return false;
    put(out, Tag::text);
    put(out, static_cast<std::uint32_t>(size));
    put_bytes(out, text, static_cast<std::size_t>(size));
    return true;
  }
  if (PyBytes_CheckExact(object)) {
    const auto size = static_cast<std::size_t>(PyBytes_GET_SIZE(object));
    if (size > kInline) return false;
    put(out, Tag::bytes);
    put(out, static_cast<std::uint32_t>(size));
    put_bytes(out, PyBytes_AS_STRING(object), size);
    return true;
  }
  if (!in_tuple && PyTuple_CheckExact(object) && PyTuple_GET_SIZE(object) <= kWidestTuple) {
    const std::size_t before = out.size();
    put(out, Tag::tuple);
    put(out, static_cast<std::uint8_t>(PyTuple_GET_SIZE(object)));
    for (Py_ssize_t at = 0; at < PyTuple_GET_SIZE(object); ++at) {
      if (encode_plain(PyTuple_GET_ITEM(object, at), out, true) && out.size() <= kInline + before) {
        continue;
      }
      out.resize(before);
      return false;
    }
    return true;
  }
  return false;
}

PyObject* decode_plain(Tag tag, Reader& reader) {
  switch (tag) {
    case Tag::none:
      Py_RETURN_NONE;
    case Tag::no:
      Py_RETURN_FALSE;
    case Tag::yes:
      Py_RETURN_TRUE;
    case Tag::integer:
      return PyLong_FromLongLong(reader.get<long long>());
    case Tag::real:
      return PyFloat_FromDouble(reader.get<double>());
    case Tag::text: {
      const auto size = reader.get<std::uint32_t>();
      return PyUnicode_DecodeUTF8(reader.get_bytes(size), size, nullptr);
    }
    case Tag::bytes: {
      const auto size = reader.get<std::uint32_t>();
      return PyBytes_FromStringAndSize(reader.get_bytes(size), size);
    }
    case Tag::tuple: {
      const auto width = reader.get<std::uint8_t>();
      PyObject* tuple = PyTuple_New(width);
      for (std::uint8_t at = 0; tuple != nullptr && at < width; ++at) {
        PyObject* element = decode_plain(reader.get<Tag>(), reader);
        if (element == nullptr) {
          Py_CLEAR(tuple);
        } else {
          PyTuple_SET_ITEM(tuple, at, element);
        }
      }
      return tuple;
    }
    default:
      BRAID_CHECK(false && "a tag that is not plain");
  }
  return nullptr;
}

// The buffers of one pickle, held while they are written.
struct HeldBuffers {
  std::vector<Py_buffer> views;
  HeldBuffers() = default;
  HeldBuffers(const HeldBuffers&) = delete;
  HeldBuffers& operator=(const HeldBuffers&) = delete;
  ~HeldBuffers() {
    for (Py_buffer& view : views) PyBuffer_Release(&view);
  }
};

bool encode_block(PyObject* pickled, PyObject* buffers, const CodecContext& context, Bytes& out,
                  std::vector<BlockPlace>& blocks) {
  HeldBuffers held;
  const Py_ssize_t count = PyList_GET_SIZE(buffers);
  held.views.reserve(static_cast<std::size_t>(count));
  static const std::vector<std::byte> pins(kPinBytes);
  std::vector<std::span<const std::byte>> pieces = {pins, bytes_of(pickled)};
  for (Py_ssize_t at = 0; at < count; ++at) {
    Py_buffer view;
    if (PyObject_GetBuffer(PyList_GET_ITEM(buffers, at), &view, PyBUF_ANY_CONTIGUOUS) != 0) {
      return false;
    }
    held.views.push_back(view);
    pieces.push_back({static_cast<const std::byte*>(view.buf), static_cast<std::size_t>(view.len)});
  }
  const std::uint64_t size = runtime::block_bytes(pieces);
  Result<std::uint64_t> offset = std::unexpected(Error{});
  Py_BEGIN_ALLOW_THREADS;
  offset = context.blocks->write(pieces);
  Py_END_ALLOW_THREADS;
  if (!offset) {
    PyErr_SetString(PyExc_MemoryError, offset.error().message.c_str());
    return false;
  }
  blocks.push_back({*offset, size});
  put(out, Tag::block);
  put(out, *offset);
  put(out, size);
  put(out, static_cast<std::uint64_t>(PyBytes_GET_SIZE(pickled)));
  put(out, static_cast<std::uint32_t>(count));
  for (const Py_buffer& view : held.views) {
    put(out, static_cast<std::uint64_t>(view.len));
    put(out, static_cast<std::uint8_t>(view.readonly != 0 ? 1 : 0));
  }
  return true;
}

PyObject* decode_block(Reader& reader, const CodecContext& context) {
  const auto offset = reader.get<std::uint64_t>();
  const auto size = reader.get<std::uint64_t>();
  const auto pickled = reader.get<std::uint64_t>();
  const auto count = reader.get<std::uint32_t>();
  PyObject* block = map_block(context, {offset, size});
  if (block == nullptr) return nullptr;
  std::uint64_t at = kPinBytes;
  PyObject* data = view_of_block(block, at, pickled, true);
  at += pickled;
  PyObject* buffers = PyList_New(0);
  bool good = data != nullptr && buffers != nullptr;
  for (std::uint32_t index = 0; good && index < count; ++index) {
    const auto length = reader.get<std::uint64_t>();
    const bool readonly = reader.get<std::uint8_t>() != 0;
    at = runtime::round_up(at, 64);
    PyObject* view = view_of_block(block, at, length, readonly);
    at += length;
    good = view != nullptr && PyList_Append(buffers, view) == 0;
    Py_XDECREF(view);
  }
  PyObject* object =
      good ? PyObject_CallFunctionObjArgs(context.loads, data, buffers, nullptr) : nullptr;
  Py_XDECREF(buffers);
  Py_XDECREF(data);
  Py_DECREF(block);
  return object;
}

}  // namespace

std::span<const std::byte> bytes_of(PyObject* object) {
  return {reinterpret_cast<const std::byte*>(PyBytes_AS_STRING(object)),
          static_cast<std::size_t>(PyBytes_GET_SIZE(object))};
}

bool encode(PyObject* object, const CodecContext& context, Bytes& out,
            std::vector<BlockPlace>& blocks) {
  if (encode_plain(object, out, false)) return true;
  PyObject* parts = PyObject_CallOneArg(context.dumps, object);
  if (parts == nullptr) return false;
  PyObject* pickled = nullptr;
  PyObject* buffers = nullptr;
  bool good = PyArg_ParseTuple(parts, "SO!", &pickled, &PyList_Type, &buffers) != 0;
  if (good) {
    const auto size = static_cast<std::size_t>(PyBytes_GET_SIZE(pickled));
    if (size <= kInline && PyList_GET_SIZE(buffers) == 0) {
      put(out, Tag::pickle);
      put(out, static_cast<std::uint32_t>(size));
      put_bytes(out, PyBytes_AS_STRING(pickled), size);
    } else {
      good = encode_block(pickled, buffers, context, out, blocks);
    }
  }
  Py_DECREF(parts);
  return good;
}

PyObject* decode(std::span<const std::byte> bytes, const CodecContext& context) {
  Reader reader(bytes);
  const Tag tag = reader.get<Tag>();
  if (tag == Tag::block) return decode_block(reader, context);
  if (tag != Tag::pickle) return decode_plain(tag, reader);
  const auto size = reader.get<std::uint32_t>();
  PyObject* data = PyBytes_FromStringAndSize(reader.get_bytes(size), size);
  if (data == nullptr) return nullptr;
  PyObject* object = PyObject_CallOneArg(context.loads, data);
  Py_DECREF(data);
  return object;
}

BlockPlace block_of(std::span<const std::byte> bytes) {
  Reader reader(bytes);
  if (reader.get<Tag>() != Tag::block) return {};
  BlockPlace place;
  place.offset = reader.get<std::uint64_t>();
  place.bytes = reader.get<std::uint64_t>();
  return place;
}

}  // namespace braid::python
