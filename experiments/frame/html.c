#include "html.h"

#include <stdbool.h>
#include <string.h>

static void text_n(FILE *to, const char *text, size_t n) {
    for (size_t i = 0; i < n; i++) {
        switch (text[i]) {
        case '<':
            fputs("&lt;", to);
            break;
        case '>':
            fputs("&gt;", to);
            break;
        case '&':
            fputs("&amp;", to);
            break;
        case '"':
            fputs("&quot;", to);
            break;
        default:
            fputc(text[i], to);
        }
    }
}

void html_text(FILE *to, const char *text) {
    text_n(to, text, strlen(text));
}

void html_paragraphs(FILE *to, const char *text) {
    while (*text) {
        const char *end = strstr(text, "\n\n");
        size_t n = end ? (size_t)(end - text) : strlen(text);
        bool kept = strncmp(text, "  ", 2) == 0;
        fputs(kept ? "<pre>" : "<p>", to);
        text_n(to, text, n);
        fputs(kept ? "</pre>\n" : "</p>\n", to);
        text += n;
        while (*text == '\n') text++;
    }
}

static const char style[] =
    ":root{--ink:#1a1a1a;--paper:#fff;--line:#d8d8d8;--soft:#f5f6f8;--link:#0b5394}"
    "@media(prefers-color-scheme:dark){:root{--ink:#e6e6e6;--paper:#16181c;--line:#3a3d44;"
    "--soft:#1f2228;--link:#8ab8ff}figure img{background:#fff}}"
    "body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);"
    "max-width:75rem;margin:0 auto;padding:1rem}"
    "a{color:var(--link)}h1{font-size:1.6rem}h2{margin-top:2.5rem;border-bottom:1px solid "
    "var(--line)}section{margin-top:2.5rem}"
    "table{border-collapse:collapse;font-size:.88rem;display:block;overflow-x:auto}"
    "th,td{border-bottom:1px solid var(--line);padding:.3rem .5rem;text-align:left;vertical-align:"
    "top}th{background:var(--soft);position:sticky;top:0}"
    ".num{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}"
    ".note,.source,.data,.command{font-size:.85rem;opacity:.85}"
    ".holds{color:#00794f;font-weight:600}.erratum{color:#8a5a00;font-weight:600}"
    ".fails{color:#c0261a;font-weight:700}.skipped{color:#6a6a6a}"
    "@media(prefers-color-scheme:dark){.holds{color:#4fd1a0}.erratum{color:#f0b94a}"
    ".fails{color:#ff8a80}.skipped{color:#aaa}}"
    "figure{margin:1rem 0}figure img{max-width:100%;height:auto}figcaption{font-size:.9rem}"
    "pre{background:var(--soft);padding:.6rem;overflow-x:auto}"
    "nav ul{columns:2;font-size:.9rem}@media(max-width:45rem){nav ul{columns:1}}"
    "@media print{details{display:none}section{break-inside:avoid}}";

void html_begin(FILE *to, const char *title) {
    fputs(
        "<!doctype html>\n<html lang=en><head><meta charset=utf-8>\n<meta name=viewport "
        "content=\"width=device-width,initial-scale=1\">\n<link rel=icon href=\"data:,\">\n<title>",
        to);
    html_text(to, title);
    fprintf(to, "</title>\n<style>%s</style></head><body>\n<h1>", style);
    html_text(to, title);
    fputs("</h1>\n", to);
}

void html_end(FILE *to) {
    fputs("</body></html>\n", to);
}
