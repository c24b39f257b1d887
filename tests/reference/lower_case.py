#!/usr/bin/env python3
"""Lower case as Python's str.lower has it (Unicode 14.0, Python 3.11), for sim/data/case_context.c and
tests/data/test_lower_case.c.

    python3 lower_case.py            writes lower_case.txt: lines in hexadecimal, as they are and lowered;
                                     prints the hash over every code point in every context
    python3 lower_case.py --tables   prints the tables of case_context.c

A capital sigma is final where a cased letter stands before it and none behind it, code points that
case ignores apart (SpecialCasing.txt, Final_Sigma). The two classes are read off str.lower itself.
"""
import os
import random
import sys
import unicodedata

SIGMA, SMALL, FINAL = "\u03a3", "\u03c3", "\u03c2"
CODES = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]


def is_final(before, after=""):
    return (before + SIGMA + after).lower()[len(before.lower())] == FINAL


def classes():
    cased = {c for c in CODES if is_final(chr(c))}
    ignored = {c for c in CODES if c not in cased and is_final("a" + chr(c))}
    return cased, ignored


def ranges(codes):
    """(first, last, step): runs of neighbours, or of every other code point."""
    codes, out = sorted(codes), []
    i = 0
    while i < len(codes):
        best = (codes[i], codes[i], 1, 1)
        for step in (1, 2):
            j = i
            while j + 1 < len(codes) and codes[j + 1] - codes[j] == step:
                j += 1
            if j - i + 1 > best[3]:
                best = (codes[i], codes[j], step, j - i + 1)
        out.append(best[:3])
        i += best[3]
    return out


def tables():
    for name, codes in zip(("cased", "ignored"), classes()):
        print(f"static const int32_t {name}[][3] = {{")
        line = "   "
        for first, last, step in ranges(codes):
            item = f" {{0x{first:X}, 0x{last:X}, {step}}},"
            if len(line + item) > 100:
                print(line)
                line = "   "
            line += item
        print(line + "\n};")


def contexts(c):
    return [c, "a" + c + SIGMA, c + SIGMA, "a" + SIGMA + c, "a" + SIGMA + c + "b", SIGMA + c + SIGMA, "'" + SIGMA + c + "."]


def fnv(h, data):
    for b in data:
        h = ((h ^ b) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return h


def lines():
    r = random.Random(20)
    pool = [SIGMA] * 12 + list("aAbB .,:;'\"-_^\u00ad\u2019\u0301\u0345\u02b0\u00aa\u1d2c\u2160\u24b6\u200d\u0130I\u0131\u1e9e\u0410\u03b1\u0391\u01c5\ufb01\u4e2d1\t\u00b7\u0387\u2024\ufe55\uff07")
    for _ in range(300):
        text = ""
        for _ in range(r.randint(1, 14)):
            text += r.choice(pool) if r.random() < 0.85 else chr(r.choice(CODES[0x21:]))
        yield text.replace("\n", " ").replace("\r", " ")


def main():
    if sys.argv[1:] == ["--tables"]:
        return tables()
    assert unicodedata.unidata_version == "14.0.0"
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "lower_case.txt")
    with open(path, "w") as f:
        for text in lines():
            f.write(text.encode().hex() + " " + text.lower().encode().hex() + "\n")
    h = 0xCBF29CE484222325
    for c in CODES:
        for text in contexts(chr(c)):
            h = fnv(h, text.lower().encode())
    print(f"0x{h:016X}")


main()
