"""The situation sheet: which sheets it has, their columns, and their headings in two languages.

Every row says when it was counted (`date`), when it became known (`known_date`, else the same day), who says so and how
far to trust it (A verified to E guess). `confirmed` answers a question that an earlier check raised. Rules of early
warning say nothing about the country: they have no day and hold for every nowcast made with the sheet.
"""

from __future__ import annotations

from citerne.schema.columns import CONFIDENCES, Column, Table
from citerne.schema.tables import USER_CLASSES
from citerne.schema.watched import TESTS

OWNERS = ("trade", "power", "humanitarian", "mine")
STATUS = ("planned", "moving", "waiting", "arrived", "lost")
MEASURES = ("closure", "truce", "decision")
MOST_L = 2e9
# what a rule may watch: the chance of running dry, and outcomes of the model by their own names
QUANTITIES = (
    "dry_within", "stock_days", "stock_volume", "stations_open_share", "queue_hours", "price_street",
    "power_hours_per_day", "tankers_waiting_border", "facility_hours_left",
)  # fmt: skip

_DATE = Column("date", "date", "Day of the count; the last one of a period.")
_COMMON = (
    Column("known_date", "date", "Day on which it became known; empty: the day of the count.", required=False),
    Column("source", "text", "Who says so.", required=False),
    Column("reliability", "choice", "A verified, B high, C medium, D low, E guess.", choices=CONFIDENCES),
    Column("confirmed", "bool", "Yes once somebody has looked again at a row that was questioned.", required=False),
    Column("note", "text", "Remark.", required=False),
)
_PLACE = Column("place", "ref", "Town.", refers="places")
_PRODUCT = Column("product", "ref", "Fuel.", refers="products")

