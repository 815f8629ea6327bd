from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amends.channels.base import Kind, Malformed, Post, Visibility
from amends.channels.email import ids
from amends.channels.email.parse import KEPT, Context, parse
from amends.channels.email.tests.server import ADDRESS
from amends.channels.email.tests.test_contract import FIXTURES, RECEIVED

THREAD = "mail:r6wsljexuvaaaess"  # of <CAF1@mail.gmail.com>
OURS = "<amends.20260302T091500123456-17.r6wsljexuvaaaess@brand.test>"


def read(name: str, **more) -> Post:
    found = parse((FIXTURES / f"{name}.eml").read_bytes(), RECEIVED, ADDRESS, **more)
    assert isinstance(found, Post)
    return found


def made(head: str, body: str = "Hello", **more) -> Post | Malformed:
    return parse(f"{head}\n\n{body}".encode(), RECEIVED, ADDRESS, **more)


def refusal(post: Post) -> str:
    return msgspec.json.decode(post.context, type=Context).refuse


def test_a_mail_tells_all_that_it_holds():
    post = read("gmail_answer")
    assert (post.network, post.id, post.kind) == ("email", "<CAHk2abc123+xyz@mail.gmail.com>", Kind.MAIL)
    assert (post.visibility, post.addressed, post.root, post.parent) == (Visibility.PRIVATE, True, THREAD, OURS)
    assert (post.author.id, post.author.display) == ("alice.archer@gmail.com", "Alice Archer")
    assert post.created == datetime(2026, 3, 2, 11, 2, tzinfo=UTC)
    assert (post.subject, post.warning, post.parent_author) == ("Re: Lost bag on MA 512", "", ADDRESS)
    context = msgspec.json.decode(post.context, type=Context)
    assert (context.to, context.refuse) == ("alice.archer@gmail.com", "")
    assert context.references == ("<CAF1@mail.gmail.com>", OURS, post.id)


@pytest.mark.parametrize(
    ("name", "text", "folded"),
    [
        (
            "gmail_answer",
            "The tag is MA 447 120. It is a blue suitcase – please hurry, I fly home on Friday.\n\nAlice",
            "Which number is on the tag?",
        ),
        ("gmail_between", "MA 447 120\n\nHotel Sol, room 12", "Where are you staying?"),
        ("gmail_forwarded", "Why was I charged twice for this?", "We charged 212.00 EUR."),
        (
            "outlook_german",
            "Guten Tag,\n\nseit drei Wochen warte ich auf mein Geld. Das ist unerhört!\n\nMit freundlichen Grüßen"
            "\n\nJürgen Müller",
            "Gesendet: Montag, 2. März 2026 10:15",
        ),
        ("outlook_web_spanish", "¿Y quién me paga el hotel? Nadie contesta al teléfono.", "Lo sentimos mucho."),
        (
            "apple_french",
            "Bonjour, c’est la troisième fois que j’écris et le siège 14A était cassé pendant tout le vol. Je veux "
            "être remboursée.\n\nRenée",
            "Envoyé de mon iPhone",
        ),
        (
            "thunderbird_german",
            "Ja, aber Ihr Formular nimmt es nicht an. Ich habe es jetzt dreimal versucht und habe keine Lust mehr.\n\n"
            "Die liegt längst bei Ihnen.",
            "Beispielweg 1, 12345 Musterstadt",
        ),
        (
            "gmail_japanese",
            "お世話になっております。\n荷物がまだ届きません。いつ届きますか。",
            "タグの番号を教えてください。",
        ),
        ("iphone_japanese", "キャンセルしたのに返金されていません。", "iPhoneから送信"),
        ("yahoo_spanish", "Ya envié el formulario dos veces.", "Envíe el formulario, por favor."),
        ("proton_mail", "Please delete my account at last.", "What can we do for you?"),
        ("apple_photo", "This is the seat:\n\nIt was like this for nine hours.", "Sent from my iPhone"),
    ],
)
def test_what_was_newly_written_is_the_text(name, text, folded):
    post = read(name)
    assert post.text == text
    assert folded in post.folded
    assert folded not in post.text


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("absence_exchange", "A program wrote this"),
        ("absence_german", "A program wrote this"),
        ("read_receipt", "A program wrote this"),
        ("newsletter", "mailing list"),
        ("nobody_reads", "Nobody reads mail at no-reply@parcels.test"),
        ("comes_back", "in circles"),
    ],
)
def test_mail_that_no_person_wrote_is_heard_and_never_answered(name, reason):
    post = read(name)
    assert post.text
    assert not post.addressed
    assert reason in refusal(post)


