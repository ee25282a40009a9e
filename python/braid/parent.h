// The parent's side as Python objects: pushes lists of items, gives back results in order.
//
// Delivery holds what has come and was not taken: by index, without gaps (ordered), or as it came.
// ParentPool encodes items, waits without the GIL, decodes answers. Policy (what an error means,
// how many items to push) belongs to Python; what is done for each item is done here.
#pragma once

#include "codec.h"
#include "runtime/pool.h"

#include <Python.h>
#include <nanobind/nanobind.h>
#include <deque>
#include <memory>
#include <set>
#include <unordered_map>

namespace braid::python {

class Delivery {
 public:
  // `first`: the index of the first item. `watched`: arrivals() tells what has come.
  Delivery(bool ordered, bool indexed, std::uint64_t first, bool watched)
      : ordered_(ordered), indexed_(indexed), watched_(watched), base_(first) {}
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;
  ~Delivery();

  // Steals the reference. Null: a place that stays empty (an item left out).
  void put(std::uint64_t index, PyObject* object, std::uint64_t bytes = 0);
  // The same for what a worker answered in `bytes`: dropped when nobody waits for it any more.
  void receive(std::uint64_t index, std::uint32_t attempt, PyObject* object, std::uint64_t bytes);
  // The answer of this attempt will not be waited for. Whether it is such a one; how many are still
  // to come.
  void ignore(std::uint64_t index, std::uint32_t attempt) { ignored_.emplace(index, attempt); }
  [[nodiscard]] bool ignores(std::uint64_t index, std::uint32_t attempt) const {
    return ignored_.contains({index, attempt});
  }
  [[nodiscard]] std::size_t ignored() const { return ignored_.size(); }
  bool drop_ignored(std::uint64_t index, std::uint32_t attempt) {
    return ignored_.erase({index, attempt}) != 0;
  }
  // What workers have answered since it was last asked, in any order: pairs (index, result).
  nanobind::list arrivals();
  // Bytes of the answers that have come and were not taken.
  [[nodiscard]] std::uint64_t waiting_bytes() const { return waiting_bytes_; }
  // How many workers have answered, and in how many bytes each.
  [[nodiscard]] std::uint64_t received() const { return received_; }
  [[nodiscard]] std::uint64_t mean_bytes() const {
    return received_ == 0 ? 0 : received_bytes_ / received_;
  }
  // What can be handed on: a list, in order; with indexes, pairs in the order of arrival.
  nanobind::object take();
  [[nodiscard]] std::uint64_t delivered() const { return base_; }

 private:
  struct Place {
    PyObject* object = nullptr;
    std::uint64_t bytes = 0;
    bool filled = false;
  };
  bool ordered_;
  bool indexed_;
  bool watched_;
  std::uint64_t base_;  // items handed on
  std::uint64_t waiting_bytes_ = 0;
  std::uint64_t received_ = 0;
  std::uint64_t received_bytes_ = 0;
  std::deque<Place> places_;
  std::set<std::pair<std::uint64_t, std::uint32_t>> ignored_;
  std::vector<std::pair<std::uint64_t, nanobind::object>> seen_;  // for arrivals()
  std::vector<std::pair<std::uint64_t, PyObject*>> arrived_;
};

class ParentPool {
 public:
  ParentPool(std::uint32_t workers, std::uint32_t ring_bytes, std::uint64_t heap_bytes,
             bool in_process, nanobind::object dumps, nanobind::object loads);
  ~ParentPool();

  [[nodiscard]] int segment() const { return pool_->segment().descriptor(); }
  [[nodiscard]] int bell() const { return pool_->bell(); }
  [[nodiscard]] runtime::Pool& pool() { return *pool_; }
  [[nodiscard]] bool in_process() const { return in_process_; }
  void ring_every(double seconds) {
    pool_->set_ring_every(static_cast<std::int64_t>(seconds * 1e9));
  }

  void set_setup(nanobind::object setup);
  // The function of a call, before any item of it is pushed; the answer is the call's number.
  std::uint64_t open_call(nanobind::object function);
  void close_call(std::uint64_t call);
  // How many of `items` were pushed, from the first on; fewer when there is no room now, or when
  // one cannot be pickled (the exception comes with the next push).
  std::size_t push(std::uint64_t call, nanobind::list items, std::uint64_t first,
                   std::uint32_t attempt);
  // Pushes one item again, as it was encoded.
  bool push_encoded(std::uint64_t call, nanobind::bytes item, std::uint64_t index,
                    std::uint32_t attempt);
  // Waits for answers at most `timeout_s` (negative: for ever). Results go to `delivery`; the
  // others come back as tuples (kind, call, index, attempt, worker, payload, item). The last of the
  // pair: whether `other` can be read.
  nanobind::tuple poll(Delivery& delivery, int other, double timeout_s);
  nanobind::list drain(Delivery& delivery);
  // Waits in the thread that wants the result of this item, and fills its future: only when nobody
  // else waits for that, and the answer is a plain result. True when it did; `running` has lost the
  // item then. False: whoever polls will do it. A signal that raises leaves everything as it was.
  bool await_own(std::uint64_t call, std::uint64_t index, nanobind::dict running,
                 nanobind::object future, double timeout_s);
  nanobind::object decode_item(nanobind::bytes item);
  // What died with the worker: (call, index, attempt, item as bytes), or None.
  nanobind::object gone(std::uint32_t worker);
  // Bytes that were ever pushed; bytes of blocks that unfinished batches hold.
  [[nodiscard]] std::uint64_t sent_bytes() const { return sent_bytes_; }
  [[nodiscard]] std::uint64_t held_bytes() const;
  std::uint32_t starting(std::uint32_t worker);
  // (index, attempt, item or None where it is encoded) of what a worker has in hand, or None.
  nanobind::object in_hand(std::uint32_t worker, std::uint64_t call);

 private:
  struct Call {
    nanobind::object function;  // in process
    Bytes encoded;
    std::vector<BlockPlace> blocks;
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
  };
  struct Encoded {
    std::vector<std::uint32_t> offsets;
    Bytes records;
    std::vector<BlockPlace> made;
  };
  bool encode_items(PyObject* items, Encoded& encoded, std::size_t& count);
  void drop_items();
  void free_blocks();
  void await_free_blocks();
  void free_calls();
  void keep_block(std::uint32_t slot, std::span<const std::byte> record);
  nanobind::object refusal(const runtime::Answer& answer, const char* kind, PyObject* payload);
  bool receive(const runtime::Answer& answer, Delivery& delivery, PyObject* others);
  PyObject* decode_answer(const runtime::Answer& answer);
  bool hand_over(const runtime::Answer& answer, nanobind::dict& running, nanobind::handle future);

  std::unique_ptr<runtime::Pool> pool_;
  bool in_process_;
  nanobind::object dumps_, loads_;
  CodecContext context_;
  std::unordered_map<std::uint64_t, Call> calls_;
  std::uint64_t next_call_ = 1;
  bool draining_ = false;  // and decoding an answer may let another thread run
  std::uint64_t sent_bytes_ = 0;
  std::vector<std::uint64_t> ended_;  // closed, but perhaps still looked at by a worker
  std::vector<nanobind::object> dropped_;
  std::unordered_map<std::uint32_t, nanobind::object> lists_;          // in process: by batch slot
  std::unordered_map<std::uint32_t, std::vector<BlockPlace>> blocks_;  // by batch slot
  std::unordered_map<std::uint64_t, std::uint32_t> uses_;  // batches of a block, by its offset
  std::vector<BlockPlace> leaving_;                        // perhaps still mapped by a worker
};

}  // namespace braid::python
