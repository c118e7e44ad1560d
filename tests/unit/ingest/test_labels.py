"""Reading label tables: what is accepted, what is counted, what is refused."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cbir.errors import InvalidRequestError, NotFoundError
from cbir.ingest.labels import Labels, Where, read_labels


@pytest.fixture
def table(tmp_path):
    """Write `labels.csv` beside the files a.jpg, b.jpg and sub/c.jpg, and read it."""
    (tmp_path / "sub").mkdir()
    for name in ("a.jpg", "b.jpg", "sub/c.jpg"):
        (tmp_path / name).write_bytes(b"x")

    def read(content, **options):
        path = tmp_path / "labels.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_labels(path, **options)

    return read


def test_paths_are_relative_to_the_table_and_labels_are_split_by_semicolons(table, tmp_path):
    read = table("path,labels\na.jpg,cat\nsub/c.jpg, dog ;cat;;cat\n")
    assert dict(read) == {
        str(tmp_path / "a.jpg"): Labels(("cat",), columns={"path": "a.jpg", "labels": "cat"}),
        str(tmp_path / "sub/c.jpg"): Labels(
            ("cat", "dog"), columns={"path": "sub/c.jpg", "labels": " dog ;cat;;cat"}
        ),
    }


def test_absolute_paths_and_dots_lead_to_the_same_file(table, tmp_path):
    read = table(f"path,labels\n{tmp_path}/a.jpg,x\n./sub/../a.jpg,y\n")
    assert read[str(tmp_path / "a.jpg")].labels == ("x", "y")
    assert (len(read), read.duplicates) == (1, 1)


def test_a_link_is_not_followed(table, tmp_path):
    (tmp_path / "link.jpg").symlink_to(tmp_path / "a.jpg")
    assert list(table("path,labels\nlink.jpg,x\n")) == [str(tmp_path / "link.jpg")]


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfpath,labels\r\na.jpg,caf\xc3\xa9\r\n",
        b"path,labels\na.jpg,caf\xc3\xa9",
        b'"path","labels"\n\n"a.jpg","caf\xc3\xa9"\n\n',
        b" path , labels \r\na.jpg, caf\xc3\xa9 \r\n ,\r\n",
    ],
    ids=["BOM and Windows line ends", "no last line end", "quotes and blank lines", "spaces and a row of commas"],
)
def test_what_spreadsheets_write_is_read_alike(table, content):
    assert [row.labels for row in table(content).values()] == [("café",)]


def test_a_quoted_field_may_hold_commas_quotes_and_line_ends(table, tmp_path):
    read = table('path,labels,caption\na.jpg,x,"A ""big"", red\nball"\n')
    assert read[str(tmp_path / "a.jpg")].caption == 'A "big", red\nball'


def test_keywords_and_caption_are_read_where_the_columns_are_there(table, tmp_path):
    read = table("path,labels,keywords,caption,place\na.jpg,x,sea; sun;sea,At the sea,Rome\nb.jpg,,,,\n")
    row = read[str(tmp_path / "a.jpg")]
    assert (row.keywords, row.caption, row.columns["place"]) == (("sea", "sun"), "At the sea", "Rome")
    assert read[str(tmp_path / "b.jpg")].labels == ()


def test_a_repeated_file_gets_all_labels_and_keywords_and_the_first_caption(table, tmp_path):
    read = table("path,labels,keywords,caption\na.jpg,x,k,\na.jpg,y;x,l;k,second\na.jpg,,,third\n")
    row = read[str(tmp_path / "a.jpg")]
    assert (row.labels, row.keywords, row.caption) == (("x", "y"), ("k", "l"), "second")
    assert read.duplicates == 2


def test_rows_without_a_file_are_listed_and_not_among_the_rows(table, tmp_path):
    read = table("path,labels\na.jpg,x\ngone.jpg,y\nsub/gone.jpg,y\n")
    assert list(read) == [str(tmp_path / "a.jpg")]
    assert read.missing == (str(tmp_path / "gone.jpg"), str(tmp_path / "sub/gone.jpg"))


def test_another_column_can_hold_the_labels(table, tmp_path):
    read = table("path,labels,colour\na.jpg,x,red;blue\n", label_column="colour")
    assert read[str(tmp_path / "a.jpg")].labels == ("blue", "red")


def test_a_row_filter_leaves_rows_out_and_counts_them(table, tmp_path):
    content = "path,labels,split\na.jpg,x,test\nb.jpg,y,train\nsub/c.jpg,z,test;hard\n"
    read = table(content, where=Where.parse("split=test"))
    assert list(read) == [str(tmp_path / "a.jpg"), str(tmp_path / "sub/c.jpg")]
    assert read.filtered == 1


def test_a_row_filter_may_hold_an_equals_sign():
    assert Where.parse(" a = b=c ") == Where("a", "b=c")


@pytest.mark.parametrize("text", ["column", "=value", ""])
def test_a_row_filter_without_column_or_equals_sign_is_refused(text):
    with pytest.raises(InvalidRequestError, match="COLUMN=VALUE"):
        Where.parse(text)


@pytest.mark.parametrize(
    ("content", "options", "words"),
    [
        ("pth,labels\na.jpg,x\n", {}, "Did you mean 'pth'"),
        ("path,label\na.jpg,x\n", {}, "no column 'labels'.*Did you mean 'label'"),
        ("path,labels\n", {"label_column": "lables"}, "no column 'lables'.*Did you mean 'labels'"),
        ("path,labels\n", {"where": Where("split", "x")}, "no column 'split'"),
        ("path;labels\na.jpg;x\n", {}, "Columns are split by commas"),
        ("path,labels,labels\n", {}, "line 1: the column 'labels' is there twice"),
        ("path,labels\na.jpg,x\nb.jpg,y,z\n", {}, "line 3: 3 fields where the header has 2"),
        ("path,labels\na.jpg\n", {}, "line 2: 1 fields"),
        ('path,labels\na.jpg,"x"y\n', {}, "line 2: "),
        ('path,labels\na.jpg,"x\n', {}, "line 2: unexpected end of data"),
        ("path,labels\n,x\n", {}, "line 2: the path is empty"),
        ("path,labels\na\0.jpg,x\n", {}, "line 2: "),
        (b"path,labels\na.jpg,caf\xe9\n", {}, "line 2: it is not UTF-8 text"),
        ("path,labels\na.jpg,x\n".encode("utf-16"), {}, "line 1: it is not UTF-8 text"),
        ("", {}, "there is no header"),
        ("\n \n", {}, "there is no header"),
        (f"path,labels\na.jpg,{'x' * 200_000}\n", {}, "line 2: field larger than field limit"),
    ],
)
def test_what_cannot_be_read_is_refused_by_file_and_line(table, content, options, words):
    with pytest.raises(InvalidRequestError, match=words) as refused:
        table(content, **options)
    assert "labels.csv" in refused.value.message
    assert refused.value.remedy


def test_a_table_that_is_not_there_is_named(tmp_path):
    with pytest.raises(NotFoundError, match=r"nowhere\.csv"):
        read_labels(tmp_path / "nowhere.csv")


def test_a_folder_is_no_table(tmp_path):
    with pytest.raises(NotFoundError, match="cannot be read"):
        read_labels(tmp_path)


def test_a_file_name_that_is_not_utf8_is_kept_byte_for_byte(table, tmp_path):
    name = os.fsencode(tmp_path) + b"/\xff\xe9.jpg"
    try:
        with open(name, "wb"):
            pass
    except OSError:
        pytest.skip("this file system takes no such names")
    read = table(b"path,labels\n\xff\xe9.jpg,x\n")
    assert [os.fsencode(path) for path in read] == [name]


@given(
    st.lists(st.text(st.characters(exclude_characters=";\0\r", exclude_categories=["Cs"]), min_size=1), min_size=1)
)
def test_any_labels_that_csv_can_quote_come_back(tmp_path_factory, labels):
    folder = tmp_path_factory.mktemp("t")
    (folder / "a.jpg").write_bytes(b"x")
    quoted = ";".join(labels).replace('"', '""')
    (folder / "labels.csv").write_bytes(f'path,labels\na.jpg,"{quoted}"\n'.encode())
    read = read_labels(folder / "labels.csv")
    assert next(iter(read.values())).labels == tuple(sorted({label.strip() for label in labels if label.strip()}))
