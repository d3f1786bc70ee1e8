#include "reenact/animate/avatar_renderer.h"

#include "animate/renderers.h"

namespace reenact {

std::unique_ptr<AvatarRenderer> make_renderer(const SourceAvatar& avatar, const Generator& generator) {
  return generator.info().draws_portraits() ? make_portrait_renderer(avatar, generator)
                                            : make_mesh_renderer(avatar, generator);
}

}  // namespace reenact
