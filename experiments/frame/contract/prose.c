#include "prose.h"

#include "registry.h"

#include <ctype.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A stream, or a growing text. */
struct page {
    FILE *to;
    struct attndyn_context *ctx;
    char *text;
    size_t length, room;
    enum prose form;
    bool failed;
};

static void put(struct page *p, const char *text, size_t n) {
    if (p->to) {
        fwrite(text, 1, n, p->to);
        return;
    }
    if (p->failed) return;
    if (p->length + n + 1 > p->room) {
        size_t room = 2 * (p->length + n + 1);
        char *larger = attndyn_resize(p->ctx, p->text, p->room, room, 1);
        if (!larger) {
            p->failed = true;
            return;
        }
        p->text = larger;
        p->room = room;
    }
    memcpy(p->text + p->length, text, n);
    p->length += n;
    p->text[p->length] = '\0';
}

static void say(struct page *p, const char *text) {
    put(p, text, strlen(text));
}

/* Characters as they stand; HTML's own are escaped. */
static void say_plain(struct page *p, const char *text, size_t n) {
    for (size_t i = 0; i < n; i++) {
        const char *entity = p->form != PROSE_HTML ? NULL
                             : text[i] == '<'      ? "&lt;"
                             : text[i] == '>'      ? "&gt;"
                             : text[i] == '&'      ? "&amp;"
                             : text[i] == '"'      ? "&quot;"
                                                   : NULL;
        if (entity)
            say(p, entity);
        else
            put(p, text + i, 1);
    }
}

static const struct {
    const char *name, *letter;
} greek[] = {{"alpha", "α"}, {"beta", "β"},   {"gamma", "γ"}, {"delta", "δ"},   {"epsilon", "ε"},
             {"eps", "ε"},   {"zeta", "ζ"},   {"eta", "η"},   {"theta", "θ"},   {"iota", "ι"},
             {"kappa", "κ"}, {"lambda", "λ"}, {"mu", "μ"},    {"nu", "ν"},      {"xi", "ξ"},
             {"pi", "π"},    {"rho", "ρ"},    {"sigma", "σ"}, {"tau", "τ"},     {"phi", "φ"},
             {"chi", "χ"},   {"psi", "ψ"},    {"omega", "ω"}, {"Gamma", "Γ"},   {"Delta", "Δ"},
             {"Theta", "Θ"}, {"Lambda", "Λ"}, {"Xi", "Ξ"},    {"Pi", "Π"},      {"Sigma", "Σ"},
             {"Phi", "Φ"},   {"Psi", "Ψ"},    {"Omega", "Ω"}, {"infinity", "∞"}};

static const char *greek_letter(const char *word, size_t n) {
    for (size_t i = 0; i < sizeof greek / sizeof *greek; i++)
        if (strlen(greek[i].name) == n && strncmp(greek[i].name, word, n) == 0)
            return greek[i].letter;
    return NULL;
}

static bool is_word(const char *word, size_t n, const char *const *list) {
    for (; *list; list++)
        if (strlen(*list) == n && strncmp(*list, word, n) == 0) return true;
    return false;
}

/* Is it the name of a parameter, column or scalar? */
static bool declared(const char *word, size_t n) {
    if (!memchr(word, '_', n)) return false;
#define SAME(name) (strlen(name) == n && strncmp(name, word, n) == 0)
    for (size_t e = 0; e < registry_count(); e++) {
        const struct experiment *x = registry_at(e);
        for (const struct param *p = x->params; p && p->name; p++)
            if (SAME(p->name)) return true;
        for (const struct scalar *s = x->scalars; s && s->name; s++)
            if (SAME(s->name)) return true;
        for (const struct table *t = x->tables; t && t->name; t++) {
            if (SAME(t->name)) return true;
            for (const struct column *c = t->columns; c->name; c++)
                if (SAME(c->name)) return true;
        }
    }
#undef SAME
    return false;
}

/* The length of what follows ^ or _: {a group}, a word or number, with a sign, (a, pair of)
 * brackets. */
static size_t script(const char *at) {
    if (*at == '{') {
        size_t n = strcspn(at, "}");
        return at[n] ? n + 1 : 0;
    }
    if (*at == '*' || *at == '\'') return 1;
    size_t n = (*at == '-' || *at == '+') && isalnum((unsigned char)at[1]) ? 1 : 0;
    while (isalnum((unsigned char)at[n]) || at[n] == '\'') n++;
    if (at[n] == '/' && isdigit((unsigned char)at[0]) && isdigit((unsigned char)at[n + 1]))
        for (n++; isdigit((unsigned char)at[n]);) n++; /* ^1/2 */
    return n;
}

static void set_words(struct page *p, const char *text, size_t n);

