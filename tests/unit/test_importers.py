"""Tables of other publishers: every layout is understood, every row used or set aside with its reason."""

from __future__ import annotations

import datetime as dt
import json
import os
from pathlib import Path

import exchange_files as files
import numpy as np
import pytest
from exchange_files import AS_OF, LAYOUTS

from citerne.base.errors import DataError, UsageError
from citerne.cli.main import main
from citerne.exchange.acled import read_acled
from citerne.exchange.event_import import import_events, read_roads, read_traffic
from citerne.exchange.events import Event, RoadLines, count_by_segment, segment_weights, week_shares
from citerne.exchange.power_plants import plant_rows, read_plants
from citerne.exchange.ucdp import event_rows, read_ucdp
from citerne.exchange.unhcr import read_unhcr
from citerne.exchange.wfp_prices import US_GALLON_L, product_of, read_prices, target_rows
from citerne.schema.write import write_rows

SHARED = Path(os.environ.get("CITERNE_SHARED", Path(__file__).resolve().parents[3] / "shared")) / "data"
needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason="shared data are not beside the checkout (CITERNE_SHARED)"
)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_every_row_of_an_unspoilt_file_is_used(tmp_path, layout, delimiter):
    table = LAYOUTS[layout]()
    items, report = table.read(table.write(tmp_path / "x.csv", delimiter=delimiter))
    assert (report.rows_read, report.rows_used, report.set_aside) == (len(table.rows), len(table.rows), [])
    assert items


def test_the_five_layouts_of_wfp_prices_tell_the_same(tmp_path):
    def read(layout):
        table = LAYOUTS[layout]()
        prices, _report = read_prices(table.write(tmp_path / f"{layout}.csv"), AS_OF)
        return [
            (p.month, p.admin1, p.market, p.commodity, p.product, p.sold_on, p.unit, p.price_type, p.price)
            for p in prices
        ]

    first = read("wfp")
    assert len(first) == 60
    for other in ("wfp_before_2025", "wfp_2020", "wfp_vam", "wfp_hapi"):
        assert read(other) == first


def test_fuel_prices_become_targets_of_a_litre_by_kind_of_market(tmp_path):
    table = files.wfp_current()
    prices, _report = read_prices(table.write(tmp_path / "x.csv"), AS_OF)
    targets = target_rows(prices)
    assert {t["variable"] for t in targets} == {"price_pump", "price_street"}
    assert {t["product"] for t in targets} == {"diesel", "gasoline"}
    assert len(targets) == sum(row[10] == "L" for row in table.rows)
    first = targets[0]
    assert (first["place"], first["date_start"], first["date_end"]) == (
        "port_eleve",
        dt.date(2025, 1, 1),
        dt.date(2025, 1, 31),
    )
    assert product_of("Fuel (gas)") == "lpg"
    assert product_of("Fuel (Super Petrol)") == "gasoline"
    assert product_of("Fuel (kerosene)") == product_of("Transport (diesel)") == ""


def test_a_gallon_is_a_us_gallon(tmp_path):
    table = files.wfp_current(3)
    table.rows[0][10] = "Gallon"
    table.rows[1][10] = "5 L"
    prices, _report = read_prices(table.write(tmp_path / "x.csv"), AS_OF)
    assert [p.price_per_l for p in prices] == pytest.approx([600 / US_GALLON_L, 610 / 5, 620])


def test_both_acled_layouts_give_the_same_events(tmp_path):
    new = files.acled_current(20)
    old = files.acled_old(20)
    events = [read_acled(t.write(tmp_path / f"{i}.csv"), AS_OF)[0] for i, t in enumerate((new, old))]
    assert events[0] == events[1]


def test_acled_filters_count_what_they_leave_out(tmp_path):
    path = files.acled_current().write(tmp_path / "x.csv")
    events, report = read_acled(path, AS_OF, kinds=frozenset({"armed clash"}), actor="group a")
    assert 0 < len(events) < 40
    assert report.rows_used == 40
    assert any("filters" in line for line in report.remarks)


def test_a_note_with_line_breaks_commas_and_quotes_is_one_row(tmp_path):
    table = files.acled_current(5)
    table.rows[2][table.header.index("notes")] = 'First line, with commas,,,\nsecond "quoted" line;\n\nlast'
    _events, report = read_acled(table.write(tmp_path / "x.csv"), AS_OF)
    assert (report.rows_read, report.rows_used) == (5, 5)


def test_a_quote_that_never_closes_costs_one_row_and_no_more(tmp_path):
    table = files.acled_current(20)
    text = table.text().replace("TST7,", '"TST7,')
    path = tmp_path / "x.csv"
    path.write_text(text, encoding="utf-8")
    events, report = read_acled(path, AS_OF)
    assert report.rows_read == 20
    assert [s.row for s in report.set_aside] == [8]
    assert {f"TST{i}" for i in range(1, 21)} - {e.event_id for e in events} == {"TST7"}


