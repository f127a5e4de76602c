"""The tables of a case that drive a run: places, roads, corridors, demand, storage, power, parameters, inputs."""

from __future__ import annotations

from citerne.schema.columns import CONFIDENCE, PROVENANCE, SOURCE, SOURCE_DATE, Column, Table
from citerne.schema.tables_outlook import DEMANDS
from citerne.schema.tables_people import PEOPLE_TABLES

PLACE_KINDS = ("capital", "town", "rural", "mine", "border", "port", "refinery", "depot", "power_plant", "locality")
USER_CLASSES = ("hospital", "water", "power", "telecom", "public_transport", "private", "mine", "trade")
SURFACES = ("paved", "paved_poor", "gravel", "track", "urban", "ferry", "river", "sea")
DISTRIBUTIONS = ("fixed", "uniform", "loguniform", "triangular", "normal", "lognormal", "beta")
ROLES = ("input", "outcome", "variant", "context")

PLACES = Table(
    "places",
    "Every named point: demand places, border posts, ports and what lies between.",
    (
        Column("place", "id", "Key of the place."),
        Column("name_en", "text", "Name in English."),
        Column("name_fr", "text", "Name in French."),
        Column("kind", "choice", "What the place is.", choices=PLACE_KINDS),
        Column("country_iso2", "text", "Country, ISO 3166 alpha-2."),
        Column("admin1", "text", "First-level region.", required=False),
        Column("adm1_pcode", "text", "COD-AB code of that region, as text.", required=False),
        Column("lat", "float", "Latitude, rounded to 0.1 degree for sites.", "degrees north", -90, 90),
        Column("lon", "float", "Longitude, rounded to 0.1 degree for sites.", "degrees east", -180, 180),
        Column("population", "int", "People living there.", "people", 0, 100_000_000, required=False),
        Column("grid_zone", "ref", "Power zone that feeds the place.", refers="zones", required=False),
        Column("reporting", "bool", "Whether its outcomes are recorded by default."),
        *PROVENANCE,
    ),
)

ROADS = Table(
    "roads",
    "Road segments between two places.",
    (
        Column("segment", "id", "Key of the segment."),
        Column("from_place", "ref", "One end.", refers="places"),
        Column("to_place", "ref", "Other end.", refers="places"),
        Column("road_number", "text", "National number.", required=False),
        Column("length_km", "float", "Length along the road.", "km", 0.00001, 5_000),
        Column("surface", "choice", "Surface, which sets the speed.", choices=SURFACES),
        Column("truck_hours", "float", "Driving time of a loaded tanker.", "h", 0, 500),
        Column("hazard_weight", "float", "Ambush exposure per km against the case's mean; 0 is safe.", "", 0, 100),
        *PROVENANCE,
    ),
)

ROAD_VIAS = Table(
    "road_vias",
    "Points between the ends of a segment, for drawing only.",
    (
        Column("segment", "ref", "Segment they belong to.", refers="roads"),
        Column("seq", "int", "Order from `from_place`.", "", 1, 10_000),
        Column("lat", "float", "Latitude.", "degrees north", -90, 90),
        Column("lon", "float", "Longitude.", "degrees east", -180, 180),
    ),
    required=False,
)

THEATRES = Table(
    "theatres",
    "Regions in which the armed group's pressure rises and falls together.",
    (
        Column("theatre", "id", "Key of the theatre."),
        Column("name_en", "text", "Name in English."),
        Column("name_fr", "text", "Name in French."),
    ),
)

CORRIDORS = Table(
    "corridors",
    "Ways from a supply source over a border post to a hub.",
    (
        Column("corridor", "id", "Key of the corridor."),
        Column("name_en", "text", "Name in English."),
        Column("name_fr", "text", "Name in French."),
        Column("group", "text", "Corridors reported together, such as all from one port."),
        Column("theatre", "ref", "Theatre of its exposed part.", refers="theatres"),
        Column("mode", "choice", "Official trade, or informal trickle.", choices=("official", "informal")),
        Column("path", "path", "Places from source to hub, in order.", refers="places"),
        Column("border_place", "ref", "Where loaded trucks wait for escort or courage.", refers="places"),
        Column("foreign_days", "int", "Days from loading to the border.", "days", 0, 40),
        Column("inland_days", "int", "Days from the border to the hub.", "days", 1, 28),
        Column(
            "parcel_m3",
            "float",
            "Volume of a product that comes as a whole, such as a ship or a train; empty where trucks come one by one.",
            "m3",
            0,
            1_000_000,
            required=False,
        ),
        Column("blockaded_from_start", "bool", "Whether the first declaration names it.", required=False),
        *PROVENANCE,
    ),
)

