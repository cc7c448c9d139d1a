"""The pace of a fit: the measured time of its steps and validations, from which what is left follows."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Any

from writer.training.plan import FORWARD, LEAST_STEPS, Plan

_LATEST = 20
"""Steps and validations over which their time is averaged."""

_LEAST_MEASURED = 3
"""Steps after which a plan may change: in the first ones the libraries make what they keep."""

_TOLERANCE = 10
"""One in so many of the steps to come may be too many or too few before the plan changes."""


class Pace:
    """The seconds that steps and validations of a fit take, without its pauses; `clock` gives seconds.

    The time between two steps belongs to the validation there, else to the step before. A validation reads
    `held_out` sequences.
    """

    def __init__(self, held_out: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._held_out = held_out
        self._clock = clock
        self._mark = clock()
        self._spent = 0.0
        self._continues = False
        self._steps: deque[float] = deque(maxlen=_LATEST)
        self._validations: deque[float] = deque(maxlen=_LATEST)

    @property
    def spent(self) -> float:
        """The seconds of the fit until now, with those before it was resumed."""
        return self._spent + self._clock() - self._mark

    @property
    def step_seconds(self) -> float:
        """The mean seconds of the latest steps; 0 before the first one."""
        return _mean(self._steps)

    def begin_step(self, validated: bool) -> None:
        """A step begins; `validated` where there was a validation since the one before."""
        gap = self._lap()
        if self._continues and validated:
            self._validations.append(gap)
        elif self._continues:
            self._steps[-1] += gap

    def end_step(self) -> None:
        """A step ends."""
        self._steps.append(self._lap())
        self._continues = True

    def skip_pause(self) -> None:
        """Leave the time since the last step out."""
        self._mark, self._continues = self._clock(), False

    def state_dict(self) -> dict[str, Any]:
        """The state for a checkpoint, in seconds."""
        return {"spent": self.spent, "steps": list(self._steps), "validations": list(self._validations)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore the state from a checkpoint."""
        self._mark, self._spent = self._clock(), state["spent"]
        self._steps.extend(state["steps"])
        self._validations.extend(state["validations"])

    def seconds_left(self, plan: Plan, step: int) -> float:
        """The seconds of the fit after `step` steps, with the validation that may follow at once."""
        validations = sum(map(plan.validates_after, range(max(1, step), plan.steps + 1)))
        return (plan.steps - step) * self.step_seconds + validations * self._validation_seconds(plan)

    def plan_again(self, plan: Plan, step: int) -> Plan:
        """The plan with as many steps as fit into its seconds, by the time of the `step` steps that are done.

        It is the same plan where it has no limit, where too little is measured, or where it nearly fits.
        """
        if not plan.seconds or step >= plan.steps or len(self._steps) < _LEAST_MEASURED:
            return plan
        rest = plan.seconds - self.spent
        spare = rest - self.seconds_left(plan, step)
        tolerance = (plan.steps - step) // _TOLERANCE * self.step_seconds
        if spare >= -tolerance and (
            spare < tolerance + 2 * self.step_seconds or plan.steps >= plan.most_steps
        ):
            return plan
        least = max(LEAST_STEPS, step + 1)
        steps = max(least, min(plan.most_steps, step + int(rest / max(self.step_seconds, 1e-9))))
        while steps > least and self.seconds_left(plan.with_steps(steps, step), step) > rest:
            steps -= 1
        return plan if steps == plan.steps else plan.with_steps(steps, step)

    def _validation_seconds(self, plan: Plan) -> float:
        """The mean seconds of a validation; estimated before the first one."""
        if self._validations:
            return _mean(self._validations)
        return self._held_out * FORWARD * self.step_seconds / plan.sequences

    def _lap(self) -> float:
        """The seconds since the last lap."""
        before, self._mark = self._mark, self._clock()
        self._spent += self._mark - before
        return self._mark - before


def _mean(seconds: deque[float]) -> float:
    return sum(seconds) / len(seconds) if seconds else 0.0
