"""The library of named policies of the Mali case: enough of them, in two languages, none of them empty words."""

from __future__ import annotations

import numpy as np

import citerne
from citerne.case.case import load
from citerne.case.policies import find_policy, policies_of


def test_the_mali_case_has_a_library_of_policies_that_each_change_the_futures() -> None:
    case = load("mali")
    names = policies_of(case)
    assert len(names) + 1 >= 12, "with the recorded practice"
    titles = [find_policy(case, name).titles for name in ("recorded", *names)]
    assert len({title.en for title in titles}) == len({title.fr for title in titles}) == len(titles)
    recorded = citerne.run(case, days=98, members=40).values
    for name in names:
        assert not np.array_equal(citerne.run(case, days=98, members=40, policy=name).values, recorded), name


def test_some_policies_set_levers_in_advance_and_some_by_rules() -> None:
    case = load("mali")
    policies = [find_policy(case, name) for name in policies_of(case)]
    assert sum(bool(policy.triggers) for policy in policies) >= 3
    assert sum(bool(policy.sets) for policy in policies) >= 8
