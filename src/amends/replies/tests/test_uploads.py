"""Files beside a draft, taken along by the reply; what cameras write into them stays here."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import Http404
from django.test import Client
from PIL import Image

from amends.accounts.access import Member
from amends.accounts.actions import Refused
from amends.cases.models import Case
from amends.channels.base import Can, Limits, RetryLater
from amends.config.work import tidy_once
from amends.conversations.models import Attachment
from amends.desk.tickets import admits, ticket
from amends.replies import uploads
from amends.replies.actions import approve, withdraw
from amends.replies.gate import Held
from amends.replies.models import Reply, State, Upload
from amends.replies.pictures import plain
from amends.replies.tests.network import Network
from amends.replies.tests.sending import deliver, later
from amends.replies.uploads import FORGOTTEN_AFTER, MOST
from amends.replies.uploads import LARGEST as LARGEST_FILE

pytestmark = pytest.mark.django_db(transaction=True)
PLACE = {0x8825: {1: "N", 2: (59.0, 54.0, 0.0)}}


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(autouse=True)
def everything(network: Network) -> None:
    network.can |= {Can.MEDIA_OUT}
    network.limits = Limits(text=50, files=2, file_bytes=10_000)


def picture(kind: str, turned: bool = False) -> bytes:
    """A picture of 40 by 20 with the place where it was taken, perhaps lying on its side."""
    exif = Image.Exif()
    exif[0x0112] = 6 if turned else 1
    exif[0x010F] = "Secret Camera Co"
    exif.get_ifd(0x8825).update(PLACE[0x8825])
    out = io.BytesIO()
    Image.new("RGB", (40, 20), "teal").save(out, kind, exif=exif)
    return out.getvalue()


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(("mime", "kind"), [("image/jpeg", "JPEG"), ("image/png", "PNG"), ("image/webp", "WEBP")])
def test_a_picture_leaves_without_place_and_camera_and_the_right_way_up(mime: str, kind: str, turned: bool) -> None:
    before = picture(kind, turned)
    assert b"Secret Camera" in before
    after = plain(mime, before)
    assert b"Secret Camera" not in after
    with Image.open(io.BytesIO(after)) as seen:
        assert (seen.format, dict(seen.getexif())) == (kind, {})
        assert seen.size == ((20, 40) if turned else (40, 20))


def test_what_is_no_picture_is_refused_and_what_claims_to_be_none_is_let_be() -> None:
    assert plain("application/pdf", b"%PDF") == b"%PDF"
    for broken in (b"GIF89a", b"\xff\xd8\xff\xe0", picture("PNG")[:60]):
        with pytest.raises(Refused, match="can't be read"):
            plain("image/png", broken)
    huge = io.BytesIO()
    Image.new("1", (10_000, 5_001)).save(huge, "PNG")
    with pytest.raises(Refused, match="50 million"):
        plain("image/png", huge.getvalue())


def test_it_goes_out_with_the_reply_and_stands_in_the_thread(alice: Member, case: Case, network: Network) -> None:
    one = uploads.add(alice, case.pk, "C:\\photos\\label.png", picture("PNG"), now())
    uploads.add(alice, case.pk, "form.pdf", b"%PDF", now())
    network.plan = [RetryLater("Busy.")]
    reply = approve(alice, case.pk, "Look.", None, now(), described={one.pk: "A label on a suitcase"})
    assert uploads.waiting(alice, case.pk) == []
    assert b"PDF" not in bytes(reply.outgoing)
    deliver()
    deliver(at=later(60))
    (sent,) = network.posts.values()
    assert [(file.name, file.mime, file.alt) for file in sent.files] == [
        ("label.png", "image/png", "A label on a suitcase"),
        ("form.pdf", "application/pdf", ""),
    ]
    assert sent.files[1].content == b"%PDF"
    assert not Upload.objects.exists()
    assert list(Attachment.objects.filter(post__ours=True).values_list("name", flat=True)) == ["label.png", "form.pdf"]


def test_what_is_taken_back_lies_beside_the_draft_again(alice: Member, case: Case) -> None:
    uploads.add(alice, case.pk, "form.pdf", b"%PDF", now())
    reply = approve(alice, case.pk, "Look.", None, now())
    withdraw(alice, reply.pk, now())
    assert [one.name for one in uploads.waiting(alice, case.pk)] == ["form.pdf"]


def test_nobody_takes_along_what_a_colleague_has_chosen(
    alice: Member, bob: Member, case: Case, network: Network
) -> None:
    mine = uploads.add(alice, case.pk, "mine.pdf", b"%PDF", now())
    uploads.remove(bob, case.pk, mine.pk, now())
    approve(bob, case.pk, "Look.", None, now())
    deliver()
    (sent,) = network.posts.values()
    assert sent.files == ()
    assert [one.name for one in uploads.waiting(alice, case.pk)] == ["mine.pdf"]
    uploads.remove(alice, case.pk, mine.pk, now())
    assert uploads.waiting(alice, case.pk) == []


def test_the_gate_looks_at_the_files(alice: Member, case: Case, network: Network) -> None:
    uploads.add(alice, case.pk, "big.pdf", b"%" * 10_001, now())
    with pytest.raises(Held, match=r"big\.pdf is larger than the 0\.0 MB"):
        approve(alice, case.pk, "Look.", None, now())
    network.limits = Limits(text=50, files=1)
    uploads.add(alice, case.pk, "small.pdf", b"%", now())
    with pytest.raises(Held, match="1 files at most"):
        approve(alice, case.pk, "Look.", None, now())
    network.limits = Limits(text=50)
    with pytest.raises(Held, match="No files can be sent here"):
        approve(alice, case.pk, "Look.", None, now())
    assert not Reply.objects.exists()


def test_too_much_is_refused_at_once(alice: Member, case: Case) -> None:
    with pytest.raises(Refused, match="empty"):
        uploads.add(alice, case.pk, "a.pdf", b"", now())
    with pytest.raises(Refused, match="20 MB"):
        uploads.add(alice, case.pk, "a.pdf", b"%" * (LARGEST_FILE + 1), now())
    for number in range(MOST):
        uploads.add(alice, case.pk, f"{number}.pdf", b"%PDF", now())
    with pytest.raises(Refused, match="ten files"):
        uploads.add(alice, case.pk, "a.pdf", b"%PDF", now())


def test_what_was_forgotten_goes(alice: Member, case: Case) -> None:
    """But what an answer took along stays, as long as it may still be sent."""
    long_ago = now() - FORGOTTEN_AFTER - timedelta(days=1)
    uploads.add(alice, case.pk, "taken.pdf", b"%PDF", long_ago)
    approve(alice, case.pk, "Look.", None, now())
    uploads.add(alice, case.pk, "old.pdf", b"%PDF", long_ago)
    uploads.add(alice, case.pk, "new.pdf", b"%PDF", now())
    tidy_once(now())
    assert [one.name for one in uploads.waiting(alice, case.pk)] == ["new.pdf"]
    assert Upload.objects.exclude(reply=None).get().name == "taken.pdf"


def test_only_who_has_a_ticket_sends_much() -> None:
    before = "/b/meridian-air/cases/1/files/"
    assert admits(before + ticket())
    for path in (before, before + "x", before + ticket() + "x", "/b/x/draft/" + ticket(), "/hooks/" + ticket(), ""):
        assert not admits(path)


def test_at_the_desk(alice: Member, charlie: Member, case: Case, network: Network) -> None:
    desk = Client(headers={"HX-Request": "true"})
    desk.force_login(alice.user)
    base = f"/b/{alice.brand.slug}/cases/{case.pk}/"
    assert f"{base}files/" in desk.get(base).content.decode()
    given = desk.post(f"{base}files/{ticket()}", {"file": SimpleUploadedFile("label.png", picture("PNG"))})
    (upload,) = Upload.objects.all()
    assert f'name="alt-{upload.pk}"' in given.content.decode()
    broken = desk.post(f"{base}files/{ticket()}", {"file": SimpleUploadedFile("label.png", b"no picture")})
    assert broken.status_code == 422
    sent = desk.post(f"{base}answer", {"text": "Look.", f"alt-{upload.pk}": "A label", "alt-x": "?"})
    assert "label.png" not in sent.content.decode()
    deliver()
    (out,) = network.posts.values()
    assert [(file.name, file.alt) for file in out.files] == [("label.png", "A label")]
    assert Reply.objects.get().state == State.SENT
    other = desk.post(f"{base}files/{ticket()}", {"file": SimpleUploadedFile("b.pdf", b"%PDF")})
    assert "b.pdf" in other.content.decode()
    gone = desk.post(f"{base}files/{Upload.objects.get().pk}/remove")
    assert "b.pdf" not in gone.content.decode()
    outsider = Client(headers={"HX-Request": "true"})
    outsider.force_login(charlie.user)
    assert outsider.post(f"{base}files/{ticket()}", {"file": SimpleUploadedFile("b.pdf", b"%PDF")}).status_code == 404
    with pytest.raises(Http404):
        uploads.add(charlie, case.pk, "a.pdf", b"%PDF", now())
