import hashlib

import pytest

from cbir.errors import InvalidRequestError
from cbir.ingest.shards import WHOLE, Shard, parse_shard

IDS = [hashlib.sha256(bytes([i])).hexdigest() for i in range(200)]


def test_the_rule_is_first_eight_hex_digits_modulo_count():
    assert Shard(1, 3).holds("00000003" + "f" * 56)
    assert Shard(2, 3).holds("00000001" + "f" * 56)
    assert not Shard(2, 3).holds("00000002" + "f" * 56)


@pytest.mark.parametrize("count", [1, 2, 7, 16])
def test_every_image_is_in_exactly_one_shard(count):
    for image_id in IDS:
        assert sum(Shard(number, count).holds(image_id) for number in range(1, count + 1)) == 1


def test_without_a_split_everything_is_held():
    assert all(WHOLE.holds(image_id) for image_id in IDS)


def test_parse():
    assert parse_shard("3/16") == Shard(3, 16)


@pytest.mark.parametrize("text", ["0/4", "5/4", "1", "1/0", "a/b", "-1/4", "1/4/2", ""])
def test_what_is_no_shard_is_refused_with_an_example(text):
    with pytest.raises(InvalidRequestError) as caught:
        parse_shard(text)
    assert "--shard 3/16" in caught.value.remedy
