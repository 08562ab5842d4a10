// Whose turn it is where each may have one at a time. It ends when this goes, whatever ends it.
#pragma once

#include <set>
#include <string>
#include <utility>

namespace keystile::feed {

class Turn {
 public:
  // taken: by all who have one; must outlive it.
  Turn(std::set<std::string>& taken, std::string name)
      : taken_(taken), name_(std::move(name)), is_taken_(taken_.insert(name_).second) {}
  ~Turn() {
    if (is_taken_) taken_.erase(name_);
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  // False: the name has one already.
  bool is_taken() const { return is_taken_; }

 private:
  std::set<std::string>& taken_;
  const std::string name_;
  const bool is_taken_;
};

}  // namespace keystile::feed