@pytest.mark.parametrize(
    "head", ["Auto-Submitted: no", "Precedence: special-delivery", "X-Auto-Response-Suppress: OOF"]
)
def test_what_only_looks_like_it_is_to_us(head):
    assert made(f"From: a@customer.test\nMessage-ID: <a@b>\n{head}").addressed


def test_mail_that_has_passed_too_many_servers_goes_in_circles():
    hops = "\n".join("Received: from a by b; Mon, 2 Mar 2026 07:30:00 +0000" for _ in range(41))
    post = made(f"{hops}\nFrom: a@customer.test\nMessage-ID: <a@b>")
    assert "in circles" in refusal(post)


def test_our_own_mail_under_somebody_elses_name_goes_in_circles():
    assert "in circles" in refusal(made(f"From: list@corp.test\nMessage-ID: {OURS}"))


def test_a_group_of_our_own_is_no_foreign_list():
    assert read("own_group").addressed


def test_a_form_speaks_for_the_person_who_filled_it_in():
    post = read("web_form")
    assert (post.author.id, post.author.display, post.addressed) == ("dora@customer.test", "Dora Díaz", True)
    assert msgspec.json.decode(post.context, type=Context).to == "dora@customer.test"


def test_who_only_says_to_be_us_is_not_taken_for_us():
    post = read("says_to_be_us")
    assert post.author.id == post.author.name == f"unproved:{ADDRESS}"
    assert post.warning.startswith("The sender could not be proved")
    assert not post.addressed
    assert read("own_answer").author.id == ADDRESS


def test_a_customer_whose_proof_failed_is_not_taken_for_that_customer():
    failed = "Authentication-Results: mx.test; dmarc=fail header.from=brand.test\n"
    for address in ("alice@customer.test", "sales@brand.test"):  # the other may be an address of ours as well
        post = made(f"{failed}From: Alice <{address}>\nMessage-ID: <a@b>")
        assert isinstance(post, Post)
        assert post.author.id == post.author.name == f"unproved:{address}"


@pytest.mark.parametrize("sender", [ADDRESS, "alice@customer.test"])
def test_a_mail_servers_report_is_nobodys_own_whoever_it_names(sender):
    report = "Content-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\nFinal-Recipient: rfc822; a@b.test"
    post = made(f"From: {sender}\nMessage-ID: <a@b>\nX-Failed-Recipients: a@b.test\n{report}", "")
    assert isinstance(post, Post)
    assert (post.author.id, post.author.display) == (f"system:{sender}", "Mail system")


def test_an_answer_that_goes_to_somebody_else_is_told():
    mail = "From: alice@customer.test\nReply-To: mallory@evil.test\nMessage-ID: <a@b>"
    post = made(mail)
    assert isinstance(post, Post)
    assert (post.author.id, post.warning) == ("alice@customer.test", "Answers go to mallory@evil.test.")


@pytest.mark.parametrize("more", ["", "Precedence: bulk\n", "Auto-Submitted: auto-generated\n"])
def test_a_foreign_program_that_speaks_for_a_customer_is_told(more):
    post = made(f"{more}From: no-reply@evil.test\nReply-To: alice@customer.test\nMessage-ID: <a@b>")
    assert isinstance(post, Post)
    assert post.author.id == "alice@customer.test"
    assert post.warning.startswith("no-reply@evil.test sent this in the name of alice@customer.test")
    assert read("web_form").warning == "", "our own form"


