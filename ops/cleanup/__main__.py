"""`python -m ops.cleanup`: the job."""

from ops.cleanup.command import main
from recsys.program.command_line import enter

enter(main, "runner.py cleanup")
