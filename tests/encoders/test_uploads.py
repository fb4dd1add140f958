"""What users brought is found under its own name only."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from gca_viz.encoders import encoder_id, load_encoder, uploads
from gca_viz.errors import InputError
from tests.encoders.checkpoints.trainers import resnet18


@pytest.fixture
def path(tmp_path):
    torch.manual_seed(0)
    torch.save(resnet18(width=4).state_dict(), tmp_path / "model.pt")
    return tmp_path / "model.pt"


def test_a_brought_encoder_is_read_once_and_stays_when_its_file_goes(path):
    name = uploads.keep(path, "Mine", input_size=40)
    direct = load_encoder(path, output="backbone", input_size=40)
    path.unlink()
    encoder = load_encoder(name, output="backbone")
    images = torch.rand(2, 3, 32, 32)
    assert torch.equal(encoder.encode(images), direct.encode(images))
    assert encoder.name == name and encoder.content_id == encoder_id(name, "backbone") == direct.content_id
    assert uploads.title_of(name) == "Mine" and uploads.report_of(name).size_from == "given"
    assert encoder_id(name, "projector") != encoder_id(name, "backbone")


def test_names_cannot_be_guessed_and_what_was_closed_is_gone(path):
    names = {uploads.keep(path, f"Encoder {k}") for k in range(5)}
    assert len(names) == 5 and all(name.startswith("own:") and len(name) >= 16 for name in names)
    first, *others = sorted(names)
    uploads.forget(first)
    uploads.forget(first)  # twice is no error
    for ask in (load_encoder, encoder_id, uploads.title_of, uploads.report_of):
        for gone in (first, "own:guess", "own:"):
            with pytest.raises(InputError, match="belongs to one browser session.*Bring the file again"):
                ask(gone)
    assert all(uploads.title_of(name) for name in others)


def test_what_two_sessions_hold_is_there_until_both_let_go_of_it(path):
    name = uploads.keep(path, "Mine", name="own:known-to-both")
    assert name == uploads.keep(path, "Mine", name=name) == "own:known-to-both"
    uploads.forget(name)
    assert uploads.title_of(name) == "Mine"
    uploads.forget(name)
    with pytest.raises(InputError, match="belongs to one browser session"):
        uploads.title_of(name)


def test_a_refused_file_leaves_nothing_behind(tmp_path):
    (tmp_path / "no.pt").write_bytes(b"nothing")
    before = dict(uploads._UPLOADS._things)
    with pytest.raises(InputError):
        uploads.keep(tmp_path / "no.pt", "No")
    assert uploads._UPLOADS._things == before


def test_many_sessions_at_once_keep_their_own(path):
    with ThreadPoolExecutor(8) as pool:
        names = list(pool.map(lambda k: uploads.keep(path, str(k)), range(24)))
        titles = list(pool.map(uploads.title_of, names))
    assert titles == [str(k) for k in range(24)]
