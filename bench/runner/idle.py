"""What an idle runner costs beside APScheduler with the same times: memory and CPU.

usage   python -m bench.runner.idle [--seconds N] [--others PYTHON] [--out FILE]
            --seconds   600 if not said
            --others    a Python that has `apscheduler`
writes  FILE            the table as Markdown; without one, to the terminal

Both begin together, are left alone for 20 seconds, and are then watched for so long. CPU is that of
the process, user and system, as /proc/PID/stat has it (in hundredths of a second); memory is VmRSS.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench import command_line

SETTLE_S = 20.0
ROOT = Path(__file__).resolve().parents[2]
APSCHEDULER = """
from apscheduler.schedulers.blocking import BlockingScheduler
zone = "Asia/Ho_Chi_Minh"
scheduler = BlockingScheduler(timezone=zone)
times = {"refresh": dict(hour=2), "embed": dict(day_of_week="tue", hour=3),
    "train": dict(day_of_week="sun", hour=3), "deploy": dict(hour=5),
    "court": dict(hour=4, minute=30), "drift": dict(day_of_week="mon", hour=9),
    "health": dict(minute=0), "cleanup": dict(day=1, hour=4)}
for name, when in times.items():
    scheduler.add_job(print, "cron", args=[name], id=name, misfire_grace_time=3600, **when)
scheduler.start()
"""


def cpu_s(pid: int) -> float:
    """Seconds of CPU that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mb(pid: int) -> float:
    """Memory of a process, in MB (10^6 bytes)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise ValueError(f"process {pid} has no VmRSS")


def project(folder: Path) -> Path:
    """A copy of the code, with nothing run."""
    for name in ("ops", "recsys", "stages"):
        shutil.copytree(ROOT / name, folder / name)
    for name in ("runner.py", "params.yaml"):
        shutil.copy(ROOT / name, folder / name)
    return folder


def measured(
    processes: dict[str, int], seconds: float
) -> dict[str, tuple[float, float]]:
    """MB and percent of a core of each process over so many seconds."""
    before = {name: cpu_s(pid) for name, pid in processes.items()}
    time.sleep(seconds)
    return {
        name: (resident_mb(pid), 100 * (cpu_s(pid) - before[name]) / seconds)
        for name, pid in processes.items()
    }


def table(found: dict[str, tuple[float, float]], seconds: float) -> str:
    """The result as Markdown."""
    lines = [
        "# An idle runner",
        "",
        f"Made by `python -m bench.runner.idle --seconds {seconds:g}`: both in the same "
        f"{seconds:g} seconds.",
        "",
        "| process | resident, MB | CPU, % of a core |",
        "|---|---|---|",
        *(
            f"| {name} | {mb:.1f} | {share:.3f} |"
            for name, (mb, share) in found.items()
        ),
        "",
    ]
    return "\n".join(lines)


def main(argv: list[str] | None = None) -> int:
    """0 if the runner keeps to 32 MB and 0.1 % of a core; 1 if not."""
    parser = command_line.parser(__doc__)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--others", metavar="PYTHON")
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        place = project(Path(folder))
        command = [sys.executable, "runner.py", "start"]
        started = {"runner.py start": subprocess.Popen(command, cwd=place)}
        if args.others:
            apart = subprocess.Popen([args.others, "-c", APSCHEDULER])
            started["APScheduler"] = apart
        time.sleep(SETTLE_S)
        pids = {name: process.pid for name, process in started.items()}
        found = measured(pids, args.seconds)
        for process in started.values():
            process.terminate()
            process.wait()
    command_line.write(table(found, args.seconds), args.out)
    memory, share = found["runner.py start"]
    return int(memory > 32 or share > 0.1)


if __name__ == "__main__":
    sys.exit(main())
