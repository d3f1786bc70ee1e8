#include "reenact/animate/moved_face.h"

namespace reenact {

void MouthCounts::add(MouthUse use) {
  switch (use) {
    case MouthUse::closed:
      return;
    case MouthUse::driver:
      ++driver;
      return;
    case MouthUse::remembered:
      ++remembered;
      return;
    case MouthUse::unclear:
      ++unclear;
      return;
    case MouthUse::turned:
      ++turned;
      return;
  }
}

std::optional<DriverMouth> driver_mouth_for(const SourceAvatar& avatar,
                                            const std::optional<MouthColours>& driver, std::string& note) {
  if (!driver) {
    note = "there are no pictures of the driver's mouth, so the generator paints the inside of it";
    return std::nullopt;
  }
  const MouthPhoto photo = avatar.mouth_photo();
  if (DriverMouth::photo_keeps_its_own(avatar.model(), *driver, photo)) {
    note =
        "the photo shows an open mouth itself and keeps the inside of it where the driver's opens no wider";
  }
  return DriverMouth(avatar.model(), *driver, photo);
}

MovedFace move_face(Retargeter& retargeter, const SourceAvatar& avatar, DriverMouth* mouth,
                    const MotionFrame& motion, double time_s) {
  MovedFace moved;
  retargeter.follow_mouth(motion, time_s);
  moved.state = retargeter.retarget(motion);
  if (mouth == nullptr) return moved;
  MotionFrame followed = motion;
  DriverMouth::Frame frame = mouth->follow(followed, head_angles(moved.state.pose.rotation).yaw_deg,
                                           retargeter.grin_given_way(), time_s);
  moved.mouth_use = frame.use;
  moved.generated_mouth = frame.lack;
  if (frame.patch) moved.state = retargeter.retarget(followed);
  moved.mouth =
      mouth->place(std::move(frame), moved.state.expression, avatar.state_in_canvas(moved.state).pose);
  return moved;
}

}  // namespace reenact
