'a' "b" r'\n', b'c'
f'a{b!r:>{w}}{c=}' 'd'
t'{a}'
1, 0x_ff, 1., 2e3, 3j, True, False, None
