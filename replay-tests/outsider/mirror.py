#!/usr/bin/env python3
"""Reads the raw entries of a log out of NATS JetStream and checks their chain, from
docs/subscribing/jetstream.md and docs/log-format.md alone.

    mirror.py NATS

Says in a line of JSON how many entries there are and the last one's hash. Exits with 1 at the first that is
missing, or does not chain to the one before.
"""

import argparse
import asyncio
import json
import sys

import nats
import nats.errors
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from entry import ZEROS, Entry
from fault import Fault


async def generations(js):
    """The generations as (first position, number, last position), the highest number first."""
    found = []
    for info in await js.streams_info():
        name, metadata = info.config.name, info.config.metadata or {}
        if name.startswith("LOG_") and "gpuaas-first" in metadata:
            found.append((int(name[4:]), int(metadata["gpuaas-first"]), info.state.last_seq))
    return sorted(found, reverse=True)


async def entries(js, number, first, last):
    """The messages of a generation from one sequence to another."""
    config = ConsumerConfig(
        deliver_policy=DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=first, ack_policy=AckPolicy.NONE, mem_storage=True
    )
    subscribed = await js.pull_subscribe(f"gpuaas-log.{number}", stream=f"LOG_{number}", config=config)
    expected = first
    while expected <= last:
        for message in await subscribed.fetch(500, timeout=2):
            if message.metadata.sequence.stream != expected:
                sys.exit(f"message {expected} of LOG_{number} is missing")
            yield message.data
            expected += 1
            if expected > last:
                break
    await subscribed.unsubscribe()


async def connected(url):
    """A connection, or the end with a sentence: the library would go on for a minute, and print each error."""
    errors = []

    async def keep(error):
        errors.append(error)

    try:
        return await nats.connect(url, max_reconnect_attempts=1, reconnect_time_wait=0.5, error_cb=keep)
    except (nats.errors.Error, OSError) as error:
        sys.exit(f"{url} cannot be reached: {errors[-1] if errors else error}")


async def check(url):
    connection = await connected(url)
    js = connection.jetstream()
    found = await generations(js)
    position, before = 0, ZEROS
    while True:
        held = next(((number, first, last) for number, first, last in found if first <= position + 1), None)
        if held is None:
            break
        # A generation ends where a later one begins.
        later = [first for number, first, _ in found if number > held[0]]
        last = min([held[2]] + [first - 1 for first in later])
        if last <= position:
            break
        async for data in entries(js, held[0], position + 1, last):
            position += 1
            entry = Entry(data)
            if entry.position != position or entry.prev != before:
                sys.exit(f"entry {position} does not chain to the one before")
            before = entry.hash
    await connection.close()
    return {"entries": position, "head": before.hex()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("nats")
    said = parser.parse_args()
    try:
        print(json.dumps(asyncio.run(check(said.nats))))
    except Fault as fault:
        sys.exit(f"an entry is malformed: {fault}")
    except nats.errors.Error as error:
        sys.exit(f"NATS: {error!r}")


if __name__ == "__main__":
    main()