SHEETS: tuple[Table, ...] = (
    Table("stocks", "Fuel counted in depots and towns.", (
        _DATE, _PLACE,
        Column("depot", "text", "Depot, where the count covers only that one.", required=False),
        _PRODUCT,
        Column("stock_m3", "float", "Usable fuel.", "m3", 0, 5e6),
        Column("whole_town", "bool", "Whether the count covers the town; empty: yes without a depot.", required=False),
        *_COMMON)),
    Table("arrivals", "Loaded tankers that reached a town.", (
        Column("from_date", "date", "First day of the period; empty: that day alone.", required=False),
        _DATE, _PLACE,
        Column("trucks", "int", "Tankers that arrived.", "trucks", 0, 100_000),
        Column("volume_m3", "float", "Fuel they brought.", "m3", 0, 5e6, required=False),
        *_COMMON)),
    Table("consignments", "Fuel on its way, one load a row.", (
        Column("consignment", "id", "Key of the load."),
        Column("owner", "choice", "Whose it is.", choices=OWNERS),
        _PRODUCT,
        Column("volume_m3", "float", "Fuel loaded.", "m3", 0, 5e6),
        Column("place_now", "text", "Place or corridor where it is, by id or name; else in words.", required=False),
        Column("place", "ref", "Town it is meant for.", refers="places"),
        Column("mode", "choice", "How it travels.", choices=("road", "rail", "river", "sea", "air")),
        Column("status", "choice", "How far it has come.", choices=STATUS),
        Column("dispatched_date", "date", "Day it set out.", required=False),
        Column("eta_low", "date", "Earliest day of arrival.", required=False),
        Column("eta_best", "date", "Expected day of arrival.", required=False),
        Column("eta_high", "date", "Latest day of arrival.", required=False),
        Column("arrived_date", "date", "Day it arrived or was lost.", required=False),
        Column("arrived_m3", "float", "Fuel that arrived.", "m3", 0, 5e6, required=False),
        _DATE, *_COMMON)),
    Table("border", "Loaded tankers that wait at a border post.", (
        _DATE, _PLACE,
        Column("trucks_waiting", "int", "Tankers that wait.", "trucks", 0, 100_000),
        *_COMMON)),
    Table("stations", "Stations, queues and prices.", (
        _DATE, _PLACE, _PRODUCT,
        Column("open_share", "float", "Share of stations that have fuel.", "", 0, 1, required=False),
        Column("queue_h", "float", "Wait.", "h", 0, 1_000, required=False),
        Column("price_pump", "float", "Official price.", "currency/L", 0, 1e7, required=False),
        Column("price_street", "float", "Price outside stations.", "currency/L", 0, 1e7, required=False),
        *_COMMON)),
    Table("power", "Hours of power.", (
        _DATE, Column("zone", "ref", "Power zone.", refers="zones"),
        Column("power_h", "float", "Hours of supply a day.", "h/day", 0, 24),
        *_COMMON)),
    Table("attacks", "Attacks on tankers.", (
        _DATE, Column("corridor", "ref", "Corridor.", refers="corridors"),
        Column("trucks_destroyed", "int", "Tankers destroyed.", "trucks", 0, 10_000),
        *_COMMON)),
    Table("measures", "Closures, truces and decisions taken.", (
        _DATE, Column("kind", "choice", "What it is.", choices=MEASURES),
        Column("lever", "text", "What it moves, as `citerne schema levers` names it; empty for closure and truce.",
               required=False),
        Column("target", "text", "Corridor, town, theatre or product; empty: all.", required=False),
        Column("value", "float", "New value; empty: 1.", required=False),
        Column("from_date", "date", "First day; empty: the day of the row.", required=False),
        Column("until_date", "date", "Last day; empty: until further notice.", required=False),
        *_COMMON)),
    Table("facilities", "Fuel in the tanks of facilities.", (
        _DATE, Column("facility", "ref", "Facility.", refers="facilities"),
        Column("stock_l", "float", "Fuel in its tank.", "L", 0, MOST_L),
        *_COMMON)),
    Table("pool", "Fuel set apart for humanitarian use.", (
        _DATE, _PLACE, _PRODUCT, Column("volume_m3", "float", "Fuel held.", "m3", 0, 5e6), *_COMMON)),
    Table("requests", "Requests to that pool.", (
        _DATE, Column("request", "id", "Key of the request."), _PLACE, _PRODUCT,
        Column("user_class", "choice", "Who asks.", choices=USER_CLASSES),
        Column("litres", "float", "Fuel asked for.", "L", 0, MOST_L),
        Column("litres_per_day", "float", "What they burn in a day.", "L/day", 0, MOST_L),
        Column("weight", "float", "Weight, for allotment by weight; empty: 1.", "", 0, 1000, required=False),
        *_COMMON)),
    Table("rules", "When to warn: rules of early warning.", (
        Column("rule", "id", "Key of the rule."),
        Column("quantity", "choice", "What it watches.", choices=QUANTITIES),
        Column("place", "text", "Town, border post, corridor, power zone or facility; empty: all.", required=False),
        Column("product", "ref", "Fuel; empty: all.", refers="products", required=False),
        Column("comparison", "choice", "How it is compared.", choices=TESTS),
        Column("threshold", "float", "Value to compare with; a chance of running dry in 100.", "", 0, 1e9),
        Column("within_days", "int", "Days ahead that count; empty: 14 for dry_within, else 1.", "days", 1, 365,
               required=False),
        Column("chance", "float", "Chance in 100 from which it fires; empty: 50; not used by dry_within.", "in 100",
               0, 100, required=False),
        Column("text_en", "text", "What the alert says, in English.", required=False),
        Column("text_fr", "text", "What the alert says, in French.", required=False),
        Column("note", "text", "Remark.", required=False))),
)  # fmt: skip
SHEET_BY_NAME = {table.name: table for table in SHEETS}

