from __future__ import annotations

import asyncio
import gzip
from datetime import timedelta

import pytest
import stamina
from hypothesis import given
from hypothesis import strategies as st
from websockets.asyncio.server import serve

from amends.channels.answers import pause
from amends.channels.base import BadData, ChannelError, Rejected, RetryLater, Unclear
from amends.channels.http import Http, Refused
from amends.channels.testing.loopback import NOTHING, Reply, serving


@pytest.fixture(autouse=True)
def at_once():
    with stamina.set_testing(True, attempts=3):
        yield


@pytest.fixture
async def http():
    door = Http(allow_private=True, timeout=2, max_bytes=2000)
    yield door
    await door.close()


async def test_json_comes_back_as_values(http):
    async with serving(lambda request: Reply({"asked": request.query, "agent": request.headers["user-agent"]})) as url:
        answer = await http.get(f"{url}/a", params={"q": "lost bag"})
    assert answer.json()["asked"] == {"q": ["lost bag"]}
    assert answer.json()["agent"].startswith("Amends/")


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/", "http://localhost:9/", "http://[::1]:9/", "http://169.254.169.254/"]
)
async def test_a_private_address_is_not_called_unless_the_operator_allowed_it(url):
    door = Http()
    with pytest.raises(Rejected, match="private network"):
        await door.get(url)
    with pytest.raises(Rejected, match="private network"):
        await door.post(url, json={})
    with pytest.raises(Rejected, match="private network"):
        async with door.websocket(url.replace("http", "ws")):
            pass
    await door.close()


@pytest.mark.parametrize(
    "url", ["", "ftp://example.org", "bsky.social", "http://", "http://a:b:c/", "file:///etc/passwd"]
)
async def test_what_is_no_web_address_is_refused(http, url):
    with pytest.raises(Rejected):
        await http.get(url)


async def test_a_get_is_tried_three_times_and_then_later(http):
    asked = []

    def failing(request):
        asked.append(request)
        return Reply(status=503) if len(asked) % 2 else NOTHING

    async with serving(failing) as url:
        with pytest.raises(RetryLater):
            await http.get(url)
    assert len(asked) == 3


async def test_a_get_comes_through_at_its_second_try(http):
    replies = [Reply(status=502), Reply({"ok": True})]
    async with serving(lambda request: replies.pop(0)) as url:
        assert (await http.get(url)).json() == {"ok": True}


async def test_where_nobody_listens_nothing_was_sent(http):
    async with serving(lambda request: Reply()) as url:
        pass
    with pytest.raises(RetryLater, match="could not be reached"):
        await http.post(url, json={})


@pytest.mark.parametrize(
    "reply", [NOTHING, Reply(b"x" * 100, cut=50), Reply(status=500), Reply(status=504), Reply(status=408)]
)
async def test_a_post_that_may_have_been_done_is_unclear_and_tried_once(http, reply):
    asked = []

    def once(request):
        asked.append(request)
        return reply

    async with serving(once) as url:
        with pytest.raises(Unclear):
            await http.post(url, json={})
        with pytest.raises(RetryLater):
            await http.post(url, json={}, repeatable=True)
    assert len(asked) == 2


async def test_a_post_without_an_answer_in_time_is_unclear():
    door = Http(allow_private=True, patience=0.5)
    asked = asyncio.Event()

    async def never(request):
        asked.set()
        await asyncio.Event().wait()

    async with serving(never) as url:
        with pytest.raises(Unclear):
            await door.post(url, json={})
    assert asked.is_set()
    await door.close()


