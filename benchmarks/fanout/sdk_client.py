"""The same with the official SDK, as its documentation shows: AsyncOpenAI under a semaphore.

sdk_client.py BASE_URL PROMPTS IN_FLIGHT
"""

import asyncio
import pathlib
import sys

import openai


async def main(base_url, path, in_flight):
    prompts = pathlib.Path(path).read_text(encoding="utf-8").splitlines()
    slots = asyncio.Semaphore(in_flight)
    async with openai.AsyncOpenAI(base_url=base_url, api_key="none") as client:

        async def ask(prompt):
            async with slots:
                answer = await client.chat.completions.create(
                    model="mock", messages=[{"role": "user", "content": prompt}]
                )
                return answer.choices[0].message.content

        answers = await asyncio.gather(*map(ask, prompts))
    print(len(answers))


asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
