"""Data that people bring: painted points, a typed curve, tables; and reading files."""

import csv
import io
import json
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.datasets import DATASETS, Function, Points, Rows
from engine.datasets.own import alternating
from engine.datasets.reading import TableError, read_table
from engine.datasets.summary import as_table, correlation, describe_table, histogram
from engine.datasets.table import TABLES, Column, Shelf, Table
from engine.fields import SpecError
from engine.spec import Spec
from engine.training import Trainer

DIAGONAL = [[0.5, 0.5, 1], [-0.5, -0.5, -1], [1, 1, 1], [-1, -1, -1]]


def table(text: str, **choices: Any) -> Rows:
    return Rows(table=TABLES.put(read_table(text.encode())), **choices)


def refused(**data: Any) -> SpecError:
    with pytest.raises(SpecError) as caught:
        Spec.parse({"data": data})
    return caught.value


# --- painted points ---


def test_painted_points_are_the_data_in_their_order() -> None:
    data = Points(points=DIAGONAL).load(1)  # type: ignore[arg-type]
    assert data.points is not None
    np.testing.assert_array_equal(data.points, np.array(DIAGONAL)[:, :2])
    np.testing.assert_array_equal(data.y, [1, -1, 1, -1])


def test_a_new_point_leaves_the_others_on_their_side_of_the_split() -> None:
    rng = np.random.default_rng(3)
    points = [[*rng.uniform(-5, 5, 2), rng.choice([-1.0, 1.0])] for _ in range(40)]
    masks = [Points(points=points[:n]).load(0).train for n in range(4, 41)]  # type: ignore[arg-type]
    for fewer, more in pairwise(masks):
        np.testing.assert_array_equal(more[: len(fewer)], fewer)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 4), min_size=2, max_size=60), st.floats(0.1, 0.9))
def test_every_class_is_split_alike_and_no_side_is_empty(groups: list[int], share: float) -> None:
    mask = alternating(np.array(groups), share)
    assert mask.any() and not mask.all()
    for group in set(groups):
        members = mask[np.array(groups) == group]
        assert abs(members.sum() - share * len(members)) <= 1.5


def test_more_classes_give_the_net_more_outputs() -> None:
    spec = Spec.parse({"data": {"name": "points", "points": DIAGONAL}})
    three = [[0, 0, 0], [1, 1, 1], [2, 2, 2], [3, 3, 2]]
    after = spec.merged({"data": {"classes": 3, "points": three}})
    assert (spec.data.task, spec.network.layers[-1].units) == ("binary", 1)
    assert (after.data.task, after.network.layers[-1].units) == ("multiclass", 3)
    assert after.loss == "cross_entropy"


def test_values_can_be_painted_too() -> None:
    source = Points(classes=0, points=((0.0, 0.0, 0.25), (1.0, 1.0, -1.0)))
    assert (source.task, source.classes) == ("regression", 0)
    np.testing.assert_array_equal(source.load(0).y, [0.25, -1.0])


@pytest.mark.parametrize(
    ("given_points", "classes", "field"),
    [
        ([[0, 0, 1]], 2, "data.points"),
        ("many", 2, "data.points"),
        ([[0, 0, 1], [0, 0]], 2, "data.points[1]"),
        ([[0, 0, 1], [7, 0, 1]], 2, "data.points[1][0]"),
        ([[0, 0, 1], [0, 0, 0]], 2, "data.points[1][2]"),
        ([[0, 0, 1], [0, 0, 3]], 3, "data.points[1][2]"),
        ([[0, 0, 1], [0, 0, 0.5]], 3, "data.points[1][2]"),
        ([[0, 0, 1], [0, 0, 1.5]], 0, "data.points[1][2]"),
        ([[0, 0, 1], [0, True, 1]], 2, "data.points[1][1]"),
        ([[0, 0, float("nan")], [0, 0, 1]], 2, "data.points[0][2]"),
        ([[0, 0, 1]] * 1001, 2, "data.points"),
        (DIAGONAL, 1, "data.classes"),
        (DIAGONAL, 6, "data.classes"),
    ],
)
def test_impossible_points_are_refused_by_name(given_points: Any, classes: int, field: str) -> None:
    assert refused(name="points", classes=classes, points=given_points).field == field


# --- a curve ---


