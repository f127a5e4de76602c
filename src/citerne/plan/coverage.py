"""How to share out escorts over corridors: against a perfect adversary, against one who errs, and by hazard alone.

Symbols: c_i coverage of target i (chance that it is escorted, 0 to 1), m escorts, U_i(c) = (1 - c_i) U_i^u + c_i U_i^c
the adversary's value of target i, V_i the defender's, likewise between uncovered and covered; lambda how sharply the
adversary reacts to value. Targets are corridors, never places on them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from citerne.base.errors import UsageError
from citerne.base.text import _
from citerne.plan.graph import check_budget
from citerne.plan.program import FloatArray

# Starts of the quantal-response search beside the two reasoned ones; the value has several local tops.
RANDOM_STARTS = 16


@dataclass(frozen=True)
class Coverage:
    """Coverage of targets by escorts.

    Attributes
    ----------
    coverage : [target] 0 to 1
    attacker_value : what the adversary expects from the best target (or on average, if it errs)
    defender_value : what the defender then expects; minus the attacker's where the game is zero-sum
    attack_prob : [target] chance that the target is chosen (of the adversary who errs; empty otherwise)
    """

    coverage: FloatArray
    attacker_value: float
    defender_value: float
    attack_prob: FloatArray


def origami(uncovered: FloatArray, *, escorts: float, covered: FloatArray | None = None) -> Coverage:
    """Coverage that leaves a perfect adversary least (ORIGAMI; Kiekintveld et al. 2009, AAMAS).

    The set of equally attractive targets grows by value until the escorts are used: with the k best targets
    v = (sum_k U^u / (U^u - U^c) - m) / sum_k 1 / (U^u - U^c), and c_i = (U_i^u - v) / (U_i^u - U_i^c) inside the set.
    v cannot fall below the largest covered value: that target would be taken even if covered.

    Parameters
    ----------
    uncovered, covered : [target] the adversary's value without and with escort; covered (default 0) is the lower
    escorts : escorts to share out, 0 or more
    """
    lowest = np.zeros_like(uncovered) if covered is None else covered
    check_budget(escorts, "escorts")
    if len(uncovered) == 0 or not np.all(uncovered > lowest):
        raise UsageError(_("Each target must be worth more to the adversary without escort than with it."))
    order = np.argsort(-uncovered, kind="stable")
    best, width = uncovered[order], (uncovered - lowest)[order]
    level = (np.cumsum(best / width) - escorts) / np.cumsum(1.0 / width)
    next_best = np.append(best[1:], -np.inf)
    value = max(float(level[np.argmax(level >= next_best)]), float(np.max(lowest)))
    coverage = np.clip((uncovered - value) / (uncovered - lowest), 0.0, 1.0)
    return Coverage(coverage, value, -value, np.zeros(0))


def quantal_response(attacker: FloatArray, sharpness: float) -> FloatArray:
    """[target] chance of each target for an adversary who errs, proportional to exp(lambda U_i).

    (McKelvey & Palfrey 1995, Games Econ. Behav. 10:6-38.)
    """
    weight = np.exp(sharpness * (attacker - np.max(attacker)))
    return np.asarray(weight / weight.sum(), np.float64)


@dataclass(frozen=True)
class EscortGame:
    """Values of targets to both sides, and how sharply the adversary reacts.

    Attributes
    ----------
    attacker_uncovered, attacker_covered : [target] adversary's value of a target without and with escort
    defender_uncovered, defender_covered : [target] defender's value when it is chosen without and with escort
    sharpness : lambda per unit of the adversary's values; 0 chooses at random, large always takes the best; prior 0.5
        to 1 with values scaled to about 1 (judgement)
    """

    attacker_uncovered: FloatArray
    attacker_covered: FloatArray
    defender_uncovered: FloatArray
    defender_covered: FloatArray
    sharpness: float

    def judged(self, coverage: FloatArray) -> Coverage:
        """Both sides' expectation when the adversary who errs meets this coverage."""
        attacker = (1.0 - coverage) * self.attacker_uncovered + coverage * self.attacker_covered
        defender = (1.0 - coverage) * self.defender_uncovered + coverage * self.defender_covered
        chance = quantal_response(attacker, self.sharpness)
        return Coverage(coverage, float(chance @ attacker), float(chance @ defender), chance)

    def slope(self, coverage: FloatArray) -> FloatArray:
        """[target] derivative of the defender's expectation with respect to coverage."""
        now = self.judged(coverage)
        defender = (1.0 - coverage) * self.defender_uncovered + coverage * self.defender_covered
        pull = self.sharpness * (self.attacker_covered - self.attacker_uncovered) * (defender - now.defender_value)
        return np.asarray(now.attack_prob * (self.defender_covered - self.defender_uncovered + pull), np.float64)


