#include "reenact/files/media_files.h"

#include <gtest/gtest.h>

namespace reenact {
namespace {

TEST(MediaNames, AreToldByTheirEndings) {
  EXPECT_TRUE(is_picture_name("a/Photo.JPG"));
  EXPECT_TRUE(is_picture_name("x.webp"));
  EXPECT_TRUE(is_picture_name("scan.tif"));
  EXPECT_FALSE(is_picture_name("x.mp4"));
  EXPECT_FALSE(is_picture_name("png"));
  EXPECT_TRUE(is_video_name("x.MKV"));
  EXPECT_FALSE(is_video_name("x.jsonl"));
  EXPECT_TRUE(is_motion_name("a/b.jsonl"));
  EXPECT_FALSE(is_motion_name("a/b.mp4"));
  EXPECT_FALSE(is_motion_name("jsonl"));
  EXPECT_TRUE(is_take_name("take.CSV"));
  EXPECT_TRUE(is_take_name("take.json"));
  EXPECT_FALSE(is_take_name("take.jsonl"));
  EXPECT_TRUE(is_recorded_name("clip.jsonl") && is_recorded_name("take.csv"));
  EXPECT_FALSE(is_recorded_name("clip.mp4"));
  EXPECT_TRUE(is_writable_motion_name("take.csv"));
  EXPECT_FALSE(is_writable_motion_name("take.json"));
  EXPECT_TRUE(is_mesh_name("meshes/%06d.obj") && is_mesh_name("a.ply"));
}

TEST(MediaNames, WhatCanBeWrittenCanBeRead) {
  for (const char* name : {"a.mp4", "a.mov", "a.mkv", "a.webm", "a.avi", "a.gif"}) {
    EXPECT_TRUE(is_writable_video_name(name));
    EXPECT_TRUE(is_video_name(name));
  }
  for (const char* name : {"a.png", "a.jpg", "a.JPEG"}) {
    EXPECT_TRUE(is_writable_picture_name(name));
    EXPECT_TRUE(is_picture_name(name));
  }
  EXPECT_FALSE(is_writable_picture_name("a.webp"));
}

TEST(MediaNames, OfASequenceHoldANumber) {
  for (const char* name : {"frames/%06d.png", "a/b/x%d.jpg", "%4d.png", "frames/%d", "meshes/%06d.obj"})
    EXPECT_TRUE(is_sequence_name(name));
  for (const char* name : {"frames/a.png", "frames%d/a.png", "50%.png", "%x.png", "%123d.png", "a/%5",
                           "take%d.mp4", "%d.jpg.json"}) {
    EXPECT_FALSE(is_sequence_name(name)) << name;
    EXPECT_EQ(written_path(name), name);
  }
  EXPECT_EQ(file_of_sequence("frames/%06d.png", 7), "000007.png");
  EXPECT_EQ(file_of_sequence("a/x%d_y.jpg", 12), "x12_y.jpg");
  EXPECT_EQ(file_of_sequence("a/%2d.jpg", 12345), "12345.jpg");
  EXPECT_EQ(written_path("a/frames/%06d.png"), "a/frames");
}

TEST(MediaNames, TellWhatHoldsAlpha) {
  for (const char* name : {"a.mov", "a.webm", "a.PNG", "a/%d.png"}) EXPECT_TRUE(can_hold_alpha(name));
  for (const char* name : {"a.mp4", "a.mkv", "a.avi", "a.gif", "a.jpg", "a/%d.jpg"}) {
    EXPECT_FALSE(can_hold_alpha(name)) << name;
  }
}

TEST(NaturalOrder, ComparesNumbersAsNumbers) {
  EXPECT_TRUE(natural_less("frame2", "frame10"));
  EXPECT_FALSE(natural_less("frame10", "frame2"));
  EXPECT_TRUE(natural_less("a", "a1"));
  EXPECT_FALSE(natural_less("a", "a"));
}

}  // namespace
}  // namespace reenact
