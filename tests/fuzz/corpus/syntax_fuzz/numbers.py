0x_f 0o17 0b1 1_0.5e-3j 07 1if x else 2