async def test_a_limit_tells_when_to_come_back_and_is_not_tried_again(http):
    asked = []

    def limited(request):
        asked.append(request)
        return Reply(status=429, headers={"retry-after": "17"})

    async with serving(limited) as url:
        for call in (http.get, http.post):
            with pytest.raises(RetryLater) as caught:
                await call(url)
            assert caught.value.after == timedelta(seconds=17)
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("body", "seconds"),
    [
        ({"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 2500}, 2.5),
        ({"message": "You are being rate limited.", "retry_after": 64.57}, 64.57),
        ({"ok": False, "error_code": 429, "parameters": {"retry_after": 8}}, 8),
        ({"errors": ["Slow down."], "error_type": "rate_limit", "extras": {"wait_seconds": 11}}, 11),
        ({"retry_after": "soon"}, 30),
        ({"retry_after": 1e300}, 86400),
        ([], 30),
    ],
)
async def test_a_limit_may_tell_it_in_the_body(http, body, seconds):
    async with serving(lambda request: Reply(body, 429)) as url:
        with pytest.raises(RetryLater) as caught:
            await http.get(url)
    assert caught.value.after == timedelta(seconds=seconds)


async def test_a_network_may_be_silent_as_long_as_it_was_asked_to_wait_for_news():
    door = Http(allow_private=True, timeout=0.1, patience=0.1)

    async def later(request):
        await asyncio.sleep(0.3)
        return Reply({"news": []})

    async with serving(later) as url:
        assert (await door.get(url, wait=5)).json() == {"news": []}
        with pytest.raises(RetryLater):
            await door.get(url)
    await door.close()


async def test_a_refusal_carries_the_networks_words(http):
    said = {"error": "InvalidRequest", "message": "Record/text must not be longer"}
    async with serving(lambda request: Reply(said, status=400)) as url:
        with pytest.raises(Refused, match="must not be longer") as caught:
            await http.post(url, json={})
    assert (caught.value.status, caught.value.code) == (400, "InvalidRequest")


async def test_a_redirect_is_not_followed(http):
    async with serving(lambda request: Reply(status=302, headers={"location": "http://169.254.169.254/"})) as url:
        with pytest.raises(Refused, match="new address"):
            await http.get(url)


async def test_what_can_not_be_sent_is_told(http):
    async with serving(lambda request: Reply()) as url:
        with pytest.raises(Rejected, match="can be called"):
            await http.get(url, headers={"if-none-match": "\u00e9"})
        with pytest.raises(Rejected, match="can be called"):
            await http.get(f"{url}/\ud800")


async def test_cookies_are_not_kept(http):
    cookies = []

    def setting(request):
        cookies.append(request.headers.get("cookie"))
        return Reply(headers={"set-cookie": "account=alice"})

    async with serving(setting) as url:
        await http.get(url)
        await http.get(url)
    assert cookies == [None, None]


async def test_too_much_is_stopped_also_when_it_was_small_on_the_way(http):
    bomb = gzip.compress(b"0" * 1_000_000)
    assert len(bomb) < 2000
    async with serving(lambda request: Reply(bomb, headers={"content-encoding": "gzip"})) as url:
        with pytest.raises(BadData):
            await http.get(url)


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"a":', b"\xff\xfe", b'{"a": NaN}'])
async def test_what_is_not_json_is_kept_for_a_look(http, body):
    async with serving(lambda request: Reply(body)) as url:
        answer = await http.get(url)
    with pytest.raises(BadData) as caught:
        answer.json()
    assert caught.value.raw == body


async def test_a_secret_that_is_echoed_is_hidden(http):
    def echoing(request):
        return Reply({"message": f"bad {request.headers['authorization']} {request.json()['password']}"}, status=401)

    async with serving(echoing) as url:
        with pytest.raises(ChannelError) as caught:
            await http.post(
                f"{url}/tell?token=in-the-url",
                json={"password": "hunter22"},
                headers={"authorization": "Bearer abc123"},
                secrets=["hunter22"],
            )
    told = f"{caught.value} {caught.value!r} {http!r}"
    assert "bad" in told
    assert not any(secret in told for secret in ("hunter22", "abc123", "in-the-url"))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 30),
        ({"retry-after": "5"}, 5),
        ({"retry-after": "0"}, 1),
        ({"retry-after": "99999999"}, 86400),
        ({"retry-after": "Sun, 22 Nov 2026 10:00:09 GMT"}, 9),
        ({"ratelimit-reset": "1795341604"}, 4),
        ({"ratelimit-reset": "12"}, 12),
        ({"x-rate-limit-reset": "1795341660"}, 60),
        ({"retry-after": "soon"}, 30),
    ],
)
def test_how_long_to_wait(headers, seconds):
    clock = {"date": "Sun, 22 Nov 2026 10:00:00 GMT"}
    assert pause(headers | clock) == timedelta(seconds=seconds)


@given(st.dictionaries(st.sampled_from(["retry-after", "ratelimit-reset", "date"]), st.text(max_size=30)))
def test_waiting_is_always_bounded(headers):
    assert timedelta(seconds=1) <= pause(headers) <= timedelta(days=1)


async def test_a_websocket_gives_messages_until_it_is_lost(http):
    async def two(socket):
        await socket.send("one")
        await socket.send(await socket.recv())

    async with serve(two, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        async with http.websocket(f"ws://127.0.0.1:{port}/x") as socket:
            assert await socket.receive() == b"one"
            await socket.send("two")
            assert await socket.receive() == b"two"
            with pytest.raises(RetryLater, match="lost"):
                await socket.receive()


async def test_a_message_that_is_too_large_is_bad_data(http):
    async with serve(lambda socket: socket.send("x" * 100), "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        async with http.websocket(f"ws://127.0.0.1:{port}/", max_bytes=50) as socket:
            with pytest.raises(BadData):
                await socket.receive()


@pytest.mark.parametrize(("status", "error"), [(404, Rejected), (302, Rejected), (429, RetryLater), (503, RetryLater)])
async def test_a_refused_websocket_says_so(http, status, error):
    async with serving(lambda request: Reply(status=status)) as url:
        with pytest.raises(error):
            async with http.websocket(url.replace("http", "ws")):
                pass


async def test_a_websocket_follows_nobody_elsewhere(http):
    """Not even within the same server: where it leads was judged by nobody."""

    def moved(connection, request):
        if request.path == "/old":
            answer = connection.respond(302, "")
            answer.headers["Location"] = "/new"
            return answer
        return None

    async with serve(lambda socket: socket.send("here"), "127.0.0.1", 0, process_request=moved) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        with pytest.raises(Rejected):
            async with http.websocket(f"ws://127.0.0.1:{port}/old"):
                pass


async def test_no_websocket_where_nobody_listens(http):
    with pytest.raises(RetryLater):
        async with http.websocket("ws://127.0.0.1:9/"):
            pass


async def test_what_is_kept_is_found_again_under_its_key_alone(http):
    first = http.keep(("example", "alice"), object)
    assert http.keep(("example", "alice"), object) is first
    assert http.keep(("example", "bob"), object) is not first
    assert Http().keep(("example", "alice"), object) is not first