def test_our_own_answers_are_in_the_thread_whatever_folder_they_lie_in():
    for sent in (True, False):
        post = read("own_answer", sent=sent)
        assert (post.author.id, post.root, post.addressed) == (ADDRESS, THREAD, False)
        assert msgspec.json.decode(post.context, type=Context).to == "alice.archer@gmail.com"


def test_mail_in_the_sent_folder_is_ours_whatever_name_it_was_sent_under():
    post = made("From: Sales <sales@brand.test>\nTo: a@customer.test\nMessage-ID: <a@b>", sent=True)
    assert (post.author.id, post.author.display) == (ADDRESS, "Sales")


@pytest.mark.parametrize("name", ["gmail_answer", "plus_address", "bounce_postfix", "absence_german", "own_answer"])
def test_a_thread_is_found_by_whatever_is_there(name):
    assert read(name).root == THREAD


def test_a_thread_is_found_by_our_id_alone_or_by_the_first_reference():
    assert made(f"From: a@b.test\nMessage-ID: <x@y>\nIn-Reply-To: {OURS}").root == THREAD
    first = made("From: a@b.test\nMessage-ID: <CAF1@mail.gmail.com>")
    assert (first.root, first.parent) == (THREAD, "")
    later = made("From: a@b.test\nMessage-ID: <x@y>\nReferences: <CAF1@mail.gmail.com>\n <other@b.test>")
    assert (later.root, later.parent) == (THREAD, "<other@b.test>")
    assert made("From: a@b.test\nMessage-ID: <x@y>\nTo: SUPPORT+CASE-R6WSLJEXUVAAAESS@Brand.test").root == THREAD
    assert made("From: a@b.test\nMessage-ID: <x@y>\nTo: other+case-r6wsljexuvaaaess@brand.test").root != THREAD


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "bounce_postfix",
            "A mail to alice.archer@gmial.test did not arrive. There is no mailbox of that name. Their server said: "
            "550 5.1.1 <alice.archer@gmial.test>: Recipient address rejected: User unknown",
        ),
        (
            "bounce_exchange",
            "A mail to ann.lee@corp.test did not arrive. The mailbox is full. Their server said: 554 5.2.2 "
            "mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException",
        ),
        (
            "bounce_delayed",
            "A mail to bob@customer.test has not arrived so far. The mail server goes on trying. The server there does "
            "not answer. Their server said: connect to customer.test[192.0.2.9]:25: Connection timed out",
        ),
        ("bounce_without_report", "A mail to bob@gone.test did not arrive. There is no mail server for that domain."),
    ],
)
def test_a_mail_that_came_back_is_told_in_the_thread_of_what_was_sent(name, text):
    post = read(name)
    assert post.text == text
    assert (post.author.display, post.root, post.parent, post.addressed) == ("Mail system", THREAD, OURS, False)
    assert "reads no answers" in refusal(post)
    assert post.unanswerable == refusal(post)
    assert post.returns == ("" if name == "bounce_delayed" else OURS)
    assert post.folded, "the server's own words can be seen"


def test_files_come_with_it_under_names_that_are_safe():
    post = read("attachments")
    assert post.text == "The wheel is off, see the picture and the bill."
    assert [(file.name, file.mime) for file in post.files] == [
        ("wheel.jpg", "image/jpeg"),
        ("Rechnung März 2026.pdf", "application/pdf"),
        ("Your order.eml", "message/rfc822"),
    ]
    assert post.files[1].content == b"%PDF-1.4\n%made up\n"
    assert b"Thank you." in post.files[2].content
    [packed] = read("winmail").files
    assert (packed.name, packed.mime, packed.content) == ("Quittung März 2026.txt", "text/plain", b"Paid: 40 EUR\n")
    assert read("signed").files == ()


def parts(count: int, size: int) -> str:
    part = "--b\nContent-Type: application/pdf; name=f.pdf\nContent-Transfer-Encoding: 8bit\n\n" + "x" * size + "\n"
    return part * count + "--b--\n"


