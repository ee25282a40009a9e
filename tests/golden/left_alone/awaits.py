import asyncio


async def fetch(number):
    await asyncio.sleep(0.001)
    return number * 2


async def numbers():
    for number in range(3):
        yield number


async def main():
    for number in range(3):
        print(await fetch(number))
    async for number in numbers():
        print(number)


asyncio.run(main())
