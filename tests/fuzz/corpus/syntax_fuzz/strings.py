"a" "b" r"\n", b"c"
f"a{b!r:>{w}}{c=}d"
t"{a}"
1, 0x_FF, 1.0, 2e3, 3j, True, False, None
