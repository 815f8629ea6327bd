from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amends.channels.base import BadData
from amends.channels.file import Choices, Reader, Refused, Rejections

HEADER = ["id", "author", "created", "text"]


def table(rows, delimiter=",", header=HEADER):
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows([header, *rows])
    return out.getvalue()


def rows(count, start=1):
    return [[str(n), "alice", "2026-11-21 10:00", f"Complaint {n}"] for n in range(start, start + count)]


@pytest.fixture
def file(tmp_path):
    def write(content, name="posts.csv"):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def read(path, **how):
    with Reader(path, **how) as reader:
        batches = list(reader.batches())
    posts = [post for batch in batches for post in batch.posts]
    refused = [item for batch in batches for item in batch.malformed]
    return posts, refused, reader


def texts(path, **how):
    return [post.text for post in read(path, **how)[0]]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_delimiter_and_encoding_are_found(file, delimiter, encoding):
    told = [["1", "Zoë", "2026-11-21 10:00", 'She said "no", then; left\nand\tਊ | 日本']]
    path = file(table(told, delimiter).encode(encoding))
    posts, refused, _ = read(path)
    assert [(post.text, post.author.name) for post in posts] == [(told[0][3], "Zoë")]
    assert not refused


def test_utf16_big_endian_and_the_hint_of_spreadsheets(file):
    assert texts(file(b"\xfe\xff" + table(rows(2)).encode("utf-16-be"))) == ["Complaint 1", "Complaint 2"]
    assert texts(file("sep=;\r\n" + table(rows(2), ";"))) == ["Complaint 1", "Complaint 2"]


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_jsonl_with_nested_objects(file, pack):
    line = {
        "id_str": "7",
        "user": {"screen_name": "alice", "followers_count": 12},
        "text": "Lost 🧳",
        "created_at": 1.5e9,
    }
    posts, refused, reader = read(file(pack((json.dumps(line) + "\n\n[1]\n{oops\n").encode()), "posts.bin"))
    assert [(post.id, post.author.name, post.author.followers, post.text) for post in posts] == [
        ("file:file:7", "alice", 12, "Lost 🧳")
    ]
    assert [(item.line, item.reason[:25]) for item in refused] == [
        (3, "Line 3: it is not a JSON "),
        (4, "Line 4: it is not JSON (J"),
    ]
    assert (reader.form, reader.done) == ("jsonl", reader.size)


def test_the_wrong_encoding_is_named_with_the_byte(file):
    content = table([["1", "alice", "2026-11-21", "Café"]]).encode("cp1252")
    path = file(content)
    with pytest.raises(BadData, match=rf"byte {content.index(0xE9):,} \(line 2\).*--encoding cp1252"):
        read(path)
    assert texts(path, encoding="cp1252") == ["Café"]


def test_with_the_encoding_named_only_the_bad_line_is_set_aside(file):
    content = table(rows(3)).encode().replace(b"Complaint 2", b"Caf\xe9")
    posts, refused, _ = read(file(content), encoding="utf-8")
    assert [post.text for post in posts] == ["Complaint 1", "Complaint 3"]
    assert refused[0].line == 3
    assert b"Caf\\xe9" in refused[0].raw


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04....", "spreadsheet or a zip"),
        (b'[{"text": "a"}]', "one object a line"),
        (table(rows(1)).encode("utf-16-le"), "--encoding utf-16-le"),
        (table(rows(1)).encode("utf-32"), "UTF-32"),
        (b'"text,created\n1,2\n', "must name the columns, but"),
        (b"a,b\n1,2\n", "--text"),
        (b"text,created\ra,2026-11-21\rb,2026-11-21\r", "save it with newlines"),
    ],
)
def test_a_file_that_is_no_table_says_what_to_do(file, content, why):
    with pytest.raises(BadData, match=why):
        read(file(content))


def test_numbers_without_measure_do_no_harm(file):
    line = '{"id": %s, "text": "a", "created": "2026-11-21", "likes": %s}\n'
    told = line % ("1", "2") + line % ("1" * 5_000, "2") + line % ("3", "9" * 5_000) + line % ("4", "9" * 30)
    posts, refused, _ = read(file(told, "p.jsonl"))
    assert len(posts) + len(refused) == 4
    assert [post.id for post in posts if post.engagement] == ["file:file:1"]


@pytest.mark.parametrize(("encoding", "why"), [("klingon", "no encoding"), ("cp037", "save it as UTF-8")])
def test_an_unknown_encoding(file, encoding, why):
    with pytest.raises(BadData, match=why):
        read(file("text,created\n"), encoding=encoding)


def test_a_missing_file_and_a_folder(tmp_path):
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(BadData, match="cannot be opened"):
            Reader(path)


