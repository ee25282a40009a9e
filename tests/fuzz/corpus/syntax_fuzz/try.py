try: a
except A as e: b
except: c
else: d
finally: e
try: a
except* (A, B): b
