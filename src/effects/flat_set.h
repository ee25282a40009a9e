// A small set in one block, in order: most hold a handful of things and are joined again and again.
#pragma once

#include <algorithm>
#include <functional>
#include <vector>

namespace braid::effects {

template <class T, class Less = std::less<T>>
class FlatSet {
 public:
  // Whether it is new.
  bool insert(const T& thing) {
    const auto at = std::lower_bound(things_.begin(), things_.end(), thing, Less{});
    if (at != things_.end() && !Less{}(thing, *at)) return false;
    things_.insert(at, thing);
    return true;
  }
  void insert(const FlatSet& others) {
    if (std::includes(things_.begin(), things_.end(), others.begin(), others.end(), Less{})) return;
    std::vector<T> all;
    all.reserve(things_.size() + others.things_.size());
    std::set_union(things_.begin(), things_.end(), others.begin(), others.end(),
                   std::back_inserter(all), Less{});
    things_ = std::move(all);
  }
  [[nodiscard]] bool contains(const T& thing) const {
    return std::binary_search(things_.begin(), things_.end(), thing, Less{});
  }
  [[nodiscard]] auto begin() const { return things_.begin(); }
  [[nodiscard]] auto end() const { return things_.end(); }
  [[nodiscard]] std::size_t size() const { return things_.size(); }

 private:
  std::vector<T> things_;
};

}  // namespace braid::effects