def test_a_stray_quote_does_not_swallow_the_rows_behind_it(tmp_path):
    table = files.unhcr_camps(12)
    path = tmp_path / "x.csv"
    path.write_text(table.text().replace("TSA,camp-é0,1056", '"TSA,camp-é0,1056'), encoding="utf-8")
    figures, report = read_unhcr(path, AS_OF)
    assert report.rows_read == 12
    assert [(s.row, s.reason) for s in report.set_aside] == [(10, "a quote is opened and never closed")]
    assert len(figures) == 11


def test_of_two_releases_of_one_ucdp_event_the_later_row_counts(tmp_path):
    table = files.ucdp_yearly(10)
    again = list(table.rows[3])
    again[table.header.index("best")] = "99"
    again[table.header.index("high")] = "120"
    table.rows.append(again)
    events, report = read_ucdp(table.write(tmp_path / "x.csv"), AS_OF)
    assert [(s.row, s.reason) for s in report.set_aside] == [(5, "replaced by row 12")]
    assert max(deaths for _event, deaths in events) == 99
    assert all(row["lat"] == round(row["lat"], 1) for row in event_rows(events))


def test_reasons_name_row_column_and_what_stands_there(tmp_path):
    table = files.ucdp_yearly(12)
    at = {h: i for i, h in enumerate(table.header)}
    table.rows[0][at["latitude"]] = "NaN"
    table.rows[1][at["date_end"]] = "2031-05-06"
    table.rows[2][at["where_prec"]] = "12"
    table.rows[3][at["latitude"]], table.rows[3][at["longitude"]] = "95", "12"
    table.rows[4] = table.rows[4][:7]
    table.rows[5][at["date_start"]] = "soon"
    _events, report = read_ucdp(table.write(tmp_path / "x.csv"), AS_OF)
    reasons = {s.row: s.reason for s in report.set_aside}
    assert reasons == {
        2: "latitude: found NaN, expected a number",
        3: "date_end: 2031-05-06 lies in the future of 2025-11-01",
        4: "where_prec: found 12, expected 1 to 7",
        5: "latitude: found 95, expected -90 to 90",
        6: "cut: 7 cells of 49",
        7: "date_start: found soon, expected a date like 2025-09-03",
    }
    assert report.rows_read == report.rows_used + len(report.set_aside) == 12


