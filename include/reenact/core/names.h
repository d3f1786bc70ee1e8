#pragma once

#include <string>
#include <utility>
#include <vector>

#include "reenact/core/error.h"

namespace reenact {

/// What users call the values of an enumeration, on the command line and in files: one table for both ways.
template <typename Value>
using Names = std::vector<std::pair<std::string, Value>>;

template <typename Value>
std::string name_of(const Names<Value>& names, const Value& value) {
  for (const auto& [name, named] : names) {
    if (named == value) return name;
  }
  return {};
}

/// Throws UsageError when nothing is called `name`.
template <typename Value>
Value named(const Names<Value>& names, const std::string& name) {
  std::string known;
  for (const auto& [each, value] : names) {
    if (each == name) return value;
    known += (known.empty() ? "" : ", ") + each;
  }
  throw UsageError("'" + name + "' is none of " + known);
}

/// The names alone, in the table's order.
template <typename Value>
std::vector<std::string> listed(const Names<Value>& names) {
  std::vector<std::string> list;
  for (const auto& entry : names) list.push_back(entry.first);
  return list;
}

}  // namespace reenact
