#!/usr/bin/env python3
"""Writes the documentation as a static site: the pages of docs/, every `attndyn describe`, the checks, and the report's
pages where a report stands. `make html-docs`; needs cmark-gfm. Search is a few lines of JavaScript over one index;
without JavaScript everything is reachable by links."""

import html
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = sys.argv[1]
TO = Path(sys.argv[2])
REPORT = Path(sys.argv[3]) if len(sys.argv) > 3 else None

MARKDOWN = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "python/README.md", "notebooks/README.md", "bench/README.md"]

STYLE = (ROOT / "experiments/frame/report/style.css").read_text() + """
body{display:grid;grid-template-columns:15rem minmax(0,1fr);gap:0 2rem;max-width:84rem}
body>header,body>footer{grid-column:1/-1}
.side{font-size:.9rem}.side ul{padding:0;list-style:none}.side li{margin:.15rem 0}.side summary{font-weight:600}
main{min-width:0}main table{display:block;overflow-x:auto}main img{max-width:100%;height:auto}
#found{list-style:none;padding:0}#found li{margin:.2rem 0}input[type=search]{font:inherit;width:100%;padding:.3rem}
.anchor{scroll-margin-top:1rem}dt{margin-top:.5rem}dt code{font-weight:600}
@media(max-width:60rem){body{display:block}}
"""
SEARCH = """
const box=document.getElementById('search'),found=document.getElementById('found');
if(box){box.hidden=false;box.addEventListener('input',()=>{const words=box.value.toLowerCase().split(/\\s+/).filter(Boolean);
found.replaceChildren();if(!words.length)return;let n=0;
for(const [title,where,text] of INDEX){const all=(title+' '+text).toLowerCase();
if(!words.every(w=>all.includes(w)))continue;const li=document.createElement('li'),a=document.createElement('a');
a.href=where;a.textContent=title;li.append(a);found.append(li);if(++n>=40)break;}})}
"""


def call(*words: str, stdin: str | None = None) -> str:
    return subprocess.run(words, input=stdin, capture_output=True, text=True, check=True, cwd=ROOT).stdout


def name_of(path: str) -> str:
    """The page of a Markdown file: README.md is the first one."""
    if path == "README.md":
        return "index.html"
    stem = re.sub(r"/README\.md$", "", path)
    return re.sub(r"\.md$", "", stem).replace("docs/", "").replace("/", "-").lower() + ".html"


def slug(heading: str) -> str:
    return re.sub(r"[^\w-]+", "-", html.unescape(re.sub(r"<[^>]*>", "", heading)).lower()).strip("-")


def links(body: str, path: str, known: dict[str, str]) -> str:
    """Links between the sources become links between the pages; other files of the tree stay names."""
    folder = Path(path).parent

    def one(match: re.Match) -> str:
        target, _, anchor = match.group(1).partition("#")
        if re.match(r"[a-z]+:", target) or not target:
            return match.group(0)
        at = os.path.normpath(folder / target)
        if at in known:
            return f'href="{known[at]}{"#" + anchor if anchor else ""}"'
        if (ROOT / at).is_file():
            place = TO / "files" / at
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / at, place)
            return f'href="files/{at}"'
        return match.group(0)

    body = re.sub(r'href="([^"]*)"', one, body)
    return re.sub(r'src="([^"]*)"', lambda m: one(re.match(r'href="(.*)"', f'href="{m.group(1)}"')).replace("href", "src"), body)


def anchors(body: str) -> tuple[str, list[tuple[str, str]]]:
    heads: list[tuple[str, str]] = []

    def one(match: re.Match) -> str:
        level, inner = match.group(1), match.group(2)
        heads.append((html.unescape(re.sub(r"<[^>]*>", "", inner)), slug(inner)))
        return f'<h{level} class="anchor" id="{slug(inner)}">{inner}</h{level}>'

    return re.sub(r"<h([1-6])>(.*?)</h\1>", one, body), heads


def text(value) -> str:
    return html.escape("" if value is None else str(value))


def paragraphs(prose: str) -> str:
    """Lines are paragraphs; those that are indented stay as they are laid out."""
    parts: list[str] = []
    for line in prose.split("\n"):
        kept = line.startswith("  ")
        if kept and parts and parts[-1].endswith("</pre>"):
            parts[-1] = parts[-1][:-len("</pre>")] + "\n" + line + "</pre>"
        elif line.strip():
            parts.append(f"<pre>{line}</pre>" if kept else f"<p>{line}</p>")
    return "\n".join(parts)