def test_points_above_the_curve_are_of_the_first_class() -> None:
    data = Function(expression="x**2 / 4 - 2").load(5)
    assert data.points is not None
    x, y = data.points.T
    np.testing.assert_array_equal(data.y > 0, y > x**2 / 4 - 2)


def test_noise_moves_no_point_of_a_curve_but_changes_labels_near_it() -> None:
    clean, noisy = Function().load(5), Function(noise=0.4).load(5)
    assert clean.points is not None and noisy.points is not None
    np.testing.assert_array_equal(clean.points, noisy.points)
    changed = clean.y != noisy.y
    height = 2 * np.sin(clean.points[:, 0])
    assert 0 < changed.mean() < 0.4
    assert np.abs(clean.points[:, 1] - height)[changed].max() < 3.1


def test_no_point_is_above_a_curve_where_it_is_not_defined() -> None:
    data = Function(expression="log(x)").load(5)
    assert data.points is not None
    assert (data.y[data.points[:, 0] < 0] == -1).all()


@pytest.mark.parametrize(
    ("text", "position", "why"),
    [
        ("2*sin(", 6, "f"),
        ("2*y", 2, "may only depend on x, not on y"),
        ("__import__('os')", 0, "no function"),
        ("a = x; a**2", 0, "must be one expression"),
        ("", 0, "nothing here"),
    ],
)
def test_what_is_no_function_of_x_is_refused_with_its_place(
    text: str, position: int, why: str
) -> None:
    error = refused(name="function", expression=text)
    assert error.field == "data.expression"
    assert error.allowed["position"] == position
    assert "sin" in error.allowed["functions"]
    assert why in str(error)


def test_a_constant_is_a_curve() -> None:
    data = Function(expression="1").load(0)
    assert data.points is not None
    np.testing.assert_array_equal(data.y > 0, data.points[:, 1] > 1)


# --- tables ---

FLOWERS = "kind,length,width\n" + "\n".join(
    f"{'ab'[i % 2]},{1 + i % 2 + i / 10},{i}" for i in range(20)
)


def test_the_task_is_found_in_the_target() -> None:
    assert table(FLOWERS).task == "binary"
    assert table(FLOWERS).target == "kind"
    assert table(FLOWERS, target="width").task == "regression"
    assert table("x,y\n" + "\n".join(f"{i},{i % 3}" for i in range(9))).task == "multiclass"


