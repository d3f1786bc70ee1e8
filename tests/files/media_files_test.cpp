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
}

TEST(MediaNames, WhatCanBeWrittenCanBeRead) {
  for (const char* name : {"a.mp4", "a.mov"}) {
    EXPECT_TRUE(is_writable_video_name(name));
    EXPECT_TRUE(is_video_name(name));
  }
  for (const char* name : {"a.png", "a.jpg", "a.JPEG"}) {
    EXPECT_TRUE(is_writable_picture_name(name));
    EXPECT_TRUE(is_picture_name(name));
  }
  EXPECT_FALSE(is_writable_picture_name("a.webp"));
}

TEST(NaturalOrder, ComparesNumbersAsNumbers) {
  EXPECT_TRUE(natural_less("frame2", "frame10"));
  EXPECT_FALSE(natural_less("frame10", "frame2"));
  EXPECT_TRUE(natural_less("a", "a1"));
  EXPECT_FALSE(natural_less("a", "a"));
}

}  // namespace
}  // namespace reenact
