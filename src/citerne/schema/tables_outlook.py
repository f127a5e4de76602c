"""Tables of the outlook and the evidence base: how it may end, what may follow, and what is known."""

from __future__ import annotations

from citerne.schema.columns import PROVENANCE, Column, Table

OUTCOMES = ("deal", "siege_broken", "coup", "collapse", "stalemate")
HYPOTHESES = ("hts_like", "taliban_like", "fragmented", "negotiated")
REFERENCE_HYPOTHESIS = "taliban_like"
CODES = ("yes", "no", "unclear")
VERDICTS = ("supported", "contradicted", "unverified", "too_vague")
BASES = ("read", "computed", "memory", "judgement")


def _two(stem: str, english: str, required: bool = True) -> tuple[Column, Column]:
    """A text column in both languages."""
    return (
        Column(f"{stem}_en", "text", f"{english} (English).", required=required),
        Column(f"{stem}_fr", "text", f"{english} (French).", required=required),
    )


EVIDENCE = Column(
    "evidence", "text", "Rows it rests on, as table:id with a space between, such as events:ML-E023.", required=False
)
KNOWN_DATE = Column("known_date", "date", "When it became known.")

BASE_RATE_TABLE = Table(
    "base_rates",
    "How often such wars and regimes ended before: counts, exposure and the figure they give.",
    (
        Column("base_rate", "id", "Key of the row."),
        *_two("name", "What ended, in which class of cases"),
        Column("kind", "choice", "rate: ends over years; share: part of a count; quoted: a figure alone.",
               choices=("rate", "share", "quoted")),
        Column("cases", "int", "Regimes, wars or groups in the class.", "", 0, 1_000_000, required=False),
        Column("ends", "float", "Ends counted (rate), or members of the part (share).", "", 0, 1e6, required=False),
        Column("exposure", "float", "Years at risk (rate), or the whole count (share).", "", 0, 1e7, required=False),
        Column("figure", "float", "The figure as published or computed before rounding to two digits.", "", 0, 1e4,
               required=False),
        Column("figure_low", "float", "Lower 95 % end.", "", 0, 1e4, required=False),
        Column("figure_high", "float", "Upper 95 % end.", "", 0, 1e4, required=False),
        Column("unit", "text", "Unit of the figure."),
        Column("basis", "choice", "read in a source, computed from data, from memory, or judgement.", choices=BASES),
        *PROVENANCE,
    ),
    required=False,
)  # fmt: skip

OUTCOME_RISKS = Table(
    "outcome_risks",
    "Competing ends, each with the base rate it starts from; the one without a rate is what is left over.",
    (
        Column("outcome", "choice", "The end.", choices=OUTCOMES),
        Column("base_rate", "ref", "Yearly rate to start from.", refers="base_rates", required=False),
        Column("share", "ref", "Part of that rate that ends this way.", refers="base_rates", required=False),
        *_two("name", "Name of the end"),
        *_two("meaning", "What counts as this end"),
    ),
    required=False,
)

JUDGEMENT_FACTORS = Table(
    "judgement_factors",
    "Editable factors on the base rates: low, best and high multiply the yearly rate of one outcome.",
    (
        Column("factor", "id", "Key of the factor."),
        Column("outcome", "choice", "Outcome whose rate it multiplies.", choices=OUTCOMES[:-1]),
        Column("low", "float", "5 % point of the factor.", "", 0.01, 100),
        Column("best", "float", "Median of the factor; 1 changes nothing.", "", 0.01, 100),
        Column("high", "float", "95 % point of the factor.", "", 0.01, 100),
        Column("applies", "choice", "Does present evidence call for it?", choices=CODES),
        *_two("name", "The judgement in a few words"),
        *_two("reason", "Why it applies, or what would make it apply"),
        KNOWN_DATE,
        EVIDENCE,
        *PROVENANCE,
    ),
    required=False,
)

WARNING_SIGNS = Table(
    "warning_signs",
    "Early-warning signs such as embassy drawdowns, with their stated weight on one outcome.",
    (
        Column("sign", "id", "Key of the sign."),
        Column("outcome", "choice", "Outcome it warns of.", choices=OUTCOMES[:-1]),
        Column("date", "date", "When it was seen or looked for."),
        Column("seen", "choice", "Was it seen?", choices=CODES),
        Column("ratio_low", "float", "Likelihood ratio, 5 % point.", "", 0.01, 100),
        Column("ratio", "float", "Likelihood ratio of the sign if the outcome is near.", "", 0.01, 100),
        Column("ratio_high", "float", "Likelihood ratio, 95 % point.", "", 0.01, 100),
        Column("weight", "float", "Trust in it, 0 to 1; the ratio is taken to this power.", "", 0, 1),
        Column("cluster", "text", "Signs that follow one another share a cluster."),
        Column("dependence", "float", "0: others of the cluster are news of their own; 1: mere copies.", "", 0, 1),
        *_two("name", "The sign"),
        KNOWN_DATE,
        EVIDENCE,
        *PROVENANCE,
    ),
    required=False,
)