def described(about: dict) -> str:
    """One experiment, by `describe --json --html`: titles, docs and claims are HTML, with their formulas set."""
    parts = [f"<h1>{about['title']}</h1><p class=source><code>{text(about['id'])}</code> · {about['source']}</p>"]
    parts.append(paragraphs(about["doc"]))
    parts.append("<h2>Parameters</h2><dl>")
    for p in about["params"]:
        bounds = f", {p['min']:g} to {p['max']:g}" if p["min"] is not None and p["max"] is not None else ""
        kind = "|".join(p["choices"]) if p["choices"] else p["type"] + bounds
        only = f"; only with <code>{text(p['only'])}</code>" if p["only"] else ""
        parts.append(f"<dt><code>{text(p['name'])}={text(p['default'])}</code> <span class=source>({text(kind)}"
                     f"{', ' + text(p['unit']) if p['unit'] else ''}{only})</span></dt><dd>{p['doc']}</dd>")
    parts.append("</dl><h2>Presets</h2><dl>")
    parts += [f"<dt><code>{text(p['name'])}</code></dt><dd>{p['doc']}<br><code>{text(p['settings'])}</code></dd>"
              for p in about["presets"]]
    parts.append("</dl><h2>Tables</h2>")
    for table in about["tables"]:
        parts.append(f"<h3><code>{text(table['name'])}.csv</code></h3><p>{table['doc']}</p><dl>")
        parts += [f"<dt><code>{text(c['name'])}</code>{' [' + text(c['unit']) + ']' if c['unit'] else ''}</dt><dd>{c['doc']}</dd>"
                  for c in table["columns"]]
        parts.append("</dl>")
    if about["scalars"]:
        parts.append("<h2>Scalars</h2><dl>")
        parts += [f"<dt><code>{text(s['name'])}</code></dt><dd>{s['doc']}</dd>" for s in about["scalars"]]
        parts.append("</dl>")
    if about["checks"]:
        parts.append("<h2>Checks</h2><dl>")
        for c in about["checks"]:
            supposes = "".join(f"<li>{h['words']}</li>" for h in c.get("hypotheses", []))
            parts.append(f"<dt id=\"{slug(c['id'])}\"><code>{text(c['id'])}</code> <span class=source>{c['source']}</span></dt>"
                         f"<dd>{c['claim']} <span class=note>Fails if {c['fails_if']}.</span>"
                         f"{'<ul>' + supposes + '</ul>' if supposes else ''}</dd>")
        parts.append("</dl>")
    return "\n".join(parts)


def main() -> None:
    if shutil.which("cmark-gfm") is None:
        sys.exit("make html-docs: cmark-gfm is needed (apt-get install cmark-gfm)")
    shutil.rmtree(TO, ignore_errors=True)
    TO.mkdir(parents=True)
    sources = [p for p in MARKDOWN if (ROOT / p).is_file()]
    sources += sorted(str(p.relative_to(ROOT)) for p in (ROOT / "docs").glob("**/*.md"))
    known = {path: name_of(path) for path in sources}
    experiments = json.loads(call(PROGRAM, "list", "--json"))["experiments"]
    pages: list[tuple[str, str, str]] = []  # file, title, body
    index: list[tuple[str, str, str]] = []
    for path in sources:
        body = call("cmark-gfm", "--extension", "table", "--extension", "autolink", str(ROOT / path))
        body, heads = anchors(links(body, path, known))
        title = heads[0][0] if heads else path
        pages.append((known[path], title, body))
        index += [(head, f"{known[path]}#{anchor}", title) for head, anchor in heads]
    for experiment in experiments:
        about = json.loads(call(PROGRAM, "describe", experiment["id"], "--json"))
        file = "experiment-" + experiment["id"].replace("/", "-") + ".html"
        shown = json.loads(call(PROGRAM, "describe", experiment["id"], "--json", "--html"))
        pages.append((file, about["id"], described(shown)))
        index.append((about["id"], file, about["title"] + " " + about["doc"]))
        index += [(c["id"], f"{file}#{slug(c['id'])}", c["claim"]) for c in about["checks"]]
        index += [(f"{about['id']} {p['name']}", file, p["doc"]) for p in about["params"]]
    if REPORT and (REPORT / "index.html").is_file():
        shutil.copytree(REPORT, TO / "report", ignore=shutil.ignore_patterns("resume", "*.safetensors"))
    families: dict[str, list[str]] = {}
    for experiment in experiments:
        families.setdefault(experiment["family"], []).append(experiment["id"])
    side = ["<nav class=side aria-label=Pages><input type=search id=search aria-label=Search placeholder=Search hidden><ul id=found></ul><ul>"]
    side += [f'<li><a href="{file}">{text(title)}</a></li>' for file, title, _ in pages if not file.startswith("experiment-")]
    if (TO / "report").is_dir():
        side.append('<li><a href="report/index.html">The report</a></li>')
    side.append("</ul>")
    for family, ids in families.items():
        side.append(f"<details><summary>{text(family)}/</summary><ul>")
        side += [f'<li><a href="experiment-{id.replace("/", "-")}.html">{text(id.split("/")[1])}</a></li>' for id in ids]
        side.append("</ul></details>")
    side.append("</nav>")
    (TO / "style.css").write_text(STYLE)
    (TO / "search.js").write_text("const INDEX=" + json.dumps(index, ensure_ascii=False) + ";" + SEARCH)
    shutil.copyfile(ROOT / "experiments/frame/report/math.woff2", TO / "math.woff2")
    for file, title, body in pages:
        (TO / file).write_text(
            f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
            f'<link rel="icon" href="data:,"><title>{text(title)} · attndyn</title><link rel="stylesheet" href="style.css"></head>\n<body>'
            f'<header><p class="name"><a href="index.html">attndyn</a></p></header>{"".join(side)}\n<main>{body}</main>\n'
            f'<footer><p>{text(call(PROGRAM, "--version").strip())}</p></footer><script src="search.js"></script></body></html>\n')
    broken = check(TO)
    print(f"{len(pages)} pages, {len(index)} entries in the index: {TO}/index.html")
    if broken:
        sys.exit("links that lead nowhere:\n" + "\n".join(broken))


def check(folder: Path) -> list[str]:
    """Links of the site's own pages that lead nowhere."""
    broken = []
    ids = {page.name: set(re.findall(r'\bid="([^"]*)"', page.read_text())) for page in folder.glob("*.html")}
    for page in folder.glob("*.html"):
        for target in re.findall(r'(?:href|src)="([^"]*)"', page.read_text()):
            file, _, anchor = html.unescape(target).partition("#")
            if re.match(r"[a-z]+:", file):
                continue
            if file and not (folder / file).exists():
                broken.append(f"{page.name}: {target}")
            elif anchor and (file or page.name) in ids and anchor not in ids[file or page.name]:
                broken.append(f"{page.name}: {target}")
    return broken


main()