def test_exchanged_coordinates_of_a_row_are_noticed_among_the_others(tmp_path):
    table = files.acled_current(20)
    at = {h: i for i, h in enumerate(table.header)}
    row = table.rows[6]
    row[at["latitude"]], row[at["longitude"]] = row[at["longitude"]], row[at["latitude"]]
    _events, report = read_acled(table.write(tmp_path / "x.csv"), AS_OF)
    assert [s.row for s in report.set_aside] == [8]
    assert "exchanged" in report.set_aside[0].reason


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"PK\x03\x04rest", "zip or xlsx"),
        (b"\xef\xbb\xbf\n", "empty"),
        (b"hello\nworld\n", "is this the right file"),
        (files.gppd(0).text().encode(), "header and no rows"),
        (b"name,country\nx,y\n", "no such column"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(tmp_path, content, words):
    path = tmp_path / "plants.csv"
    path.write_bytes(content)
    with pytest.raises(DataError, match=words):
        read_plants(path)


def test_days_that_can_be_read_two_ways_are_not_guessed(tmp_path):
    table = files.unhcr_camps(6)
    for i, row in enumerate(table.rows):
        row[0] = f"0{i + 1}/05/2025"
    path = table.write(tmp_path / "x.csv")
    _figures, report = read_unhcr(path, AS_OF)
    assert (report.rows_used, len(report.set_aside)) == (1, 5)  # 05/05 is the same either way
    table.rows[0][0] = "23/05/2025"
    figures, report = read_unhcr(table.write(path), AS_OF)
    assert report.set_aside == []
    assert figures[1].date_start == dt.date(2025, 5, 2)


def test_missing_displacement_figures_are_not_zero(tmp_path):
    table = files.unhcr_yearly(4)
    figures, _report = read_unhcr(table.write(tmp_path / "x.csv"), AS_OF)
    assert {f.population for f in figures} == {"refugees", "returned_refugees", "stateless", "oip"}


def test_p_codes_read_as_numbers_are_refused_with_the_mend(tmp_path):
    table = files.codab(8)
    table.rows[2][2] = "2002.0"
    units, report = table.read(table.write(tmp_path / "x.csv"))
    assert "store it as text" in report.set_aside[0].reason
    assert {u.pcode for u in units if u.level == 1} == {"TS00", "TS01", "TS02", "TS03"}


def test_plants_of_a_zone_carry_kind_product_and_the_mark_of_a_guess(tmp_path):
    plants, _report = read_plants(files.gppd(4).write(tmp_path / "x.csv"))
    rows = plant_rows(plants, "zone1")
    assert [(r["kind"], r["product"]) for r in rows] == [
        ("hydro", None),
        ("thermal", "hfo"),
        ("solar", None),
        ("thermal", None),
    ]
    assert {r["confidence"] for r in rows} == {"E"}


def _event(**change) -> Event:
    base = {
        "event_id": "x",
        "first": dt.date(2025, 9, 1),
        "last": dt.date(2025, 9, 1),
        "lat": 10.0,
        "lon": 0.5,
        "precision": 1,
        "region": "R",
        "country": "T",
        "kind": "k",
    }
    return Event(**(base | change))


def _two_roads() -> RoadLines:
    places = [{"place": p, "lon": x, "lat": y} for p, x, y in (("a", 0, 10), ("b", 1, 10), ("c", 1, 11))]
    roads = [{"segment": s, "from_place": f, "to_place": t} for s, f, t in (("ab", "a", "b"), ("bc", "b", "c"))]
    return RoadLines.from_rows(places, roads, [])


def test_an_event_counts_by_distance_and_precision_and_never_more_than_once():
    lines = _two_roads()
    assert segment_weights(_event(), lines) == {0: pytest.approx(1)}
    five_km_off = 10 + 5 / 111.195
    assert segment_weights(_event(lat=five_km_off), lines)[0] == pytest.approx(np.exp(-0.5), rel=1e-3)
    at_the_junction = segment_weights(_event(lon=1.0), lines)
    assert at_the_junction == {0: pytest.approx(0.5), 1: pytest.approx(0.5)}
    vague = segment_weights(_event(lat=five_km_off, precision=2), lines)
    assert sum(vague.values()) > np.exp(-0.5)
    assert segment_weights(_event(precision=3), lines) == {}
    assert segment_weights(_event(lat=12.0), lines) == {}


def test_counts_by_segment_and_what_lies_off_the_roads_sum_to_the_events():
    events = [_event(), _event(lon=1.0), _event(lat=20.0), _event(precision=3), _event(lat=10.03, precision=2)]
    counts = count_by_segment(events, _two_roads())
    assert counts.counts.sum() + counts.off_road + counts.region_only == pytest.approx(len(events))


def test_an_event_of_a_month_is_spread_evenly_over_its_days():
    shares = week_shares(_event(first=dt.date(2025, 9, 1), last=dt.date(2025, 9, 30)))
    assert sum(shares.values()) == pytest.approx(1)
    assert shares[dt.date(2025, 9, 1)] == pytest.approx(7 / 30)
    assert shares[dt.date(2025, 9, 29)] == pytest.approx(2 / 30)


def _road_folder(folder: Path) -> Path:
    folder.mkdir()
    provenance = {"source": "test", "confidence": "E"}
    places = [
        {
            "place": p,
            "name_en": p,
            "name_fr": p,
            "kind": "town",
            "country_iso2": "TS",
            "lat": y,
            "lon": x,
            "reporting": True,
            **provenance,
        }
        for p, x, y in (("west", -5.2, 12.3), ("mid", -4.8, 12.3), ("east", -4.4, 12.3))
    ]
    roads = [
        {
            "segment": s,
            "from_place": f,
            "to_place": t,
            "length_km": 43.5,
            "surface": "paved",
            "truck_hours": 1,
            "hazard_weight": 1,
            **provenance,
        }
        for s, f, t in (("wm", "west", "mid"), ("me", "mid", "east"))
    ]
    write_rows(folder / "places.csv", tuple(places[0]), places)
    write_rows(folder / "roads.csv", tuple(roads[0]), roads)
    return folder


def test_events_of_a_file_become_hazards_of_segments_and_no_row_is_written(tmp_path):
    path = files.acled_current(40).write(tmp_path / "acled.csv")
    events, report = read_acled(path, AS_OF)
    found = import_events(events, report, read_roads(_road_folder(tmp_path / "roads")))
    found.write(tmp_path / "out", "x")
    assert [a.area for a in found.areas] == ["wm", "me"]
    assert found.areas[0].rate_p05 < found.areas[0].rate_mean < found.areas[0].rate_p95
    assert np.mean(list(found.weights.values())) == pytest.approx(1)
    assert found.scored == "sum"  # two segments share each event near their junction
    assert {s.forecaster for s in found.scores} >= {"last_value", "twelve_month_empirical", "gamma_poisson"}
    written = "".join(f.read_text(encoding="utf-8") for f in (tmp_path / "out").iterdir())
    for secret in ("TST1", "tanker convoy", "Armed group", "12.3000", "Battles"):
        assert secret not in written


def test_traffic_turns_counts_into_rates_for_each_vehicle_kilometre(tmp_path):
    path = files.acled_current(40).write(tmp_path / "acled.csv")
    events, report = read_acled(path, AS_OF)
    roads = read_roads(_road_folder(tmp_path / "roads"))
    weeks = count_by_segment(events, roads.lines).weeks
    rows = [{"area": s, "week": w, "trips": n} for s, n in (("wm", 100), ("me", 10)) for w in weeks]
    write_rows(tmp_path / "traffic.csv", ("area", "week", "trips"), rows)
    plain = import_events(events, report, roads)
    with_traffic = import_events(events, report, roads, read_traffic(tmp_path / "traffic.csv"))
    assert with_traffic.areas[0].exposure == pytest.approx(100 * 43.5 * min(len(weeks), 52))
    ratio = [t.rate_mean / p.rate_mean for t, p in zip(with_traffic.areas, plain.areas, strict=True)]
    assert ratio[1] > 5 * ratio[0]
    write_rows(tmp_path / "other.csv", ("area", "week", "trips"), [{"area": "?", "week": weeks[0], "trips": 1}])
    with pytest.raises(UsageError, match="no area and week"):
        import_events(events, report, roads, read_traffic(tmp_path / "other.csv"))


def test_a_file_with_exchanged_coordinate_columns_is_refused_where_roads_tell(tmp_path):
    table = files.acled_current(40)
    i, j = table.header.index("latitude"), table.header.index("longitude")
    table.header[i], table.header[j] = "longitude", "latitude"
    events, report = read_acled(table.write(tmp_path / "x.csv"), AS_OF)
    with pytest.raises(DataError, match="exchange"):
        import_events(events, report, read_roads(_road_folder(tmp_path / "roads")))


@pytest.mark.parametrize(
    ("verb", "layout", "written"),
    [
        ("acled", "acled", "event_counts.csv"),
        ("ucdp", "ucdp", "events.csv"),
        ("wfp-prices", "wfp", "targets.csv"),
        ("power-plants", "gppd", "plants.csv"),
        ("unhcr", "unhcr_camps", "displacement.csv"),
        ("cod-ab", "cod_ab", "admin_units.csv"),
    ],
)
def test_the_verb_prints_one_json_object_with_the_promised_keys(tmp_path, capsys, verb, layout, written):
    path = LAYOUTS[layout]().write(tmp_path / "x.csv")
    main(["import", verb, str(path), "--out", str(tmp_path / "out"), "--json"])
    payload = json.loads(capsys.readouterr().out)
    assert payload["rows_read"] == payload["rows_used"] + len(payload["set_aside"]) > 0
    assert (tmp_path / "out" / written).is_file()


def test_the_verb_tells_a_person_what_was_set_aside_and_exits_3_where_nothing_is_left(tmp_path, capsys):
    table = files.gppd(14)
    for row in table.rows[1:]:
        row[4] = "much"
    main(["import", "power-plants", str(table.write(tmp_path / "x.csv")), "--out", str(tmp_path / "out")])
    shown = capsys.readouterr().out
    assert "14 rows read, 1 used, 13 set aside" in shown
    assert "row 3: capacity_mw: found much, expected a number" in shown
    table.rows[0][4] = "some"
    with pytest.raises(SystemExit) as stop:
        main(["import", "power-plants", str(table.write(tmp_path / "x.csv")), "--out", str(tmp_path / "out")])
    assert stop.value.code == 3
    assert "none of 14 rows" in capsys.readouterr().err


@needs_shared
@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("prices/wfp_hdx_fuel_nicaragua_2013_2019.csv", lambda p: read_prices(p, AS_OF)),
        ("prices/wfp_hdx_fuel_palestine_2017_2024.csv", lambda p: read_prices(p, AS_OF)),
        ("prices/wfp_hdx_fuel_syria_2013_2023.csv", lambda p: read_prices(p, AS_OF)),
        ("power/gppd_mali_and_neighbours.csv", read_plants),
        ("displacement/unhcr_mali_refugees_by_camp.csv", lambda p: read_unhcr(p, AS_OF)),
        ("displacement/unhcr_mali_2012_country_totals.csv", lambda p: read_unhcr(p, AS_OF)),
    ],
)
def test_nothing_of_a_real_file_is_set_aside(name, read):
    items, report = read(SHARED / name)
    assert report.set_aside == []
    assert report.rows_read == report.rows_used
    assert items
