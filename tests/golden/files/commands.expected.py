import subprocess
from concurrent.futures import ThreadPoolExecutor

pool = ThreadPoolExecutor(max_workers=3)
try:
    calls = [
        pool.submit(
            subprocess.run,
            ["touch", f"{name}.done"],
            check=True,
            stdin=subprocess.DEVNULL,
        )
        for name in ["a", "b", "c"]
    ]
    for name, pending in zip(["a", "b", "c"], calls):
        pending.result()
finally:
    pool.shutdown(cancel_futures=True)
print("done")