def test_files_beyond_the_limits_are_named_instead():
    head = "From: a@b.test\nMessage-ID: <a@b>\nContent-Type: multipart/mixed; boundary=b"
    many = made(head, parts(22, 100))
    assert len(many.files) == 20
    assert many.text == "[Left in the mailbox, being too large: f.pdf (1 kB), f.pdf (1 kB)]"
    large = made(head, parts(1, 10_000_001))
    assert (large.files, large.text) == ((), "[Left in the mailbox, being too large: f.pdf (10.0 MB)]")
    together = made(head, parts(3, 9_000_000))
    assert len(together.files) == 2


def test_broken_mail_is_read_as_far_as_it_can_be():
    post = read("no_id_no_date")
    assert (post.subject, post.text) == ("Beschwerde über Verspätung", "Mein Flug hatte 5 Stunden Verspätung.")
    assert post.created == RECEIVED
    assert post.id == read("no_id_no_date").id
    assert post.id.endswith("@no-message-id.invalid>")
    post = read("wrong_labels")
    assert (post.author.display, post.subject) == ("Ann Lée", "😡 Angry 😡")
    assert (post.text, post.created) == ("The café in the lounge was closed.", RECEIVED)
    assert read("encrypted").text == "[This mail is encrypted: read it in the mailbox itself.]"


def test_only_a_part_of_a_huge_mail_is_read_and_that_is_told():
    post = made("From: a@b.test\nMessage-ID: <a@b>", "x" * KEPT, size=30_000_000)
    assert post.text.endswith("[This mail has 30 MB: only its beginning was read.]")
    assert len(post.raw) == KEPT


def test_who_wrote_must_be_told():
    assert made("Subject: x") == Malformed("This mail names no sender.", b"Subject: x\n\nHello")


def test_mail_in_mail_without_end_is_set_aside_or_read():
    nested = "".join(f"Content-Type: multipart/mixed; boundary=b{at}\n\n--b{at}\n" for at in range(3000))
    assert isinstance(made(f"From: a@b.test\nMessage-ID: <a@b>\n{nested}"), Malformed | Post)
    assert isinstance(made("From: " + "(" * 9000 + "a@b.test"), Malformed | Post)


NESTED = "".join(f"Content-Type: multipart/mixed; boundary=b{at}\n\n--b{at}\n" for at in range(100))


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        ("X-A: b\n" * 80_000, "512 kB"),
        ("Content-Type: multipart/mixed; boundary=b\n\n" + "--b\n\nx\n" * 10_001, "10,000 parts"),
        ("Content-Type: text/plain" + ";\n a*1=b" * 10_000, "64 kB"),
        (NESTED + "\n" * 200_001, "too many lines"),
        ("Content-Type: multipart/mixed; boundary=b\n\n" + f"--b\nContent-A: {'a' * 64_000}\n\nx\n" * 20, "too long"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_what_nobody_writes_is_set_aside(head, reason, end):
    raw = f"From: a@b.test\nMessage-ID: <a@b>\n{head}".replace("\n", end)
    found = parse(raw.encode(), RECEIVED, ADDRESS)
    assert isinstance(found, Malformed)
    assert reason in found.reason


def test_a_mail_server_that_gives_back_a_row_of_marks_is_read_in_one_pass():
    """With each mark taken for the one that an address has, this would take hours."""
    post = made("From: mailer-daemon@b.test\nMessage-ID: <a@b>", "<" + "@" * 190_000)
    assert isinstance(post, Post)
    assert post.text == "A mail did not arrive."


@given(st.binary(max_size=2000))
def test_anything_is_read_or_set_aside(data):
    found = parse(b"From: a@b.test\n" + data, RECEIVED, ADDRESS)
    assert isinstance(found, Post | Malformed)


@given(st.text(max_size=200))
def test_every_thread_has_one_tag(first):
    tag = ids.tag(first)
    assert ids.tag_of(ids.THREAD + tag) == tag
    mail = ids.message_id("20260302T091500123456-17", ids.THREAD + tag, "brand.test")
    assert ids.thread(mail, (), (), ADDRESS) == ids.THREAD + tag
    assert ids.thread("<x@y>", (), (ids.reply_address(ADDRESS, ids.THREAD + tag),), ADDRESS) == ids.THREAD + tag
