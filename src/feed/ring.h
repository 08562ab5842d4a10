// The last so many of something. What is overwritten keeps its memory, so that a full ring takes
// another value without allocating.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace keystile::feed {

template <class T>
class Ring {
 public:
  // capacity: at least 1.
  explicit Ring(size_t capacity) : capacity_(capacity) {}

  size_t size() const { return items_.size(); }
  // The place of the newest, which still holds what was there before.
  T& push() {
    if (items_.size() < capacity_) {
      next_ = items_.size() + 1;
      return items_.emplace_back();
    }
    if (next_ == capacity_) next_ = 0;
    return items_[next_++];
  }
  // 0 is the newest; below size().
  const T& newest(size_t age) const {
    return items_[(next_ + items_.size() - 1 - age) % items_.size()];
  }
  std::vector<T> newest_first(size_t limit) const {
    std::vector<T> out;
    out.reserve(std::min(limit, size()));
    for (size_t age = 0; age < std::min(limit, size()); ++age) out.push_back(newest(age));
    return out;
  }

 private:
  size_t capacity_;
  size_t next_ = 0;  // behind the newest
  std::vector<T> items_;
};

}  // namespace keystile::feed