SUPPLY = Table(
    "supply",
    "Normal share of each product's national need that comes by each corridor.",
    (
        Column("corridor", "ref", "Corridor.", refers="corridors"),
        Column("product", "ref", "Product.", refers="products"),
        Column("share", "float", "Share of the need of that product; sums to 1 by product.", "", 0, 1),
        *PROVENANCE,
    ),
)

DROPS = Table(
    "drops",
    "Places on the way that unload straight from a corridor.",
    (
        Column("corridor", "ref", "Corridor.", refers="corridors"),
        Column("place", "ref", "Place that unloads.", refers="places"),
        Column("weight", "float", "Priority against the hub, whose weight is 1.", "", 0, 100),
        *PROVENANCE,
    ),
    required=False,
)

LEGS = Table(
    "legs",
    "Onward legs: which place feeds which.",
    (
        Column("place", "ref", "Place that is fed; one leg each.", refers="places"),
        Column("from_place", "ref", "Place that feeds it.", refers="places"),
        Column("theatre", "ref", "Theatre of the leg.", refers="theatres"),
        Column("path", "path", "Places from feeder to fed.", refers="places"),
        Column("days", "int", "Travel days.", "days", 1, 14),
        Column("extra_km", "float", "Exposed distance beyond the drawn path (village roads).", "km", 0, 2_000),
        Column("weight", "float", "Priority against other legs.", "", 0, 100),
        *PROVENANCE,
    ),
    required=False,
)

PRODUCTS = Table(
    "products",
    "Fuels.",
    (
        Column("product", "id", "Key: gasoline, diesel, hfo, jet, lpg."),
        Column("name_en", "text", "Name in English."),
        Column("name_fr", "text", "Name in French."),
        Column("density_t_per_m3", "float", "Density that turns tonnes into m3.", "t/m3", 0.3, 1.2),
        Column("price_pump", "float", "Official price at the start, in the case's currency.", "currency/L", 0, 1e7),
        Column("retail", "bool", "Sold at pumps to the public."),
        *PROVENANCE,
    ),
)

DEMAND = Table(
    "demand",
    "Normal use by place, product and user class.",
    (
        Column("place", "ref", "Place.", refers="places"),
        Column("product", "ref", "Product.", refers="products"),
        Column("user_class", "choice", "Who uses it.", choices=USER_CLASSES),
        Column("demand_m3_per_day", "float", "Normal use.", "m3/day", 0, 100_000),
        *PROVENANCE,
    ),
)

STORAGE = Table(
    "storage",
    "Tanks: depots and stations of a place together.",
    (
        Column("place", "ref", "Place.", refers="places"),
        Column("product", "ref", "Product.", refers="products"),
        Column("capacity_m3", "float", "Tank capacity.", "m3", 0, 2_000_000),
        Column("opening_stock_m3", "float", "Stock on the morning of day 0.", "m3", 0, 2_000_000),
        *PROVENANCE,
    ),
)

ZONES = Table(
    "zones",
    "Power zones.",
    (
        Column("zone", "id", "Key of the zone."),
        Column("name_en", "text", "Name in English."),
        Column("name_fr", "text", "Name in French."),
        Column("place", "ref", "Place whose stock feeds its thermal plants.", refers="places"),
        Column("load_mw", "float", "Mean load when all is served.", "MW", 0, 100_000),
        Column("load_profile", "ref", "Monthly profile of the load.", refers="profiles", required=False),
        *PROVENANCE,
    ),
    required=False,
)

FEEDERS = Table(
    "feeders",
    "Kinds of feeder in a zone and how hard load shedding hits them.",
    (
        Column("zone", "ref", "Zone.", refers="zones"),
        Column("feeder", "choice", "Kind of feeder.", choices=("priority", "ordinary", "edge")),
        Column("load_share", "float", "Share of the zone's load; sums to 1 by zone.", "", 0, 1),
        Column("shed_weight", "float", "Relative depth of shedding.", "", 0, 100),
        *PROVENANCE,
    ),
    required=False,
)