def test_a_stray_quote_costs_one_row(file):
    lines = table(rows(6)).splitlines()
    lines[3] = '3,alice,2026-11-21 10:00,"never closed'
    posts, refused, _ = read(file("\r\n".join(lines) + "\r\n"))
    assert [post.text for post in posts] == [f"Complaint {n}" for n in (1, 2, 4, 5, 6)]
    assert [(item.line, item.raw) for item in refused] == [(4, f"{lines[3]}\r\n".encode())]


def test_a_carriage_return_inside_a_cell_is_text(file):
    assert texts(file("text,created\r\nWell\r\rthen,2026-11-21\r\n")) == ["Well\r\rthen"]


def test_a_row_of_another_width_is_refused_and_empty_ones_are_nothing(file):
    content = "text,created\nfine,2026-11-21,\n\n,,\ntoo,many,2026\nfew\n"
    posts, refused, _ = read(file(content))
    assert [post.text for post in posts] == ["fine"]
    assert [item.line for item in refused] == [5, 6]


def test_a_gzip_file_that_breaks_off_gives_what_comes_before(file):
    told = [[str(n), "alice", "2026-11-21 10:00", f"{n} {n * 7919 % 104729} {n**5 % 99991}"] for n in range(5_000)]
    packed = gzip.compress(table(told).encode())
    posts, refused, reader = read(file(packed[: len(packed) // 2], "posts.csv.gz"))
    assert [post.text for post in posts] == [row[3] for row in told[: len(posts)]]
    assert 1_000 < len(posts) < 5_000
    assert len(refused) <= 1
    assert f"after line {len(posts) + 1:,}" in reader.ended_early
    assert "Fetch the file again" in reader.ended_early


def test_a_gzip_file_that_lacks_its_end_only_or_is_damaged_there(file):
    packed = gzip.compress(table(rows(5)).encode())
    for broken, why in ((packed[:-4], "breaks off"), (packed[:-8] + b"\0" * 8, "damaged")):
        posts, refused, reader = read(file(broken, "posts.csv.gz"))
        assert (len(posts), refused) == (5, [])
        assert why in reader.ended_early


def test_a_two_megabyte_post_is_refused_and_the_next_is_read(file):
    told = rows(3)
    told[1][3] = "long " * 400_000
    posts, refused, _ = read(file(table(told)))
    assert [post.id for post in posts] == ["file:file:1", "file:file:3"]
    assert "2,000,000 characters" in refused[0].reason
    assert len(refused[0].raw) > 2_000_000


def test_a_file_may_begin_with_a_very_long_line(file):
    line = '{"text": "%s", "created": "2026-11-21"}\n'
    assert [len(text) for text in texts(file(line % ("long " * 40_000) + line % "short", "p.jsonl"))] == [200_000, 5]
    posts, refused, _ = read(file(line % ("long " * 400_000) + line % "short", "p.jsonl"))
    assert (len(posts), len(refused)) == (1, 1)


def test_a_line_without_end_is_not_held_in_memory(file, monkeypatch):
    monkeypatch.setattr("amends.channels.file.lines.LINE_MAX", 10_000)
    for encoding in ("utf-8-sig", "utf-16"):
        content = table(rows(1)) + "2,alice,2026-11-21," + "x" * 100_000 + "\r\n" + table(rows(1, 3)).split("\r\n")[1]
        posts, refused, _ = read(file(content.encode(encoding)))
        assert [post.id for post in posts] == ["file:file:1", "file:file:3"]
        assert "longer than" in refused[0].reason
        assert len(refused[0].raw) < 3_000


def test_one_id_for_two_different_posts_is_refused_and_for_equal_ones_counted(file):
    told = rows(2)
    told[1][0] = told[0][0] = "570306133677760500"
    posts, refused, reader = read(file(table([told[0], told[0], told[1]])))
    assert len(posts) == 2
    assert reader.notes["rows that repeat an earlier one, which count once"] == 1
    assert "that of line 2" in refused[0].reason
    assert "spreadsheet" in refused[0].reason


def test_an_edit_may_share_its_id(file):
    header = [*HEADER, "edited"]
    told = [[*rows(1)[0], ""], ["1", "alice", "2026-11-21 10:00", "Sorted, thanks", "2026-11-21 11:00"]]
    posts, refused, _ = read(file(table(told, header=header)))
    assert not refused
    assert posts[0].stamp < posts[1].stamp


def test_reading_goes_on_at_any_cursor(file):
    content = table([[*row[:3], f"{row[3]}\nétage"] for row in rows(20)]).encode()
    for path in (
        file(content),
        file(gzip.compress(content), "p.csv.gz"),
        file(content.decode().encode("utf-16"), "16"),
    ):
        whole = texts(path)
        with Reader(path) as reader:
            cursors = [(batch.cursor, len(batch.posts)) for batch in reader.batches(3)]
        done = 0
        for cursor, count in cursors:
            done += count
            assert texts(path, cursor=cursor) == whole[done:]


def test_a_file_that_has_grown_is_read_on_and_another_one_anew(file):
    path = file(table(rows(3)))
    cursor = read(path)[2].cursor
    path.write_bytes(path.read_bytes() + table(rows(2, 4)).split("\r\n", 1)[1].encode())
    assert texts(path, cursor=cursor) == ["Complaint 4", "Complaint 5"]
    path.write_text(table(rows(9, 100)))
    assert len(texts(path, cursor=cursor)) == 9
    path.write_text(table(rows(1)))
    assert len(texts(path, cursor=cursor)) == 1
    assert len(texts(path, cursor="nonsense")) == 1


def test_an_unfinished_row_of_a_growing_file_waits(file):
    whole = table([*rows(2), ["3", "alice", "2026-11-21 10:00", "two\nlines"]])
    for cut in range(len(whole) - 30, len(whole)):
        path = file(whole[:cut])
        posts, refused, reader = read(path, growing=True)
        assert ([post.text for post in posts], refused) == (["Complaint 1", "Complaint 2"], [])
        path.write_text(whole, newline="")
        assert texts(path, cursor=reader.cursor, growing=True) == ["two\nlines"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1), min_size=1, max_size=8),
    st.sampled_from(",;\t|"),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_every_text_comes_through_unchanged(tmp_path: Path, told, delimiter, encoding):
    path = tmp_path / "any.csv"
    told = [[str(n), "alice", "2026-11-21 10:00", text] for n, text in enumerate(told) if text.strip()]
    path.write_bytes(table(told, delimiter).encode(encoding))
    found, refused, _ = read(path, choices=Choices(keep_entities=True), delimiter=delimiter)
    assert [post.text for post in found] == [row[3] for row in told]
    assert not refused


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(st.binary(max_size=300), st.sampled_from([b"text,created\n", b'{"text":"a","created":1500000000}\n', b""]))
def test_any_bytes_give_posts_reasons_or_a_clear_error(tmp_path: Path, content, start):
    path = tmp_path / "any.bin"
    for how in (bytes, lambda data: gzip.compress(data)[:-9]):
        path.write_bytes(how(start + content))
        for encoding in ("", "utf-8", "utf-16"):
            try:
                _, refused, _ = read(path, encoding=encoding)
            except BadData as wrong:
                assert str(wrong)
            else:
                assert all(item.reason.startswith(f"Line {item.line}: ") for item in refused)


def test_refused_rows_can_be_mended_and_imported(file):
    lines = table(rows(4)).splitlines()
    lines[2] = "2,alice,03/04/2026,Which day?"
    lines[3] = '3,alice,2026-11-21,"never closed'
    path = file("\r\n".join(lines))
    _, refused, reader = read(path)
    with Rejections(path, reader.form, reader.header) as rejections:
        rejections.add(refused)
    assert (rejections.path.name, rejections.count) == ("posts.csv.rejected.csv", 2)
    kept = list(csv.DictReader(rejections.path.open(encoding="utf-8", newline="")))
    assert [(row["rejected_line"], row["text"], row["rejected_text"]) for row in kept] == [
        ("3", "Which day?", ""),
        ("4", "", f"{lines[3]}\r\n"),
    ]
    assert "--date-format" in kept[0]["rejected_reason"]
    mended, still, _ = read(rejections.path, choices=Choices(date_format="dmy"))
    assert [post.id for post in mended] == ["file:file:2"]
    assert len(still) == 1


def test_refused_objects_keep_their_shape(file):
    path = file('{"text": "a", "created": "x", "user": {"name": "Bob"}}\n{oops\n', "p.jsonl")
    _, refused, reader = read(path)
    with Rejections(path, reader.form, reader.header) as rejections:
        rejections.add(refused)
    first, second = (json.loads(line) for line in rejections.path.read_text().splitlines())
    assert (first["user"], first["rejected_line"]) == ({"name": "Bob"}, 1)
    assert (second["rejected_text"], second["rejected_line"]) == ("{oops", 2)


def test_where_the_folder_is_not_ours_they_go_to_the_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with Rejections(tmp_path / "nowhere" / "posts.csv", "csv", HEADER) as rejections:
        rejections.add([Refused(reason="Line 2: no.", raw=b"a,b", line=2)])
    assert rejections.path == tmp_path / "posts.csv.rejected.csv"
    assert "a,b" in rejections.path.read_text()


def test_without_refused_rows_there_is_no_file(file):
    path = file(table(rows(1)))
    with Rejections(path, "csv", HEADER) as rejections:
        rejections.add([])
    assert not rejections.path.exists()