/* One sub- or superscript: sign is _ or ^. */
static void set_script(struct page *p, char sign, const char *at, size_t n) {
    bool group = *at == '{';
    const char *inner = group ? at + 1 : at;
    size_t length = group ? n - 2 : n;
    if (p->form == PROSE_HTML) {
        say(p, sign == '_' ? "<sub>" : "<sup>");
        set_words(p, inner, length);
        say(p, sign == '_' ? "</sub>" : "</sup>");
        return;
    }
    static const char *const up[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"},
                             *const down[] = {"₀", "₁", "₂", "₃", "₄", "₅", "₆", "₇", "₈", "₉"};
    size_t digits = 0;
    for (size_t i = 0; i < length; i++)
        digits += isdigit((unsigned char)inner[i]) || (i == 0 && inner[i] == '-' && sign == '^');
    if (digits == length) {
        for (size_t i = 0; i < length; i++)
            say(p, inner[i] == '-' ? "⁻" : sign == '^' ? up[inner[i] - '0'] : down[inner[i] - '0']);
        return;
    }
    put(p, &sign, 1);
    if (group) say(p, "{");
    set_words(p, inner, length);
    if (group) say(p, "}");
}

/* A symbol with its accents and scripts at `at`, whose name has n characters; how many were read.
 */
static size_t set_symbol(struct page *p, const char *at, size_t n, bool upright) {
    const char *letter = greek_letter(at, n);
    bool html = p->form == PROSE_HTML;
    size_t used = n;
    if (html && !upright) say(p, "<i>");
    if (n == 3 && strncmp(at, "sum", 3) == 0)
        say(p, "∑");
    else if (letter)
        say(p, letter);
    else
        put(p, at, n);
    if (at[used] == '~') say(p, "\u0303"), used++;
    if (html && !upright) say(p, "</i>");
    while (at[used] == '_' || at[used] == '^') {
        size_t more = script(at + used + 1);
        if (!more) break;
        set_script(p, at[used], at + used + 1, more);
        used += 1 + more;
    }
    return used;
}

static const struct {
    const char *ascii, *sign;
} relations[] = {{"<=", "≤"}, {">=", "≥"}, {"!=", "≠"}, {"->", "→"}, {"<<", "≪"}, {">>", "≫"}};

static const char *const functions[] = {"ln",  "log", "exp", "sin", "cos",
                                        "tan", "erf", "sum", NULL};

static bool size_like(char c) {
    return isupper((unsigned char)c) || isdigit((unsigned char)c);
}

/* The word that begins at text[i]; how many characters were read, 0: no word begins there. */
static size_t set_word(struct page *p, const char *text, size_t i, size_t n) {
    const char *at = text + i;
    size_t letters = 0, length;
    while (i + letters < n && isalpha((unsigned char)at[letters])) letters++;
    if (letters == 0) return 0;
    for (length = letters;
         i + length < n && (isalnum((unsigned char)at[length]) || at[length] == '_');)
        length++;
    if (declared(at, length)) {
        if (p->form == PROSE_HTML) say(p, "<code>");
        say_plain(p, at, length);
        if (p->form == PROSE_HTML) say(p, "</code>");
        return length;
    }
    char next = i + letters < n ? at[letters] : '\0';
    bool scripted = (next == '_' || next == '^') && script(at + letters + 1) > 0;
    bool function = is_word(at, letters, functions);
    if (letters == 4 && length == 4 && strncmp(at, "sqrt", 4) == 0) {
        say(p, "√");
        return 4;
    }
    if (function && scripted) return set_symbol(p, at, letters, true);
    if (letters == 1 && (scripted || next == '~')) return set_symbol(p, at, 1, false);
    if (greek_letter(at, letters) && (letters == length || scripted))
        return set_symbol(p, at, letters, false);
    /* dz/dt, dB: a differential of one letter stays upright text; so do words */
    say_plain(p, at, length);
    return length;
}

static void set_words(struct page *p, const char *text, size_t n) {
    for (size_t i = 0; i < n;) {
        bool begins = i == 0 || !(isalnum((unsigned char)text[i - 1]) || text[i - 1] == '_');
        /* ids and paths are neither words nor formulas */
        size_t used = 0;
        if (i >= 2 && i + 2 < n && strncmp(text + i - 1, " x ", 3) == 0 && size_like(text[i - 2]) &&
            size_like(text[i + 2])) {
            say(p, "×");
            used = 1;
        }
        if (!used && begins && isalpha((unsigned char)text[i])) {
            size_t path = 0;
            bool slash = false, dash = false;
            while (i + path < n &&
                   (isalnum((unsigned char)text[i + path]) || strchr("_-/.", text[i + path]))) {
                slash |=
                    text[i + path] == '/' && path > 2 && islower((unsigned char)text[i + path + 1]);
                dash |= text[i + path] == '-';
                path++;
            }
            if (slash && dash) {
                say_plain(p, text + i, path);
                i += path;
                continue;
            }
            used = set_word(p, text, i, n);
        }
        for (size_t r = 0; !used && i + 1 < n && r < sizeof relations / sizeof *relations; r++)
            if (strncmp(text + i, relations[r].ascii, 2) == 0 && text[i + 2] != text[i + 1]) {
                say(p, relations[r].sign);
                used = 2;
            }
        if (!used) {
            say_plain(p, text + i, 1);
            used = 1;
        }
        i += used;
    }
}

char *prose_set(struct attndyn_context *ctx, const char *text, enum prose form) {
    struct page page = {.ctx = ctx, .form = form};
    put(&page, "", 0);
    if (form == PROSE_PLAIN)
        say(&page, text);
    else
        set_words(&page, text, strlen(text));
    return page.failed ? NULL : page.text;
}

void prose_write(FILE *to, const char *text, size_t n, enum prose form) {
    struct page page = {.to = to, .form = form};
    if (form == PROSE_PLAIN)
        put(&page, text, n);
    else
        set_words(&page, text, n);
}

enum prose prose_of_terminal(void) {
    if (!isatty(STDOUT_FILENO) || !setlocale(LC_CTYPE, "")) return PROSE_PLAIN;
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0 ? PROSE_UNICODE : PROSE_PLAIN;
}
