"""Writes unicode_tables.inc: what names outside ASCII may hold, and their NFKC form.

    python3 src/syntax/make_unicode_tables.py > src/syntax/unicode_tables.inc

The tables are those of the Unicode version of the interpreter that runs this (named in the output).
"""

import unicodedata

CODES = [code for code in range(0x80, 0x110000) if not 0xD800 <= code < 0xE000]
HANGUL = range(0xAC00, 0xD7A4)  # composed by arithmetic


def ranges(codes):
    found = []
    for code in codes:
        if found and found[-1][1] == code - 1:
            found[-1][1] = code
        else:
            found.append([code, code])
    return found


def print_rows(head, rows):
    print(f"constexpr {head}[] = {{")
    line = ""
    for row in rows:
        if len(line) + len(row) + 2 > 96:
            print("   " + line)
            line = ""
        line += f" {row},"
    print("   " + line)
    print("};")


def main():
    starts = [code for code in CODES if chr(code).isidentifier()]
    continues = [code for code in CODES if ("a" + chr(code)).isidentifier()]
    print(f"// Made by make_unicode_tables.py from Unicode {unicodedata.unidata_version}.")
    print_rows("Range kStarts", (f"{{0x{a:x}, 0x{b:x}}}" for a, b in ranges(starts)))
    print_rows("Range kContinues", (f"{{0x{a:x}, 0x{b:x}}}" for a, b in ranges(continues)))

    pool, rows = [], []
    for code in continues:
        normal = unicodedata.normalize("NFKC", chr(code))
        if normal != chr(code):
            rows.append(f"{{0x{code:x}, {len(pool)}, {len(normal)}}}")
            pool.extend(f"0x{ord(c):x}" for c in normal)
    print_rows("Mapping kMappings", rows)
    print_rows("std::uint32_t kMappedTo", pool)

    classes = [(code, unicodedata.combining(chr(code))) for code in CODES]
    found = []
    for code, combining in classes:
        if found and found[-1][1] == code - 1 and found[-1][2] == combining:
            found[-1][1] = code
        elif combining:
            found.append([code, code, combining])
    print_rows("CombiningClass kCombining", (f"{{0x{a:x}, 0x{b:x}, {c}}}" for a, b, c in found))

    pairs = []
    for code in CODES:
        parts = unicodedata.decomposition(chr(code)).split()
        if len(parts) == 2 and not parts[0].startswith("<") and code not in HANGUL:
            first, second = (int(part, 16) for part in parts)
            if unicodedata.normalize("NFC", chr(first) + chr(second)) == chr(code):
                pairs.append((first, second, code))
    print_rows("Pair kPairs", (f"{{0x{a:x}, 0x{b:x}, 0x{c:x}}}" for a, b, c in sorted(pairs)))


if __name__ == "__main__":
    main()