HYPOTHESIS_TABLE = Table(
    "hypotheses",
    "How a victor might rule, with the belief to start from.",
    (
        Column("hypothesis", "choice", "Key of the hypothesis.", choices=HYPOTHESES),
        Column("prior", "float", "Belief before the indicators; the four sum to 1.", "", 0, 1),
        *_two("name", "Name"),
        *_two("meaning", "What it means"),
        *PROVENANCE,
    ),
    required=False,
)

INDICATORS = Table(
    "indicators",
    "Board of signs of how a victor would rule: likelihood ratios against the Taliban-like reference.",
    (
        Column("indicator", "id", "Key of the indicator."),
        *_two("text", "The sign"),
        Column("ratio_hts_like", "float", "Chance to see it if HTS-like, over Taliban-like.", "", 0.2, 5),
        Column("ratio_fragmented", "float", "Chance to see it if fragmented, over Taliban-like.", "", 0.2, 5),
        Column("ratio_negotiated", "float", "Chance to see it if negotiated, over Taliban-like.", "", 0.2, 5),
        Column("chance_reference", "float", "Chance to have seen it by now if Taliban-like.", "", 0, 0.95),
        Column("weight", "float", "Costly act 1, cheap talk near 0.", "", 0, 1),
        Column("cluster", "text", "Indicators that tend to come together share a cluster."),
        Column("dependence", "float", "0: news of its own within the cluster; 1: a mere copy.", "", 0, 1),
        *PROVENANCE,
    ),
    required=False,
)

INDICATOR_EVIDENCE = Table(
    "indicator_evidence",
    "Dated reports that an indicator was seen, was not seen, or cannot be told.",
    (
        Column("evidence_id", "id", "Key of the row."),
        Column("indicator", "ref", "Indicator it speaks to.", refers="indicators"),
        Column("date", "date", "Date of what was reported."),
        Column("seen", "choice", "yes, no or unclear; unclear has likelihood ratio 1.", choices=CODES),
        Column("quality", "float", "Quality of the source, 0 to 1.", "", 0, 1),
        *_two("text", "What was reported"),
        KNOWN_DATE,
        EVIDENCE,
        *PROVENANCE,
    ),
    required=False,
)

ACTORS = Table(
    "actors",
    "Who takes part: armed groups, state bodies, partners, neighbours, trade.",
    (
        Column("actor", "id", "Key of the actor."),
        *_two("name", "Name"),
        Column("kind", "choice", "Kind of actor.",
               choices=("armed_group", "state", "foreign_force", "organisation", "neighbour", "trade")),
        Column("part_of", "ref", "Actor it belongs to or joined.", refers="actors", required=False),
        Column("active_from", "text", "Since when: YYYY, YYYY-MM or YYYY-MM-DD.", required=False),
        Column("active_to", "text", "Until when; empty if still.", required=False),
        *_two("role", "Part it plays"),
        EVIDENCE,
        *PROVENANCE,
    ),
    required=False,
)  # fmt: skip

TIMELINE = Table(
    "timeline",
    "Dated background since the conflict began; the blockade itself stands in events.",
    (
        Column("timeline_id", "id", "Key of the row."),
        Column("date", "date", "Day, or first day of the month or year."),
        Column("date_precision", "choice", "How exact the date is.", choices=("day", "week", "month", "year")),
        Column("actors", "text", "Keys of actors, with a space between.", required=False),
        *_two("text", "What happened"),
        Column("known_date", "date", "When it became known; the date itself if empty.", required=False),
        *PROVENANCE,
    ),
    required=False,
)

CLAIMS = Table(
    "claims",
    "Checkable claims of the article behind the case, with verdict, evidence and the quantity they speak to.",
    (
        Column("claim_id", "id", "Key of the claim."),
        *_two("claim", "The claim, in our words"),
        Column("verdict", "choice", "What the record says.", choices=VERDICTS),
        *_two("reason", "Why this verdict"),
        EVIDENCE,
        Column("quantity", "text", "Outcome, lever or outlook key it speaks to; empty if none.", required=False),
        Column("known_date", "date", "When the claim and the evidence for its verdict were known."),
        *PROVENANCE,
    ),
    required=False,
)

DEMANDS = Table(
    "demands",
    "What the armed group asks for, and which part of it is met from when on.",
    (
        Column("demand", "id", "Key of the demand."),
        *_two("name", "The demand, in our words"),
        Column("weight", "float", "What it counts among all demands; judgement.", "", 0, 1000),
        Column("met", "float", "Part that is met, from `met_date` on.", "", 0, 1),
        Column("met_date", "date", "First day on which that part is met; day 0 if empty.", required=False),
        KNOWN_DATE,
        EVIDENCE,
        *PROVENANCE,
    ),
    required=False,
)

OUTLOOK_TABLES: tuple[Table, ...] = (
    BASE_RATE_TABLE, OUTCOME_RISKS, JUDGEMENT_FACTORS, WARNING_SIGNS, HYPOTHESIS_TABLE, INDICATORS, INDICATOR_EVIDENCE,
    ACTORS, TIMELINE, CLAIMS,
)  # fmt: skip
