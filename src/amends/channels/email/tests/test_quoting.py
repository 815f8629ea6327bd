from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amends.channels.email.hypertext import plain
from amends.channels.email.quoting import fold


@pytest.mark.parametrize(
    "line",
    [
        "On Tue, Mar 3, 2026 at 10:11 AM Brand Care <support@brand.test> wrote:",
        "On 3 Mar 2026, at 10:11, Brand Care <support@brand.test> wrote:",
        "On Tue, Mar 3, 2026 at 10:11 AM Brand Care\n<support@brand.test> wrote:",
        "On 03/03/2026 10:11, Brand Care wrote:",
        "Am 03.03.2026 um 10:11 schrieb Brand Care:",
        "Am Di., 3. März 2026 um 10:11 Uhr schrieb Brand Care <\nsupport@brand.test>:",
        "Brand Care <support@brand.test> schrieb am Di., 3. März 2026, 10:11:",
        "Le mar. 3 mars 2026 à 10:11, Brand Care <support@brand.test> a écrit :",
        "Le 03/03/2026 à 10:11, Brand Care a écrit :",
        "El mar, 3 mar 2026 a las 10:11, Brand Care (<support@brand.test>)\nescribió:",
        "El 3/3/26 a las 10:11, Brand Care escribió:",
        "Il giorno mar 3 mar 2026 alle ore 10:11 Brand Care <support@brand.test> ha scritto:",
        "Em ter., 3 de mar. de 2026 às 10:11, Brand Care <support@brand.test> escreveu:",
        "Op di 3 mrt 2026 om 10:11 schreef Brand Care <support@brand.test>:",
        "Den tis 3 mars 2026 kl 10:11 skrev Brand Care <support@brand.test>:",
        "wt., 3 mar 2026 o 10:11 Brand Care <support@brand.test> napisał(a):",
        "вт, 3 мар. 2026 г. в 10:11, Brand Care <support@brand.test>:",
        "03.03.2026 10:11, Brand Care пишет:",
        "2026年3月3日(火) 10:11 Brand Care <support@brand.test>:",
        "2026/03/03 10:11、Brand Care <support@brand.test>のメール:",
        "Brand Care <support@brand.test> 于2026年3月3日周二 10:11写道：",
        "2026년 3월 3일 (화) 오전 10:11, Brand Care <support@brand.test>님이 작성:",
        "-----Original Message-----",
        "-----Ursprüngliche Nachricht-----",
        "-------- Message transféré --------",
        "---------- Forwarded message ---------",
        "From: Brand Care <support@brand.test>\nSent: Tuesday, March 3, 2026 10:11 AM\nTo: Ann\nSubject: Re: Bag",
        "*From:* Brand Care <support@brand.test>\n*Sent:* Tuesday, March 3, 2026 10:11 AM\n*To:* Ann\n*Subject:* Bag",
        "De : Brand Care <support@brand.test>\nEnvoyé : mardi 3 mars 2026 10:11\nÀ : Ann\nObjet : Re: Bag",
        "差出人: Brand Care <support@brand.test>\n送信日時: 2026年3月3日 10:11\n宛先: Ann\n件名: Re: Bag",
    ],
)
def test_whose_mail_follows_is_known_in_many_languages(line):
    own, folded = fold(f"My answer.\nIn two lines.\n\n{line}\n\n> What was asked\n> before")
    assert own == "My answer.\nIn two lines."
    assert folded == f"{line}\n\n> What was asked\n> before"


@pytest.mark.parametrize(
    "text",
    [
        "Your colleague wrote:\nwe will call you. Nobody called.",
        "On 12 March I bought a bag. It is broken.",
        "From: Berlin\nwe flew to Rome.",
        "These are my questions:\n1. Where is it?\n2. When does it come?",
        "I have three wishes --- no, four --- and here they are.",
        "a\n--\n" + "\n".join(f"line {number}" for number in range(20)),
        "On 3 March your agent wrote:\nyou get the money back.",
    ],
)
def test_what_only_looks_like_it_stays(text):
    assert fold(text) == (text, "")


def test_a_signature_is_folded():
    assert fold("Hello\n\n-- \nAnn\nACME Ltd") == ("Hello", "--\nAnn\nACME Ltd")
    assert fold("Hello\n--\nAnn") == ("Hello", "--\nAnn")


@pytest.mark.parametrize(
    "line",
    [
        "Sent from my iPhone",
        "Get Outlook for iOS<https://aka.ms/o0ukef>",
        "Von meinem iPhone gesendet",
        "Gesendet von Outlook für Android <https://aka.ms/AAb9ysg>",
        "Envoyé depuis mon mobile",
        "Enviado desde mi iPhone",
        "iPhoneから送信",
        "Отправлено с iPhone",
    ],
)
def test_what_a_telephone_adds_is_folded(line):
    assert fold(f"Hello\n\n{line}") == ("Hello", line)


def test_a_mail_of_quotes_alone_says_nothing_new():
    assert fold("On Tue, Mar 3, 2026 at 10:11 AM Brand <a@b.test> wrote:\n\n> Hello")[0] == ""


@given(st.lists(st.sampled_from(["text", "> quoted", "-- ", "--", "", "On 3 Mar 2026 at 10:11, A wrote:", "From: a"])))
def test_no_line_is_lost_and_none_is_told_twice(lines):
    own, folded = fold("\n".join(lines))
    kept = sorted(line.rstrip() for line in (own + "\n" + folded).split("\n") if line.strip())
    assert kept == sorted(line.rstrip() for line in lines if line.strip())


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Hi</p><p>there</p>", "Hi\n\nthere"),
        ('<p>Hi</p><blockquote type="cite"><p>a</p><p>b</p></blockquote>', "Hi\n\n> a\n> \n> b"),
        ('<blockquote type="cite">a</blockquote><p>Mine</p>', "> a\n\nMine"),
        ("<p>See <blockquote>my own quotation</blockquote></p>", "See\nmy own quotation"),
        ('<div>Hi</div><div class="gmail_signature">Ann</div>', "Hi\n\n> Ann"),
        ('<div>Hi</div><div id="x_Signature"><div>Ann</div></div>', "Hi\n\n> Ann"),
        ('Hi<hr id="stopSpelling"><div>all<div>this</div></div>', "Hi\n\n> all\n> this"),
        ('<div>Hi<blockquote type="cite">never closed', "Hi\n\n> never closed"),
        ('<div class="gmail_quote">a<div class="gmail_quote">b</div></div>c', "> a\n> b\n\nc"),
        ("<script>alert(1)</script>Hi<style>p{}</style>", "Hi"),
    ],
)
def test_what_programs_mark_as_quoted_is_quoted(html, text):
    assert plain(html) == text


@given(st.text(alphabet='<>/"= abdivlockquotypecitegmail_\n', max_size=300))
def test_any_html_has_words(html):
    assert isinstance(plain(html), str)


def test_a_thousand_quotes_in_each_other_take_no_time():
    assert plain('<blockquote type="cite">a' * 20_000).startswith("> ")
