"""A graph of two stages, `copy` and `evaluate`, and the program that both run."""

DVC_YAML = """
stages:
  copy:
    cmd: python work.py raw copied
    deps: [work.py, raw]
    outs: [copied]
  evaluate:
    cmd: python work.py copied result
    deps: [copied]
    outs: [result]
"""
WORK = """
import pathlib, sys, time
source, target = map(pathlib.Path, sys.argv[1:])
text = source.read_text()
print(f"from {sys.executable}", flush=True)
if text.startswith("fail"):
    sys.exit(f"{text}" if text == "fail" else int(text.split()[1]))
if text == "slow" and pathlib.Path("slow").exists():
    pathlib.Path("working").touch()
    time.sleep(60)
target.write_text(text)
"""
