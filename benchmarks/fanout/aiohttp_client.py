"""What one would write with aiohttp: one session, a semaphore, a call for each line, all gathered.

aiohttp_client.py BASE_URL PROMPTS IN_FLIGHT
"""

import asyncio
import pathlib
import sys

import aiohttp


async def main(base_url, path, in_flight):
    prompts = pathlib.Path(path).read_text(encoding="utf-8").splitlines()
    slots = asyncio.Semaphore(in_flight)
    connector = aiohttp.TCPConnector(limit=in_flight)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def ask(prompt):
            body = {"model": "mock", "messages": [{"role": "user", "content": prompt}]}
            async with slots, session.post(f"{base_url}/chat/completions", json=body) as reply:
                answer = await reply.json()
                return answer["choices"][0]["message"]["content"]

        answers = await asyncio.gather(*map(ask, prompts))
    print(len(answers))


asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
