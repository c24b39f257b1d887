#include "prose.h"

#include "greek.h"
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

/* Characters unchanged, except that HTML's are escaped. */
static void say_plain(struct page *p, const char *text, size_t n) {
    for (size_t i = 0; i < n; i++) {
        const char *entity = p->form < PROSE_TITLE ? NULL
                             : text[i] == '<'      ? "&lt;"
                             : text[i] == '>'      ? "&gt;"
                             : text[i] == '&'      ? "&amp;"
                             : text[i] == '"'      ? "&quot;"
                                                   : NULL;
        if (entity)
            say(p, entity);
        else if (p->form == PROSE_MARKDOWN && text[i] == '\n')
            say(p, " ");
        else if (p->form == PROSE_MARKDOWN && strchr("|`*_<", text[i]))
            put(p, (const char[]){'\\', text[i]}, 2);
        else
            put(p, text + i, 1);
    }
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

/* The length of (a, pair of) brackets with all that is inside; 0: they are not closed. */
static size_t bracketed(const char *at) {
    size_t depth = 0;
    for (size_t n = 0; at[n]; n++) {
        depth += at[n] == '(';
        if (at[n] == ')' && --depth == 0) return n + 1;
    }
    return 0;
}

/* The length of what follows ^ or _: {a group}, a word or number, with a sign, (a, pair of)
 * brackets. */
static size_t script(const char *at) {
    if (*at == '{') {
        size_t n = strcspn(at, "}");
        return at[n] ? n + 1 : 0;
    }
    if (*at == '(') return bracketed(at);
    if (*at == '*' || *at == '\'') return 1;
    size_t n = (*at == '-' || *at == '+') && isalnum((unsigned char)at[1]) ? 1 : 0;
    while (isalnum((unsigned char)at[n]) || at[n] == '\'') n++;
    if (n == 1 && at[0] == '1' && at[n] == '/' && isdigit((unsigned char)at[n + 1]))
        for (n++; isdigit((unsigned char)at[n]);) n++; /* ^1/2, but v^2/2 is v^2 over 2 */
    return n;
}

static void set_words(struct page *p, const char *text, size_t n);

/* One sub- or superscript: sign is _ or ^. */
static void set_script(struct page *p, char sign, const char *at, size_t n) {
    bool group = *at == '{' || (*at == '(' && p->form == PROSE_HTML);
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
    say_plain(p, &sign, 1);
    if (group) say(p, "{");
    set_words(p, inner, length);
    if (group) say(p, "}");
}

/* All the scripts at `at`; how many characters were read. */
static size_t set_scripts(struct page *p, const char *at) {
    size_t used = 0;
    while (at[used] == '_' || at[used] == '^') {
        size_t more = script(at + used + 1);
        if (!more) break;
        set_script(p, at[used], at + used + 1, more);
        used += 1 + more;
    }
    return used;
}

/* A name with nothing behind it but a sign of its own: an accent (~, ^ with no exponent, bar), a
 * number without underscore (lambda2), primes. */
struct symbol {
    size_t letters, bar, digits, primes;
    bool tilde, hat;
};

static size_t symbol_length(const struct symbol *s) {
    return s->letters + s->bar + s->digits + s->primes + s->tilde + s->hat;
}

/* A symbol with its accents and scripts at `at`; how many characters were read. */
static size_t set_symbol(struct page *p, const char *at, const struct symbol *s, bool upright) {
    const char *letter = greek_letter(at, s->letters);
    bool html = p->form == PROSE_HTML;
    size_t used = symbol_length(s);
    if (html && !upright) say(p, "<i>");
    if (s->letters == 3 && strncmp(at, "sum", 3) == 0)
        say(p, "∑");
    else if (letter)
        say(p, letter);
    else
        put(p, at, s->letters);
    if (s->tilde) say(p, "\u0303");
    if (s->hat) say(p, "\u0302");
    if (s->bar) say(p, "\u0304");
    if (html && !upright) say(p, "</i>");
    if (s->digits) set_script(p, '_', at + s->letters + s->bar, s->digits);
    for (size_t i = 0; i < s->primes; i++) say(p, "′");
    return used + set_scripts(p, at + used);
}

static const struct {
    const char *ascii, *sign;
} relations[] = {{"<=", "≤"}, {">=", "≥"}, {"!=", "≠"}, {"->", "→"},
                 {"<<", "≪"}, {">>", "≫"}, {"+-", "±"}};

static const char *const functions[] = {"ln",  "log", "exp", "sin", "cos",
                                        "tan", "erf", "sum", NULL};

static bool size_like(char c) {
    return isupper((unsigned char)c) || isdigit((unsigned char)c);
}

static bool symbolic(const char *at, size_t letters) {
    return letters == 1 || greek_letter(at, letters);
}

/* Is it a symbol that begins at `at`, in n characters: a Greek name, or a letter with a sign of
 * mathematics behind it? */
static bool is_symbol(const char *at, size_t n, struct symbol *s) {
    size_t letters = 0, end;
    *s = (struct symbol){0};
    while (letters < n && isalpha((unsigned char)at[letters])) letters++;
    if (letters > 3 && strncmp(at + letters - 3, "bar", 3) == 0) s->bar = 3;
    s->letters = letters - s->bar;
    if (!symbolic(at, s->letters)) return false;
    const bool greek_name = greek_letter(at, s->letters);
    for (end = letters; end < n && isdigit((unsigned char)at[end]);) end++;
    s->digits = end - letters;
    if (end < n && at[end] == '~') s->tilde = true, end++;
    size_t primes = 0;
    while (end + primes < n && at[end + primes] == '\'') primes++;
    if (primes && end + primes < n && strchr("_^", at[end + primes]))
        s->primes = primes, end += primes;
    if (end < n && at[end] == '^' && script(at + end + 1) == 0) s->hat = true, end++;
    const bool scripted = end < n && (at[end] == '_' || at[end] == '^') && script(at + end + 1) > 0;
    if (scripted || s->tilde || s->hat || s->bar) return true;
    return greek_name && (end == n || !(isalnum((unsigned char)at[end]) || at[end] == '_'));
}

/* Of a declared name: a symbol with a number (lambda_1, t_0), or a Greek one with indices
 * (alpha_nn, lambda_max), which reads as well set. */
static bool indexed(const char *at, size_t length) {
    size_t letters = strcspn(at, "_"), digits = 0, indices = 0;
    if (letters + 1 >= length || !symbolic(at, letters)) return false;
    const char *behind = at + letters + 1;
    const size_t n = length - letters - 1;
    while (digits < n && isdigit((unsigned char)behind[digits])) digits++;
    while (indices < n && strchr("nmlkij", behind[indices])) indices++;
    return digits == n ||
           (letters > 1 && ((indices == n && n <= 2) || (n == 3 && (!strncmp(behind, "max", 3) ||
                                                                    !strncmp(behind, "min", 3)))));
}

/* Is the "sum" at text[i] the sign, for the symbol behind it: not a word of a sentence? */
static bool is_sign_of_sum(const char *text, size_t i, size_t n) {
    struct symbol symbol;
    size_t before = i;
    if (i + 4 >= n || text[i + 3] != ' ' || !is_symbol(text + i + 4, n - i - 4, &symbol))
        return false;
    while (before > 0 && text[before - 1] == ' ') before--;
    return before == 0 || isdigit((unsigned char)text[before - 1]) ||
           strchr("(=+-*/<>|,", text[before - 1]) != NULL;
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
    if (letters == 3 && length == 3 && strncmp(at, "sum", 3) == 0 && is_sign_of_sum(text, i, n)) {
        say(p, "∑");
        return 3;
    }
    if (!indexed(at, length) && declared(at, length)) {
        if (p->form == PROSE_HTML) say(p, "<code>");
        say_plain(p, at, length);
        if (p->form == PROSE_HTML) say(p, "</code>");
        return length;
    }
    bool scripted = (at[letters] == '_' || at[letters] == '^') && i + letters < n &&
                    script(at + letters + 1) > 0;
    const struct symbol plain = {.letters = letters};
    struct symbol symbol;
    if (letters == 4 && length == 4 && strncmp(at, "sqrt", 4) == 0) {
        say(p, "√"); /* sqrt 2 and sqrt(d), written without a gap */
        return i + 5 < n && at[4] == ' ' && isalnum((unsigned char)at[5]) ? 5 : 4;
    }
    if (is_word(at, letters, functions)) {
        if (scripted) return set_symbol(p, at, &plain, true);
    } else if (is_symbol(at, n - i, &symbol)) {
        return set_symbol(p, at, &symbol, false);
    } else if (letters == 2 && *at == 'd' && scripted) { /* dz_m/dt */
        say(p, "d");
        return 1 + set_symbol(p, at + 1, &(struct symbol){.letters = 1}, false);
    }
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
        if (i >= 2 && i + 2 < n && strncmp(text + i - 1, " o ", 3) == 0 &&
            (isalnum((unsigned char)text[i - 2]) || text[i - 2] == ')') &&
            (isalpha((unsigned char)text[i + 2]) || text[i + 2] == '(')) {
            say(p, "∘");
            used = 1;
        }
        /* scripts of what is no symbol: (1 - c)^2, ||G||_F^2, 10^-3, lr^2 */
        if (i > 0 && ((text[i] == '^' &&
                       (isalnum((unsigned char)text[i - 1]) || strchr(")]|}", text[i - 1]))) ||
                      (text[i] == '_' && strchr(")|", text[i - 1]))))
            used = set_scripts(p, text + i);
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
