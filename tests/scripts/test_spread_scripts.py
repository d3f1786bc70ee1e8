"""The scripts that spread a batch, with a program in place of reenact that prints its arguments.

tests/slurm/run_one_node.sh runs them for real.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
SLURM = SCRIPTS / "slurm" / "reenact_array.sh"
PARALLEL = SCRIPTS / "parallel" / "reenact_parallel.sh"
OPTIONS = ["--source", "my photos", "--driver", "clips/*.mp4", "--output", "it's $HOME"]


@pytest.fixture
def run(tmp_path):
    program = tmp_path / "print arguments"
    program.write_text('#!/bin/sh\nprintf "%s|" "$@"\necho\n')
    program.chmod(0o755)

    def run_script(script, *arguments, **variables):
        environment = {**os.environ, "REENACT": str(program), **variables}
        command = [str(script), *map(str, arguments)]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)

    return run_script


def line(shard):
    return "|".join([*OPTIONS, "--shard", shard, "--resume", ""])


def test_a_task_of_the_array_makes_its_shard(run):
    result = run(SLURM, 5, "--", *OPTIONS, SLURM_ARRAY_TASK_ID="2")
    assert result.stdout.splitlines() == [line("2/5")]


@pytest.mark.parametrize("arguments", [[], ["5", "--source", "a"], ["--", "--source", "a"]])
def test_wrong_arguments_of_a_task_are_a_sentence(run, arguments):
    result = run(SLURM, *arguments, SLURM_ARRAY_TASK_ID="2")
    assert result.returncode == 2 and "usage: sbatch" in result.stderr and not result.stdout


def test_without_an_array_there_is_no_shard(run):
    result = run(SLURM, 5, "--", *OPTIONS, SLURM_ARRAY_TASK_ID="")
    assert result.returncode == 2 and "submit it with sbatch --array=1-5" in result.stderr


@pytest.mark.skipif(not shutil.which("parallel"), reason="GNU parallel is not installed")
def test_parallel_makes_every_shard_once(run):
    result = run(PARALLEL, 3, "--jobs", 2, "--", *OPTIONS)
    assert result.returncode == 0, result.stderr
    assert sorted(result.stdout.splitlines()) == [line(f"{i}/3") for i in (1, 2, 3)]


@pytest.mark.parametrize("arguments", [[], ["0", "--", "-s", "a"], ["3"], ["3", "--jobs", "2"], ["3", "--"]])
def test_wrong_arguments_for_parallel_are_a_sentence(run, arguments):
    result = run(PARALLEL, *arguments)
    assert result.returncode == 2 and "usage: " in result.stderr
