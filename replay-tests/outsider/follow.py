#!/usr/bin/env python3
"""Follows an organization's events over NATS JetStream, from docs/subscribing/jetstream.md alone.

    follow.py NATS SERVER ORGANIZATION [--after N]

Prints a line of JSON for each event, in order, none twice and none missing, until it is killed. What NATS
brings is checked, and what does not fit is asked of the server. The token is in GPUAAS_TOKEN.
"""

import argparse
import asyncio
import hashlib
import json
import os
import sys
import urllib.error
import urllib.request

import nats
import nats.errors
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

QUIET = 0.5  # seconds without another event, after which the server has told all
SILENCE = 5  # seconds without a message, after which the server is asked


class Contradiction(Exception):
    """An event that was printed is not the one that the log has."""


class Server:
    """The server, over HTTP."""

    def __init__(self, base, organization, token):
        self.url = f"{base}/api/v1/orgs/{organization}/events?after="
        self.headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}

    def events(self, after):
        """What the server tells after an owner sequence, as far as it tells anything at once."""
        request = urllib.request.Request(self.url + str(after), headers=self.headers)
        told = []
        try:
            with urllib.request.urlopen(request, timeout=QUIET) as answer:
                for line in answer:
                    if line.startswith(b"data:"):
                        told.append(json.loads(line[5:]))
        except TimeoutError:
            pass
        except urllib.error.HTTPError as refused:
            sys.exit(f"the server refuses: {refused.read().decode()}")
        except urllib.error.URLError as error:
            print(f"the server is away: {error}", file=sys.stderr)
        for sequence, event in enumerate(told, after + 1):
            if event["owner_sequence"] != sequence:
                sys.exit(f"the server left out event {sequence}")
        return told


def arrived(message):
    """The headers and the event of a message that arrived whole; None if it is none of the log's."""
    headers = message.headers or {}
    if headers.get("Gpuaas-Digest") != hashlib.sha256(message.data).hexdigest():
        return None
    try:
        event = json.loads(message.data)
        sequence, position = int(headers["Gpuaas-Owner-Sequence"]), int(headers["Gpuaas-Position"])
        if (event["owner_sequence"], event["position"]) != (sequence, position):
            return None
        return headers["Gpuaas-Hash"], headers["Gpuaas-Previous"], event
    except (KeyError, TypeError, ValueError):
        return None


def same(told, taken):
    """Whether what the server tells is what was taken, but for a payload that was erased since."""
    if told.get("payload") is None:
        taken = {**taken, "payload": None}
        told = {**told, "payload": None}
    return told == taken


class Follower:
    def __init__(self, server, after):
        self.server = server
        self.last = after
        self.event = None
        self.hash = None

    def take(self, event, hash, source):
        self.last, self.event, self.hash = event["owner_sequence"], event, hash
        line = {"owner_sequence": self.last, "position": event["position"], "event": event["event"]}
        print(json.dumps({**line, "hash": hash, "source": source}), flush=True)

    async def ask(self):
        """Asks the server what follows, and whether the last event is the one that was printed."""
        after = self.last - 1 if self.event else self.last
        for event in await asyncio.to_thread(self.server.events, after):
            if event["owner_sequence"] > self.last:
                self.take(event, None, "server")
            elif self.event and not same(event, self.event):
                raise Contradiction(self.last)

    async def deal_with(self, message):
        whole = arrived(message)
        if whole is None:
            return await self.ask()
        hash, previous, event = whole
        sequence = event["owner_sequence"]
        if sequence < self.last:
            return None
        if sequence == self.last and self.hash in (None, hash) and self.event in (None, event):
            return None
        if sequence == self.last + 1 and self.hash in (None, previous):
            return self.take(event, hash, "nats")
        await self.ask()
        if sequence == self.last + 1 and self.hash is None:
            self.take(event, hash, "nats")
        return None


async def subscription(js, organization, seen):
    """A subscription from where the stream was seen last, or from its beginning if it is another by now."""
    info = await js.stream_info("EVENTS")
    start = seen + 1 if 0 < seen <= info.state.last_seq else 1
    config = ConsumerConfig(
        deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
        opt_start_seq=start,
        ack_policy=AckPolicy.NONE,
        inactive_threshold=60,
        mem_storage=True,
    )
    return await js.pull_subscribe(f"gpuaas.{organization}.*.*", stream="EVENTS", config=config)


async def follow(url, server, organization, after):
    async def nothing(*_):
        pass

    follower = Follower(server, after)
    connecting = asyncio.create_task(
        nats.connect(url, max_reconnect_attempts=-1, reconnect_time_wait=0.2, allow_reconnect=True, error_cb=nothing)
    )
    while not (await asyncio.wait([connecting], timeout=2))[0]:
        print("NATS is away: no connection yet", file=sys.stderr)
        await follower.ask()
    js = (await connecting).jetstream(timeout=2)
    subscribed, seen, silent = None, 0, 0
    while True:
        if subscribed is None:
            try:
                subscribed = await subscription(js, organization, seen)
                silent = SILENCE - 1
            except Exception as error:  # whatever it is, NATS is away, and the server is asked
                print(f"NATS is away: {error!r}", file=sys.stderr)
                await asyncio.sleep(0.5)
                await follower.ask()
                continue
        try:
            messages = await subscribed.fetch(100, timeout=1)
        except (nats.errors.TimeoutError, asyncio.TimeoutError):
            silent += 1
            if silent >= SILENCE:
                silent = 0
                await follower.ask()
                # A subscription that NATS has forgotten is silent, too.
                try:
                    await subscribed.consumer_info()
                except Exception:
                    subscribed = None
            continue
        except Exception as error:
            print(f"the subscription broke: {error!r}", file=sys.stderr)
            subscribed = None
            continue
        silent = 0
        for message in messages:
            seen = message.metadata.sequence.stream
            await follower.deal_with(message)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("nats")
    parser.add_argument("server")
    parser.add_argument("organization")
    parser.add_argument("--after", type=int, default=0)
    said = parser.parse_args()
    token = os.environ.get("GPUAAS_TOKEN", "").strip()
    if not token:
        parser.error("put a token of the server into the variable GPUAAS_TOKEN")
    asyncio.run(follow(said.nats, Server(said.server, said.organization, token), said.organization, said.after))


if __name__ == "__main__":
    main()