def test_chosen_columns_are_the_inputs_and_scaled_by_training_rows_only() -> None:
    source = table(FLOWERS, features=["width", "length"])
    data = source.load(9)
    assert data.inputs == ["width", "length"] and data.points is not None
    np.testing.assert_allclose(data.x_train.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(data.x_train.std(axis=0), 1)
    assert abs(data.x_test.mean(axis=0)).max() > 1e-3
    np.testing.assert_array_equal(data.encode(data.points), data.x)


def test_the_other_scalings() -> None:
    plain = table(FLOWERS, features=["width"], scaling="none").load(9)
    np.testing.assert_array_equal(plain.x[:, 0], np.arange(20))
    scaled = table(FLOWERS, features=["width"], scaling="min_max").load(9)
    assert (scaled.x_train.min(), scaled.x_train.max()) == (0.0, 1.0)


def test_values_to_be_learnt_are_scaled_and_can_be_scaled_back() -> None:
    data = table(FLOWERS, features=["length"], target="width").load(2)
    shift, spread = data.target_units
    np.testing.assert_allclose(data.y_train.mean(), 0, atol=1e-12)
    np.testing.assert_allclose(data.y * spread + shift, np.arange(20), atol=1e-12)


def test_a_column_that_does_not_vary_becomes_zero() -> None:
    data = table("x,c,y\n1,5,a\n2,5,b\n3,5,a\n4,5,b").load(0)
    np.testing.assert_array_equal(data.x[:, 1], 0)


GAPS = "x,z,y\n1,1,a\n2,,b\n3,3,\n4,4,b\n1,1,a\n6,NA,a"


def test_rows_with_gaps_are_dropped_or_filled_and_never_those_without_a_target() -> None:
    dropped = table(GAPS, features=["x", "z"], target="y")
    filled = table(GAPS, features=["x", "z"], target="y", missing="mean")
    assert (dropped.samples, filled.samples) == (3, 5)
    data = filled.load(0)
    assert data.original is not None
    known = np.array([True, False, True, True, False])
    mean = data.original[known & data.train, 1].mean()
    np.testing.assert_allclose(data.original[~known, 1], mean)


def test_repeated_rows_can_be_dropped() -> None:
    assert table(GAPS, target="y", duplicates="drop").samples == 2
    again = read_table(b"x,y\n1,\n1,\n1,2\n1,2\n2,1")
    assert again.first_of_their_kind().tolist() == [True, False, True, False, True]


def test_classes_keep_the_names_that_stand_in_the_file() -> None:
    data = table("x,y\n1,no\n2,yes\n3,no", target="y").load(0)
    assert data.class_names == ["no", "yes"]
    np.testing.assert_array_equal(data.y, [-1, 1, -1])
    names = table("x,y\n1,c\n2,a\n3,b\n4,a", target="y").load(0)
    assert names.class_names == ["a", "b", "c"] and names.y.tolist() == [2, 0, 1, 0]


@pytest.mark.parametrize(
    ("choices", "field"),
    [
        ({"target": "nothing"}, "data.target"),
        ({"features": ["kind"]}, "data.features"),
        ({"features": ["width"], "target": "width"}, "data.features"),
        ({"task": "regression"}, "data.task"),
        ({"target": "width", "task": "binary"}, "data.task"),
        ({"scaling": "strange"}, "data.scaling"),
        ({"features": "width"}, "data.features"),
    ],
)
def test_impossible_choices_are_refused_by_name(choices: dict[str, Any], field: str) -> None:
    key = TABLES.put(read_table(FLOWERS.encode()))
    assert refused(name="table", table=key, **choices).field == field


def test_a_text_with_too_many_values_is_no_target() -> None:
    text = "x,y\n" + "\n".join(f"{i},name{i}" for i in range(11))
    key = TABLES.put(read_table(text.encode()))
    assert refused(name="table", table=key, target="y").field == "data.target"


def test_a_table_that_is_gone_is_said_to_be() -> None:
    error = refused(name="table", table="0123456789abcdef")
    assert error.field == "data.table" and "upload the file again" in str(error)


@pytest.mark.parametrize("name", ["points", "function", "table"])
def test_a_reload_gives_the_same_bits(name: str) -> None:
    spec = Spec.parse({"data": {"name": name}})
    again = Spec.parse(json.loads(json.dumps(spec.to_json())))
    first, second = Trainer(spec), Trainer(again)
    for trainer in (first, second):
        trainer.run(50)
    for (_, a), (_, b) in zip(
        first.network.named_parameters(), second.network.named_parameters(), strict=True
    ):
        assert a.data.tobytes() == b.data.tobytes()


def test_the_menu_has_them() -> None:
    assert [DATASETS[name] for name in ("points", "function", "table")] == [Points, Function, Rows]


# --- the shelf ---


def numbers(*values: float) -> Table:
    return Table("t", (Column("a", np.array(values)), Column("b", np.array(values))))


def test_the_least_recently_used_table_goes_first() -> None:
    shelf = Shelf(most=2)
    first, second = shelf.put(numbers(1, 2)), shelf.put(numbers(3, 4))
    shelf.get(first)
    shelf.put(numbers(5, 6))
    assert shelf.get(first) is not None and shelf.get(second) is None


def test_the_shelf_holds_no_more_bytes_than_it_may() -> None:
    shelf = Shelf(most_bytes=100)
    for value in range(6):
        shelf.put(numbers(value, value))
    assert len(shelf) == 3


def test_what_a_spec_uses_stays_as_long_as_it_lives() -> None:
    shelf, used = Shelf(most=1), numbers(1, 2)
    key = shelf.put(used)
    shelf.put(numbers(3, 4))
    assert shelf.get(key) is used
    del used
    assert shelf.get(key) is None


def test_the_same_content_is_the_same_table() -> None:
    one, other = read_table(b"a,b\n1,2\n3,4"), read_table(b"\xef\xbb\xbfa;b\r\n1;2\r\n3;4\r\n")
    assert one.id == other.id != read_table(b"a,b\n1,2\n3,5").id


# --- reading ---


def cells(body: bytes) -> list[list[Any]]:
    return [column.cells for column in read_table(body).columns]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends_are_found(delimiter: str, ending: str) -> None:
    lines = ["a,b,c", "1,2,x", "3.5,-4e2,y", ""]
    text = ending.join(line.replace(",", delimiter) for line in lines)
    read = read_table(text.encode())
    assert read.found["delimiter"] == delimiter and read.names == ["a", "b", "c"]
    assert [column.cells for column in read.columns] == [[1, 3.5], [2, -400], ["x", "y"]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_unicode_comes_in_several_ways(encoding: str) -> None:
    read = read_table("größe,b\n1,ja\n2,日本".encode(encoding))
    assert read.names == ["größe", "b"] and read["b"].cells == ["ja", "日本"]


def test_old_encodings_are_found() -> None:
    assert read_table("面积,价格\n1,2\n".encode("gb18030")).names == ["面积", "价格"]
    assert read_table("größe,b\n1,2\n".encode("cp1252")).names == ["größe", "b"]


def test_a_decimal_comma_is_understood_where_commas_do_not_separate() -> None:
    assert cells(b"a;b\n1,5;2\n-2,25;3\n") == [[1.5, -2.25], [2, 3]]
    assert cells(b"1,5;2,5\n3,1;4,2\n") == [[1.5, 3.1], [2.5, 4.2]]


def test_without_a_header_columns_are_numbered() -> None:
    read = read_table(b"1,2\n3,4\n")
    assert read.names == ["column_1", "column_2"] and read.rows == 2
    assert read.found["header"] is False


def test_names_are_there_and_different() -> None:
    assert read_table(b",x,x,x_2\n1,2,3,4\n").names == ["column_1", "x", "x_2", "x_2_2"]


@pytest.mark.parametrize("gap", ["", "NA", "nan", "NULL", "?", "inf", "-Infinity", "1e999"])
def test_gaps_and_what_is_not_finite_are_missing(gap: str) -> None:
    read = read_table(f"a,b\n1,x\n{gap},y\n3,z".encode())
    assert read["a"].cells == [1, None, 3]


def test_quotes_hold_delimiters_and_line_ends() -> None:
    assert cells(b'a,b\n1,"x, ""y""\nz"\n2,w') == [[1, 2], ['x, "y"\nz', "w"]]


def test_a_formula_is_text() -> None:
    assert cells(b"a,b\n1,=cmd()\n2,<script>") == [[1, 2], ["=cmd()", "<script>"]]


@pytest.mark.parametrize("odd", ["1_000", "0x10", "\u0661", "1,2", "12kg", "1 2"])
def test_what_people_do_not_write_as_a_number_makes_a_column_of_texts(odd: str) -> None:
    assert read_table(f'a,b\n1,2\n"{odd}",3'.encode())["a"].kind == "text"


BROKEN: list[tuple[bytes, str, int | None]] = [
    (b"", "empty", None),
    (b"  \n\n ", "empty", None),
    (b"\xef\xbb\xbf", "empty", None),
    (b",,,\n,,\n", "empty", None),
    (b"a,b\n1,2\n\x00\x01,3", "binary", 3),
    (b"\x89PNG\r\n\x1a\n\x00\x00", "encoding", None),
    (b"PK\x03\x04aaaa", "binary", 1),
    (b"\xff\xfea", "encoding", 1),
    (b"a\n1\n2\n", "one_column", 1),
    (b"a,b\n", "no_rows", 1),
    (b"a,b\nx,y\nz,w\n", "no_rows", None),
    (b"a,b\n1,2\n3\n", "ragged", 3),
    (b"a,b\n1,2\n\n3,4,5\n", "ragged", 4),
    (b'a,b\n1,2\n3,"4\n5,6\n', "quotes", None),
    (b'a,b\n1,"2"x\n', "quotes", 2),
    (b"a,b\n" + b"1,2\n" * 10_001, "too_many_rows", 10_002),
    (b"1,2\n" * 10_001, "too_many_rows", 10_001),
    (b",".join(b"%d" % i for i in range(101)), "too_many_columns", 1),
    (b"a,b\n1," + b"x" * 1001, "field_too_long", 2),
    (b"a,b\n1," + b"x" * 200_000, "field_too_long", 2),
]


@pytest.mark.parametrize(("body", "reason", "line"), BROKEN, ids=lambda v: str(v)[:24])
def test_what_cannot_be_used_is_refused_with_its_line(
    body: bytes, reason: str, line: int | None
) -> None:
    if body == b"a,b\nx,y\nz,w\n":
        reason = "no_numbers"
    with pytest.raises(TableError) as caught:
        read_table(body)
    assert caught.value.reason in {reason, "binary" if reason == "encoding" else reason}
    assert line is None or caught.value.line == line


def test_ten_thousand_rows_are_read() -> None:
    assert read_table(b"a,b\n" + b"1,2\n" * 10_000).rows == 10_000


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    try:
        describe_table(read_table(body))
    except TableError as error:
        assert error.reason


SEPARATED = st.text("ab1,;\t|\"'\n\r .-=e\u00e9", max_size=120)


@settings(max_examples=400, deadline=None)
@given(SEPARATED)
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        json.dumps(describe_table(read_table(text.encode())), allow_nan=False)
    except TableError as error:
        assert error.line is None or error.line >= 1


WORDS = st.text(
    st.characters(blacklist_categories=["Cc", "Cs"]) | st.sampled_from(',;\t|"'),
    min_size=1,
    max_size=12,
).filter(lambda text: text.strip() == text and " ".join(text.split()) == text)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)


@settings(max_examples=200, deadline=None)
@given(st.data(), st.sampled_from(",;\t|"), st.integers(1, 4), st.integers(1, 8))
def test_what_the_csv_module_writes_is_read_back(
    data: st.DataObject, delimiter: str, width: int, rows: int
) -> None:
    """Letters around each text keep it from being a number or a mark for nothing."""
    texts = st.builds("k{}k".format, WORDS)
    names = data.draw(st.lists(texts, min_size=width + 1, max_size=width + 1, unique=True))
    body = [
        [*data.draw(st.lists(FLOATS, min_size=width, max_size=width)), data.draw(texts)]
        for _ in range(rows)
    ]
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows([names, *body])
    read = read_table(file.getvalue().encode())
    assert read.found["delimiter"] == delimiter
    assert read.names == names
    assert [list(row) for row in zip(*(c.cells for c in read.columns), strict=True)] == body


# --- what a table is like ---


def test_a_table_is_described_in_numbers() -> None:
    described = describe_table(read_table(b"a,b,c\n1,x,2\n2,y,4\n3,x,\n1,x,2"))
    a, b, c = described["columns"]
    assert (a["min"], a["max"], a["mean"], a["quartiles"]) == (1, 3, 1.75, [1, 1.5, 2.25])
    assert a["histogram"] == {"edges": [0.5, 1.5, 2.5, 3.5], "counts": [2, 1, 1]}
    assert b["histogram"] == {"labels": ["x", "y"], "counts": [3, 1], "others": 0}
    assert (c["missing"], c["distinct"]) == (1, 2)
    assert described["duplicates"] == 1
    np.testing.assert_allclose(described["correlation"], [[1, 1], [1, 1]])


def test_correlation_is_that_of_numpy_and_nothing_where_a_column_does_not_vary() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 50))
    assert correlation([x, x + y])[0][1] == pytest.approx(np.corrcoef(x, x + y)[0, 1])
    assert correlation([x, np.ones(50)]) == [[pytest.approx(1), None], [None, None]]


@settings(max_examples=200, deadline=None)
@given(st.lists(FLOATS, min_size=1, max_size=40))
def test_every_value_is_in_a_bin(values: list[float]) -> None:
    with np.errstate(all="ignore"):
        bins = histogram(np.array(values))
    assert sum(bins["counts"]) == len(values)
    assert len(bins["edges"]) == len(bins["counts"]) + 1
    json.dumps(bins, allow_nan=False)


@pytest.mark.parametrize("name", DATASETS)
def test_every_data_set_can_be_looked_at_as_a_table(name: str) -> None:
    source = DATASETS[name]()
    shown = as_table(source.load(42))
    assert shown.rows == source.samples
    json.dumps(describe_table(shown), allow_nan=False)


def test_painted_values_of_both_signs_are_on_both_sides_of_the_split() -> None:
    values = tuple((float(i % 7), 0.0, 0.5 if i % 2 else -0.5) for i in range(20))
    data = Points(classes=0, points=values).load(0)  # type: ignore[arg-type]
    assert {*np.sign(data.y_train)} == {*np.sign(data.y_test)} == {-1.0, 1.0}
