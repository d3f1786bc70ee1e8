#!/usr/bin/python3
"""Writes the validation clips as a pair list for `reenact evaluate`, to stdout.

For `self`: every clip, as its own source and driver. For `cross`, with --photos FOLDER: one pair per person, whose
photo (the first frame of the person's first clip, written to FOLDER as PNG) moves as the first clip of the next
person in alphabetical order does; the last person takes the first one's clip.
"""

import argparse
import csv
import pathlib
import sys

import cv2

PERSONS_FILE = pathlib.Path(__file__).with_name("validation_persons.txt")


def validation_clips(data):
    """{person: [clips]} of the validation persons, in the order of clips.csv."""
    persons = {line for line in PERSONS_FILE.read_text().splitlines() if line and not line.startswith("#")}
    clips = {}
    with open(data / "clips.csv", newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["person_id"] in persons:
                clips.setdefault(row["person_id"], []).append((data / "clips" / row["file"]).resolve())
    return clips


def write_first_frame(clip, photo):
    read, frame = cv2.VideoCapture(str(clip)).read()
    if not read:
        sys.exit(f"list_validation_clips: {clip} has no frame that can be read; check the clip")
    if not cv2.imwrite(str(photo), frame):
        sys.exit(f"list_validation_clips: {photo} cannot be written; choose another folder")


def self_pairs(clips):
    return [(clip, clip, person) for person, of_person in clips.items() for clip in of_person]


def cross_pairs(clips, photos):
    photos.mkdir(parents=True, exist_ok=True)
    persons = sorted(clips)
    pairs = []
    for person, next_person in zip(persons, persons[1:] + persons[:1]):
        photo = (photos / f"{person}.png").resolve()
        write_first_frame(clips[person][0], photo)
        pairs.append((photo, clips[next_person][0], person))
    return pairs


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=pathlib.Path, help="folder with clips.csv and clips/")
    parser.add_argument("--photos", type=pathlib.Path, metavar="FOLDER", help="list pairs for `cross`, photos there")
    options = parser.parse_args(arguments)
    clips = validation_clips(options.data)
    pairs = cross_pairs(clips, options.photos) if options.photos else self_pairs(clips)
    writer = csv.writer(sys.stdout)
    writer.writerow(["source", "driver", "person"])
    writer.writerows(pairs)


if __name__ == "__main__":
    main()