PLANTS = Table(
    "plants",
    "Power plants and import contracts.",
    (
        Column("plant", "id", "Key of the plant."),
        Column("name_en", "text", "Name in English."),
        Column("name_fr", "text", "Name in French."),
        Column("zone", "ref", "Zone it feeds.", refers="zones"),
        Column("kind", "choice", "What it runs on.", choices=("hydro", "import", "solar", "thermal")),
        Column("product", "ref", "Fuel of a thermal plant.", refers="products", required=False),
        Column("capacity_mw", "float", "Nameplate, or contract.", "MW", 0, 100_000),
        Column("available_share", "float", "Part of it that can run.", "", 0, 1),
        Column("fuel_l_per_kwh", "float", "Fuel use of a thermal plant.", "L/kWh", 0, 1, required=False),
        Column("profile", "ref", "Monthly profile of what it can give.", refers="profiles", required=False),
        Column("merit", "int", "Order of use, 1 first.", "", 1, 1_000),
        *PROVENANCE,
    ),
    required=False,
)

PROFILES = Table(
    "profiles",
    "Monthly factors.",
    (
        Column("profile", "text", "Name of the profile."),
        Column("month", "int", "Calendar month.", "", 1, 12),
        Column("factor", "float", "Factor of that month.", "", 0, 10),
        *PROVENANCE,
    ),
    required=False,
    named_by="profile",
)

PARAMETERS = Table(
    "parameters",
    "What is not known exactly: one prior each.",
    (
        Column("parameter", "id", "Name as the processes declare it."),
        Column("distribution", "choice", "Shape of the prior.", choices=DISTRIBUTIONS),
        Column("low", "float", "5 % point (normal, lognormal), lower end (uniform, triangular).", required=False),
        Column("best", "float", "Median, mode or fixed value."),
        Column("high", "float", "95 % point or upper end.", required=False),
        Column("unit", "text", "Unit.", required=False),
        *PROVENANCE,
    ),
)

INPUTS = Table(
    "inputs",
    "Dated decisions from outside the modelled system; the only rows that drive a run.",
    (
        Column("input_id", "id", "Key of the row."),
        Column("lever", "text", "Lever it moves; `citerne schema levers` lists them."),
        Column("target", "text", "Theatre, corridor, place or product; empty or `all` for every one.", required=False),
        Column("value", "float", "New value, in the lever's unit."),
        Column("date_start", "date", "First day."),
        Column("date_end", "date", "Last day; empty until further notice.", required=False),
        Column("role", "choice", "Only input and variant may stand here.", choices=ROLES),
        Column("variant", "text", "Variant it belongs to, as `axis:choice`; empty for all.", required=False),
        Column("event_id", "ref", "Event it comes from.", refers="events", required=False),
        Column("known_date", "date", "When it became known."),
        *PROVENANCE,
    ),
    required=False,
)

VARIANTS = Table(
    "variants",
    "Rival structural assumptions, carried with weights.",
    (
        Column("variant", "id", "Key, as `axis:choice` with _ for anything else."),
        Column("axis", "text", "Which question it answers."),
        Column("choice", "text", "Which answer."),
        Column("weight", "float", "Weight among the answers; sums to 1 by axis.", "", 0, 1),
        Column("sets", "text", "Parameters it fixes, as name=value joined by ;", required=False),
        Column("meaning_en", "text", "In words, English."),
        Column("meaning_fr", "text", "In words, French."),
        *PROVENANCE,
    ),
    required=False,
)

