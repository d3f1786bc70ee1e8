#!/usr/bin/python3
"""Writes the validation clips as a pair list for `reenact evaluate self --pairs`: driver = the clip, with its person."""

import argparse
import csv
import pathlib
import sys


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=pathlib.Path, help="folder with clips.csv and clips/")
    arguments = parser.parse_args()
    persons_file = pathlib.Path(__file__).with_name("validation_persons.txt")
    persons = {line for line in persons_file.read_text().splitlines() if line and not line.startswith("#")}
    writer = csv.writer(sys.stdout)
    writer.writerow(["source", "driver", "person"])
    with open(arguments.data / "clips.csv", newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["person_id"] in persons:
                clip = (arguments.data / "clips" / row["file"]).resolve()
                writer.writerow([clip, clip, row["person_id"]])


if __name__ == "__main__":
    main()
