#!/bin/sh
# Makes math.woff2, the mathematics font that travels inside the report: the letters, operators and
# tables that its equations need, out of TeX Gyre DejaVu Math (GUST Font License; a changed font goes
# by another name). Needs fonttools with brotli, and fonts-texgyre-math; run again where the small TeX
# of tex.c learns another symbol.
set -eu
cd "$(dirname "$0")"
python3 -m fontTools.subset "${1:-/usr/share/texmf/fonts/opentype/public/tex-gyre-math/texgyredejavu-math.otf}" \
    --unicodes='U+0020-007E,U+00A0,U+00AC,U+00AF,U+00B0,U+00B1,U+00B4,U+00B7,U+00D7,U+00F7,U+0131,U+0237,U+02C6,U+02C7,U+02D9,U+02DC,U+0300-0308,U+0391-03A9,U+03B1-03C9,U+03D1,U+03D5,U+03F5,U+2016,U+2026,U+2032,U+203E,U+2061,U+2062,U+2113,U+211D,U+2190-2194,U+21A6,U+21D2,U+21D4,U+2200,U+2202,U+2203,U+2205-2208,U+2209,U+220F,U+2211,U+2212,U+2213,U+2218,U+221A,U+221D,U+221E,U+2225,U+2229,U+222A,U+222B,U+223C,U+2243,U+2245,U+2248,U+2254,U+2260,U+2261,U+2264,U+2265,U+226A,U+226B,U+227A-227B,U+2282,U+2286,U+2295,U+2297,U+2299,U+22A4,U+22A5,U+22C5,U+22EE,U+22EF,U+2308-230B,U+27E8,U+27E9,U+1D434-1D467,U+210E,U+1D6E2-1D6FA,U+1D6FC-1D71B' \
    --flavor=woff2 --layout-features=ssty,dtls --no-glyph-names --desubroutinize --name-IDs=1,2,13,14 --output-file=math.woff2
python3 - <<'PY'
from fontTools.ttLib import TTFont
font = TTFont("math.woff2")
for record in font["name"].names:
    if record.nameID == 1:
        record.string = "attndyn math"
font["CFF "].cff.fontNames = ["attndyn-math"]
font.save("math.woff2")
PY
