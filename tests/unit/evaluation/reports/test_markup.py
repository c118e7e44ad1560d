"""HTML that what it shows cannot forge."""

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from cbir.evaluation.reports.markup import Markup, join, tag

TEXT = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00\r"))


class Seen(HTMLParser):
    """What a browser would make of it."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.text = [], ""
        self.feed(text)
        self.close()

    def handle_starttag(self, name, attributes):
        self.tags.append((name, dict(attributes)))

    def handle_data(self, data):
        self.text += data


@given(TEXT, TEXT)
def test_any_text_comes_out_as_it_went_in_and_adds_no_element(inside, attribute):
    seen = Seen(tag("p", inside, title=attribute))
    assert seen.tags == [("p", {"title": attribute})]
    assert seen.text == inside


def test_markup_is_not_escaped_again():
    assert tag("p", tag("b", "a<b"), " & c") == "<p><b>a&lt;b</b> &amp; c</p>"
    assert join(Markup("<br>"), "<br>") == "<br>&lt;br&gt;"


def test_names_of_attributes_and_what_is_left_out():
    assert tag("line", stroke_width=2, class_="a", aria_label=None) == '<line stroke-width="2" class="a"></line>'
    assert tag("br") == "<br>"
    assert tag("p", None, 3, [1.5, ["x"]]) == "<p>31.5x</p>"
