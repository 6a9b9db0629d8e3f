#!/usr/bin/env python3
"""Hands each connection to PORT on to the first of the other ports that takes it, all on loopback:
forward.py PORT PORT...; what a Service does, where there is none."""
import asyncio
import sys

port, *targets = [int(argument) for argument in sys.argv[1:]]


async def copy(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


async def connected(reader, writer):
    for target in targets:
        try:
            to_reader, to_writer = await asyncio.open_connection("127.0.0.1", target)
        except OSError:
            continue
        await asyncio.gather(copy(reader, to_writer), copy(to_reader, writer))
        return
    writer.close()


async def main():
    server = await asyncio.start_server(connected, "127.0.0.1", port)
    await server.serve_forever()


asyncio.run(main())