# English and French headings; a sheet may also use the plain names of its columns.
TITLES = {
    "stocks": ("Stocks", "Stocks"), "arrivals": ("Arrivals", "Arrivées"), "consignments": ("Consignments", "Envois"),
    "border": ("Border", "Frontière"), "stations": ("Stations", "Stations"), "power": ("Power", "Électricité"),
    "attacks": ("Attacks", "Attaques"), "measures": ("Measures", "Mesures"), "facilities": ("Facilities", "Sites"),
    "pool": ("Pool", "Réserve"), "requests": ("Requests", "Demandes"),
    "rules": ("Rules", "Règles"),
}  # fmt: skip
HEADINGS = {
    "date": ("Date", "Date"), "from_date": ("From", "Du"), "until_date": ("Until", "Au"),
    "known_date": ("Known on", "Connu le"), "source": ("Source", "Source"), "reliability": ("Reliability", "Fiabilité"),
    "confirmed": ("Confirmed", "Confirmé"), "note": ("Note", "Remarque"), "place": ("Town", "Ville"),
    "depot": ("Depot", "Dépôt"), "product": ("Product", "Produit"), "stock_m3": ("Stock (m3)", "Stock (m3)"),
    "whole_town": ("Whole town", "Toute la ville"), "trucks": ("Tankers", "Camions-citernes"),
    "volume_m3": ("Volume (m3)", "Volume (m3)"), "consignment": ("Consignment", "Envoi"),
    "owner": ("Owner", "Propriétaire"), "place_now": ("Place now", "Lieu actuel"), "mode": ("Mode", "Mode"),
    "status": ("Status", "État"), "dispatched_date": ("Dispatched", "Parti le"),
    "eta_low": ("Earliest arrival", "Arrivée au plus tôt"), "eta_best": ("Expected arrival", "Arrivée prévue"),
    "eta_high": ("Latest arrival", "Arrivée au plus tard"), "arrived_date": ("Arrived on", "Arrivé le"),
    "arrived_m3": ("Arrived (m3)", "Arrivé (m3)"), "trucks_waiting": ("Tankers waiting", "Camions en attente"),
    "open_share": ("Open share", "Part ouverte"), "queue_h": ("Queue (h)", "Attente (h)"),
    "price_pump": ("Pump price", "Prix à la pompe"), "price_street": ("Street price", "Prix de rue"),
    "zone": ("Power zone", "Zone électrique"), "power_h": ("Power (h/day)", "Électricité (h/jour)"),
    "corridor": ("Corridor", "Corridor"), "trucks_destroyed": ("Tankers destroyed", "Camions détruits"),
    "kind": ("Kind", "Nature"), "lever": ("Lever", "Levier"), "target": ("Target", "Cible"),
    "value": ("Value", "Valeur"), "facility": ("Facility", "Site"), "stock_l": ("Stock (L)", "Stock (L)"),
    "request": ("Request", "Demande"), "user_class": ("User", "Usager"), "litres": ("Litres", "Litres"),
    "litres_per_day": ("Litres a day", "Litres par jour"), "weight": ("Weight", "Poids"),
    "rule": ("Rule", "Règle"), "quantity": ("Quantity", "Grandeur"), "comparison": ("Comparison", "Comparaison"),
    "threshold": ("Threshold", "Seuil"), "within_days": ("Within (days)", "Sous (jours)"),
    "chance": ("Chance (in 100)", "Chance (sur 100)"), "text_en": ("Text, English", "Texte, anglais"),
    "text_fr": ("Text, French", "Texte, français"),
}  # fmt: skip
WORDS_FR = {
    "commerce": "trade", "électricité": "power", "humanitaire": "humanitarian", "mine": "mine", "route": "road",
    "rail": "rail", "fleuve": "river", "mer": "sea", "air": "air", "prévu": "planned", "en route": "moving",
    "en attente": "waiting", "arrivé": "arrived", "perdu": "lost", "fermeture": "closure", "trêve": "truce",
    "décision": "decision", "oui": "yes", "non": "no", "hôpital": "hospital", "eau": "water",
    "télécom": "telecom", "transport": "public_transport", "privé": "private",
    "à sec sous": "dry_within", "jours de stock": "stock_days", "volume de stock": "stock_volume",
    "stations ouvertes": "stations_open_share", "attente": "queue_hours", "prix de rue": "price_street",
    "heures d'électricité": "power_hours_per_day", "camions en attente": "tankers_waiting_border",
    "heures restantes": "facility_hours_left",
}  # fmt: skip