EVENTS = Table(
    "events",
    "What happened, by role: input, outcome, variant or context.",
    (
        Column("event_id", "id", "Key of the event."),
        Column("date", "date", "Day, or first day of the week or month."),
        Column("date_precision", "choice", "How exact the date is.", choices=("day", "week", "month")),
        Column("place", "text", "Where, in words.", required=False),
        Column("lat", "float", "Latitude, rounded to 0.1 degree.", "degrees north", -90, 90, required=False),
        Column("lon", "float", "Longitude, rounded to 0.1 degree.", "degrees east", -180, 180, required=False),
        Column("corridor", "text", "Corridor or group.", required=False),
        Column("type", "text", "Kind of event."),
        Column("role", "choice", "May it drive a run?", choices=ROLES),
        Column("actor", "text", "Who.", required=False),
        Column("trucks_in_convoy", "int", "Size of the convoy.", "trucks", 0, 10_000, required=False),
        Column("escorted", "choice", "Under escort?", choices=("yes", "no", "unknown"), required=False),
        Column("trucks_destroyed_low", "int", "Lowest count.", "trucks", 0, 10_000, required=False),
        Column("trucks_destroyed_best", "int", "Best count.", "trucks", 0, 10_000, required=False),
        Column("trucks_destroyed_high", "int", "Highest count.", "trucks", 0, 10_000, required=False),
        Column("killed_best", "int", "People killed, best count.", "people", 0, 100_000, required=False),
        Column("summary", "text", "What happened, in our words."),
        Column("known_date", "date", "When it became known."),
        *(SOURCE, SOURCE_DATE, CONFIDENCE),
    ),
    required=False,
)

TARGETS = Table(
    "targets",
    "Observations made comparable with a simulation; used for scoring, never for driving.",
    (
        Column("target_id", "id", "Key of the row."),
        Column("variable", "text", "Outcome; unknown names are reported as not modelled."),
        Column("place", "text", "Place, corridor, corridor group or country."),
        Column("product", "text", "Product, `all`, or empty.", required=False),
        Column("date_start", "date", "First day of the window."),
        Column("date_end", "date", "Last day of the window."),
        Column("aggregation", "choice", "How the window is summed up.", choices=("mean", "sum", "last", "max", "min")),
        Column("low", "float", "Lower end of what was reported.", required=False),
        Column("best", "float", "What was reported.", required=False),
        Column("high", "float", "Upper end of what was reported.", required=False),
        Column("unit", "text", "Unit.", required=False),
        Column("bound", "choice", "Kind of report.", choices=("exact", "interval", "at_least", "at_most")),
        Column("reliability", "choice", "A verified to E guess.", choices=("A", "B", "C", "D", "E")),
        Column("obs_ids", "text", "Rows it rests on.", required=False),
        Column("note", "text", "Remark.", required=False),
        Column("variant", "text", "Rival observation model it belongs to.", required=False),
        Column("known_date", "date", "When it became known."),
    ),
    required=False,
)

OBSERVATIONS = Table(
    "observations",
    "Figures as reported, for provenance.",
    (
        Column("obs_id", "id", "Key of the row."),
        Column("date", "text", "YYYY, YYYY-MM or YYYY-MM-DD."),
        Column("date_precision", "text", "day, week, month, year or period.", required=False),
        Column("place", "text", "Where, in words."),
        Column("variable", "text", "What was reported."),
        Column("product", "text", "Product, in words.", required=False),
        Column("value_low", "float", "Lower end.", required=False),
        Column("value_best", "float", "Value.", required=False),
        Column("value_high", "float", "Upper end.", required=False),
        Column("unit", "text", "Unit as reported.", required=False),
        Column("summary", "text", "In our words."),
        Column("source", "text", "Title and publisher."),
        Column("source_date", "text", "Date of the source.", required=False),
    ),
    required=False,
)

FIGURES = Table(
    "figures",
    "Structural figures with range, source and confidence, from which demand, storage and priors were derived.",
    (
        Column("figure", "id", "Name of the figure."),
        Column("low", "float", "Lower end.", required=False),
        Column("best", "float", "Best value.", required=False),
        Column("high", "float", "Upper end.", required=False),
        Column("unit", "text", "Unit."),
        Column("applies_to", "text", "What it is about.", required=False),
        Column("summary", "text", "In our words."),
        *(SOURCE, SOURCE_DATE, CONFIDENCE),
    ),
    required=False,
)

# In reading order: a table may refer to those above it and to itself.
CASE_TABLES: tuple[Table, ...] = (
    PRODUCTS, THEATRES, PROFILES, PLACES, ZONES, FEEDERS, PLANTS, ROADS, ROAD_VIAS, CORRIDORS, SUPPLY, DROPS, LEGS,
    DEMAND, STORAGE, *PEOPLE_TABLES, PARAMETERS, EVENTS, INPUTS, VARIANTS, TARGETS, OBSERVATIONS, FIGURES,
    DEMANDS,
)  # fmt: skip
