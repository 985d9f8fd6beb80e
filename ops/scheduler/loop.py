"""The loop: at its time a job joins a queue, leaves it as a child, and its end becomes a row.

reads   params.yaml (ops/scheduler/reload.py), state/runner.db, state/repro.lock
writes  state/runner.db, state/schedule.json, state/alerts.db

Clock and monotonic time are arguments, so that years can be tried in seconds (bench/runner).
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from ops import lock, processes
from ops.scheduler import dues, ends, jobs, kept, run_history
from ops.scheduler.bell import Bell
from ops.scheduler.book import BUSY, WAITED, Book, Reasons
from ops.scheduler.dues import DISABLED, Waiting
from ops.scheduler.jobs import JOBS, Clock, Say
from ops.scheduler.kept import Kept
from ops.scheduler.run_history import Run
from ops.scheduler.slots import Times
from ops.scheduler.timer import Timer
from recsys.program.errors import StoreError, UserError

STEP = timedelta(seconds=60)  # so far may the clock run from the monotonic one
STEADY_S = 300.0  # so long must it run evenly to be well again
RETRY_S = 60.0  # after an error of the database
SLEPT = "the machine slept or its clock was set"
ALONE = [name for name, job in JOBS.items() if job.alone]
AFTER = {name: job.after for name, job in JOBS.items()}


class Loop:
    """What runs, and the times that are kept."""

    def __init__(
        self,
        times: Times,
        state: Path,
        clock: Clock,
        say: Say,
        steady: Callable[[], float] = time.monotonic,
        timer: Callable[[Callable[[], object]], Timer] = Timer,
        bell: Callable[[Path], Bell] = Bell,
    ) -> None:
        self.state, self.clock, self.say = state, clock, say
        self.steady, self.bell, self.timer = steady, bell(state), timer(self.wake)
        self.book = Book(times, state, self.tell_missed)
        self.running: dict[str, jobs.Running] = {}
        self.loaded_at, self.retry_at = clock(), 0.0
        self.said, self.jumped = "", False
        self.ended = 0  # jobs, since the loop began
        self.arm()

    def arm(self) -> None:
        """Lay the times anew."""
        self.timer.arm(self.book.times)
        self.clock_at, self.steady_at = self.clock(), self.steady()

    def begin(self) -> None:
        """Close what a killed runner left, queue what was missed since it ran, keep the times."""
        now = self.clock()
        jobs.close_interrupted(self.state, now, self.say)
        former = kept.read(self.state)
        times = former.times if former else self.book.times
        self.book.open(times, self.steady(), now)
        self.keep(None)

    # ---- a turn ----
    def tick(self) -> None:
        """One turn. An error of one job or of the database is said, and the loop goes on."""
        self.follow_clock()
        self.timer.run_pending()
        for run_id in list(self.running):
            self.guarded(self.reap, run_id)
        if self.book.queue and self.steady() >= self.retry_at:
            for waiting in self.ready():
                self.guarded(self.start, waiting)

    def wake(self) -> None:
        """Queue what is due, if anything is."""
        now = self.clock()
        if self.book.is_due(now):
            self.guarded(self.book.account, self.book.times, now, BUSY)

    def follow_clock(self) -> None:
        """If the clock was set or the machine slept: lay the times anew, queue what was missed."""
        now, steady_s = self.clock(), self.steady() - self.steady_at
        lag = now - self.clock_at - timedelta(seconds=steady_s)
        if abs(lag) >= STEP:
            jump = f"the clock jumped by {lag.total_seconds():+.0f} s"
            self.say(f"{jump}: the times of the jobs are laid anew")
            self.bell.clock(jump, now)
            self.jumped = True
            self.arm()
            self.guarded(self.book.follow_clock, now, SLEPT)
        elif self.jumped and steady_s >= STEADY_S:
            self.bell.clock_is_steady(now)
            self.jumped = False

    def ready(self) -> list[Waiting]:
        """What may start now."""
        return dues.startable(
            self.book.queue,
            self.names(),
            self.repro_by_hand(),
            ALONE,
            AFTER,
            self.steady(),
        )

    def names(self) -> list[str]:
        """Jobs that run now."""
        return [each.run.job for each in self.running.values()]

    def repro_by_hand(self) -> bool:
        """Whether a repro runs that is not a child of this loop."""
        holder = lock.holder(self.state / "repro.lock")
        if holder is None or any(JOBS[job].alone for job in self.names()):
            return False
        pid = holder.get("pid")
        self.say_once(
            f"a repro by hand runs (process {pid}); jobs that share its files wait"
        )
        return True

    def start(self, waiting: Waiting) -> None:
        """From the queue to a process. If there can be no row, it stays in the queue for now."""
        now = self.clock()
        if why := self.book.forbidden(waiting, WAITED, now):
            self.book.miss(waiting, now, why)
            return
        try:
            begun = self.launch(waiting, now)
        except StoreError:
            self.retry_at = self.steady() + RETRY_S
            raise
        except UserError:
            self.book.leave(waiting)
            newest = max(now, waiting.slot)
            last = run_history.last_attempts(self.state, newest)[waiting.job]
            self.follow_up(last, now)
            raise
        if begun:
            self.running[begun.run.id] = begun
            pid = begun.child.process.pid
            self.say(f"{waiting.job}: started, process {pid}, log {begun.run.log}")
        else:
            run_history.forget_waiting(self.state, waiting.job, waiting.slot)
        self.book.leave(waiting)

    def launch(self, waiting: Waiting, now: datetime) -> jobs.Running | None:
        """The process of a slot; None if the slot was seen to before."""
        times, why = self.book.times, waiting.reason
        return jobs.launch(self.state, waiting.job, times, waiting.slot, now, why)

    def reap(self, run_id: str) -> None:
        """Watch a child once; close its row when it has ended."""
        running = self.running[run_id]
        ended = running.step(self.steady())
        if ended is None:
            return
        now = self.clock()
        run, told = jobs.close(self.state, running, ended, now)
        del self.running[run_id]
        self.ended += 1
        self.say(ends.sentence(run))
        self.follow_up(run, now)
        for job, why in told.asks.items():
            self.bring_forward(job, why, now)

    def follow_up(self, run: Run, now: datetime) -> None:
        """What the end of a run leads to: another attempt, or an alert."""
        again = None
        if run.status != "stopped":  # it is tried again at the next start
            again = self.book.try_again(run, self.steady(), now)
        if again:
            wait = dues.in_words(round(again.ready_at - self.steady()))
            self.say(f"{run.job}: is tried again in {wait}")
        self.bell.run_ended(run, again is None, now)

    def bring_forward(self, job: str, why: str, now: datetime) -> None:
        """Run a job before its time, as another one asks."""
        if refusal := self.book.refusal(job, self.names()):
            self.say(f"{job}: is asked for ({why}), but {refusal}")
            return
        slot, reason = now.replace(microsecond=0), f"brought forward: {why}"
        self.book.add(Waiting(job, slot, 0.0, reason), now)
        self.say(f"{job}: {reason}")

    # ---- the times ----
    def take(self, times: Times) -> None:
        """Keep other times from now on."""
        self.book.change(times, self.clock())
        self.arm()
        self.loaded_at = self.clock()
        self.keep(None)
        self.say("params.yaml has changed: its times are kept from now on")

    def refuse(self, why: str) -> None:
        """Go on with the former times, as the file that is there now cannot be taken."""
        self.keep(why)
        self.say_once(f"params.yaml is not taken, the former times are kept: {why}")

    def keep(self, refused: str | None) -> None:
        """Write down which times are kept; `refused` is why a newer file is not taken."""
        self.bell.params(refused, self.clock())
        kept.write(self.state, Kept(self.book.times, self.loaded_at, refused))

    # ---- the end ----
    def end(self) -> None:
        """End all children, close their rows as stopped.

        What waits in the queue, and what is stopped here, is seen to at the next start.
        """
        for running in self.running.values():
            running.end("stopped", self.steady())
        self.bell.end()
        give_up = self.steady() + processes.GRACE_S + 2 * processes.ZOMBIE_S
        while self.running and self.steady() < give_up:
            for run_id in list(self.running):
                self.guarded(self.reap, run_id)
            time.sleep(processes.POLL_S)

    # ---- words ----
    def tell_missed(self, reasons: Reasons, now: datetime) -> None:
        """Say and alert which slots will never run; what was disabled is no news."""
        told = {key: why for key, why in reasons.items() if why != DISABLED}
        for job in sorted({job for job, _ in told}):
            slots = [slot for name, slot in told if name == job]
            last = max(slots)
            count = f"{len(slots)} time(s), last {self.book.local(last)}"
            text = f"{job}: missed {count}: {told[job, last]}"
            self.say(text)
            self.bell.missed(job, text, now)

    def guarded(self, action: Callable[..., None], *args: object) -> None:
        """Do it; an error is said once, not at every turn."""
        try:
            action(*args)
        except (UserError, OSError) as error:
            self.say_once(f"error: {error}")

    def say_once(self, line: str) -> None:
        """Say what has not just been said."""
        if line != self.said:
            self.say(line)
        self.said = line
