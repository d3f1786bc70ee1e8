#pragma once

#include <filesystem>

namespace reenact {

/// Reads a TorchScript archive without LibTorch's loader and throws ModelError when loading it would already
/// run something: LibTorch then calls `__setstate__` of a class, computes default values of parameters,
/// constants of classes and fields of named tuples, and makes objects of its native classes (torch.classes)
/// from the file. Throws LibTorch's exceptions for what is no archive.
void require_nothing_runs_at_load(const std::filesystem::path& file);

}  // namespace reenact
