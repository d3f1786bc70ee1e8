#pragma once

#include "reenact/animate/avatar_renderer.h"

namespace reenact {

/// Moves the photo by its mesh, corrected by a generator of the conditioning mesh-v1.
std::unique_ptr<AvatarRenderer> make_mesh_renderer(const SourceAvatar& avatar, const Generator& generator);

/// Shows what a generator of the conditioning landmarks-v1 draws, where the landmarks of the mesh say that
/// the face is. Throws InputError for an avatar without layers.
std::unique_ptr<AvatarRenderer> make_portrait_renderer(const SourceAvatar& avatar,
                                                       const Generator& generator);

}  // namespace reenact