def quantal_coverage(game: EscortGame, *, escorts: float, seed: int = 0) -> Coverage:
    """Coverage that serves the defender best when the adversary errs (Yang et al. 2011, IJCAI).

    Sequential quadratic programming (SLSQP of scipy) from the equal share, the ORIGAMI share and 16 random shares; the
    best end is returned. The value has several tops, so this is a good plan without proof that no better one exists.
    """
    from scipy.optimize import minimize

    check_budget(escorts, "escorts")
    targets = len(game.attacker_uncovered)
    most = min(float(escorts), float(targets))
    rng = np.random.default_rng(seed)
    starts = [np.full(targets, most / targets)]
    starts.append(origami(game.attacker_uncovered, escorts=escorts, covered=game.attacker_covered).coverage)
    starts += [_fitted(share * most, most) for share in rng.dirichlet(np.ones(targets), RANDOM_STARTS)]
    limit = {"type": "ineq", "fun": lambda c: most - c.sum(), "jac": lambda _c: -np.ones(targets)}
    best = game.judged(starts[0])
    for start in starts:
        found = minimize(
            lambda c: -game.judged(c).defender_value,
            start,
            jac=lambda c: -game.slope(c),
            bounds=[(0.0, 1.0)] * targets,
            constraints=[limit],
            method="SLSQP",
            options={"ftol": 1e-12, "maxiter": 500},
        )
        end = game.judged(_fitted(np.asarray(found.x, np.float64), most))
        best = max(best, end, game.judged(start), key=lambda judged: judged.defender_value)
    return best


def _fitted(coverage: FloatArray, most: float) -> FloatArray:
    """Within 0 to 1 and, scaled down if need be, within the number of escorts."""
    clipped = np.clip(coverage, 0.0, 1.0)
    return np.asarray(clipped * min(1.0, most / clipped.sum()) if clipped.sum() > 0 else clipped, np.float64)


def escort_split(hazard: FloatArray, *, units: float, deterrence: float = 1.0) -> tuple[FloatArray, float]:
    """Split escort units over roads so that the remaining hazard sum h_i exp(-delta e_i) is least.

    At the optimum every escorted road has the same remaining hazard and the others have less, so the most dangerous
    roads are filled first (closed form).

    Parameters
    ----------
    hazard : [road] 0 or more, at least one above 0
    units : escort units, 0 or more
    deterrence : delta, fall of the logarithm of hazard per unit, above 0

    Returns
    -------
    units on each road [road], remaining hazard
    """
    check_budget(units, "units")
    if not (np.all(hazard >= 0) and np.any(hazard > 0) and deterrence > 0):
        raise UsageError(_("Hazards must be 0 or more, one of them above 0, and deterrence above 0."))
    order = np.argsort(-hazard, kind="stable")
    log_hazard = np.log(hazard[order][hazard[order] > 0])
    level = (np.cumsum(log_hazard) - deterrence * units) / np.arange(1, len(log_hazard) + 1)
    next_best = np.append(log_hazard[1:], -np.inf)
    common = level[np.argmax(level >= next_best)]
    split = np.zeros(len(hazard))
    split[order[: len(log_hazard)]] = np.maximum(log_hazard - common, 0.0) / deterrence
    return split, float((hazard * np.exp(-deterrence * split)).sum())
