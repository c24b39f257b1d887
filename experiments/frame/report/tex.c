#include "tex.h"

#include "experiments/frame/contract/prose.h"
#include "html.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a name stands for. */
enum kind {
    SYMBOL,   /* <mi>: an italic letter */
    UPRIGHT,  /* <mi>: an upright letter */
    OPERATOR, /* <mo> */
    LARGE,    /* <mo> whose scripts stand under and over it */
    LIMIT,    /* a named operator, likewise */
    FUNCTION, /* a named function */
    SPACE
};

static const struct name {
    const char *tex, *text;
    enum kind kind;
} names[] = {
    {"alpha", "α", SYMBOL},       {"beta", "β", SYMBOL},        {"gamma", "γ", SYMBOL},
    {"delta", "δ", SYMBOL},       {"epsilon", "ϵ", SYMBOL},     {"eta", "η", SYMBOL},
    {"theta", "θ", SYMBOL},       {"iota", "ι", SYMBOL},        {"kappa", "κ", SYMBOL},
    {"lambda", "λ", SYMBOL},      {"mu", "μ", SYMBOL},          {"nu", "ν", SYMBOL},
    {"xi", "ξ", SYMBOL},          {"pi", "π", SYMBOL},          {"rho", "ρ", SYMBOL},
    {"sigma", "σ", SYMBOL},       {"tau", "τ", SYMBOL},         {"zeta", "ζ", SYMBOL},
    {"phi", "φ", SYMBOL},         {"chi", "χ", SYMBOL},         {"psi", "ψ", SYMBOL},
    {"omega", "ω", SYMBOL},       {"Delta", "Δ", UPRIGHT},      {"Phi", "Φ", UPRIGHT},
    {"Omega", "Ω", UPRIGHT},      {"Gamma", "Γ", UPRIGHT},      {"Pi", "Π", UPRIGHT},
    {"ell", "ℓ", SYMBOL},         {"infty", "∞", UPRIGHT},      {"partial", "∂", SYMBOL},
    {"nabla", "∇", UPRIGHT},      {"top", "⊤", UPRIGHT},        {"perp", "⊥", UPRIGHT},
    {"parallel", "∥", UPRIGHT},   {"ldots", "…", UPRIGHT},      {"circ", "∘", OPERATOR},
    {"cdot", "⋅", OPERATOR},      {"times", "×", OPERATOR},     {"otimes", "⊗", OPERATOR},
    {"pm", "±", OPERATOR},        {"cup", "∪", OPERATOR},       {"le", "≤", OPERATOR},
    {"ge", "≥", OPERATOR},        {"ll", "≪", OPERATOR},        {"gg", "≫", OPERATOR},
    {"ne", "≠", OPERATOR},        {"approx", "≈", OPERATOR},    {"sim", "∼", OPERATOR},
    {"equiv", "≡", OPERATOR},     {"propto", "∝", OPERATOR},    {"to", "→", OPERATOR},
    {"in", "∈", OPERATOR},        {"leftarrow", "←", OPERATOR}, {"int", "∫", OPERATOR},
    {"sum", "∑", LARGE},          {"prod", "∏", LARGE},         {"max", "max", LIMIT},
    {"min", "min", LIMIT},        {"lim", "lim", LIMIT},        {"argmax", "arg max", LIMIT},
    {"argmin", "arg min", LIMIT}, {"ln", "ln", FUNCTION},       {"exp", "exp", FUNCTION},
    {"erf", "erf", FUNCTION},     {"sinh", "sinh", FUNCTION},   {"cosh", "cosh", FUNCTION},
    {"cos", "cos", FUNCTION},     {"diag", "diag", FUNCTION},   {"sgn", "sgn", FUNCTION},
    {",", "0.17em", SPACE},       {";", "0.28em", SPACE},       {"quad", "1em", SPACE},
    {NULL, NULL, SYMBOL}};

static const struct accent {
    const char *tex, *text;
} accents[] = {{"dot", "˙"},   {"bar", "¯"},      {"hat", "^"},
               {"tilde", "~"}, {"overline", "¯"}, {NULL, NULL}};

struct parser {
    struct attndyn_context *ctx;
    const char *source, *at;
    enum attndyn_status status;
    bool under;    /* the last atom takes its scripts under and over */
    bool function; /* the last atom is a function's name */
};

static char *refuse(struct parser *p, const char *what) {
    if (!p->status)
        p->status = attndyn_fail(p->ctx, ATTNDYN_RUN_FAILED,
                                 "equation '%s': at '%.20s': %s (report/tex.h lists what is known)",
                                 p->source, p->at, what);
    return NULL;
}

static char *made(struct parser *p, char *text) {
    if (!text && !p->status) p->status = ATTNDYN_NO_MEMORY;
    return text;
}

static void blanks(struct parser *p) {
    while (*p->at == ' ') p->at++;
}

static char *row(struct parser *p, const char *stop);

/* {group}, or one symbol. */
static char *atom(struct parser *p);
static char *argument(struct parser *p) {
    blanks(p);
    if (*p->at != '{') return atom(p);
    p->at++;
    char *inside = row(p, "}");
    if (!inside) return NULL;
    p->at++;
    return made(p, attndyn_format(p->ctx, "<mrow>%s</mrow>", inside));
}

/* The letters of \mathrm{...} and its like, as they stand. */
static char *letters(struct parser *p) {
    blanks(p);
    size_t n = *p->at == '{' ? strcspn(p->at, "}") : 0;
    if (n == 0 || p->at[n] != '}') return refuse(p, "expected {text}");
    const char *from = p->at + 1;
    p->at += n + 1;
    return made(p, attndyn_format(p->ctx, "%.*s", (int)(n - 1), from));
}

static char *fence(struct parser *p) {
    static const struct {
        const char *tex, *text;
    } fences[] = {{"(", "("}, {")", ")"}, {"[", "["}, {"]", "]"}, {"|", "|"}, {"\\|", "‖"}};
    for (size_t i = 0; i < sizeof fences / sizeof *fences; i++)
        if (strncmp(p->at, fences[i].tex, strlen(fences[i].tex)) == 0) {
            p->at += strlen(fences[i].tex);
            return (char *)fences[i].text;
        }
    return refuse(p, "expected a bracket");
}

static char *stretched(struct parser *p) {
    char *open = fence(p);
    char *inside = open ? row(p, "\\right") : NULL;
    if (!inside) return NULL;
    p->at += strlen("\\right");
    char *close = fence(p);
    if (!close) return NULL;
    return made(p, attndyn_format(p->ctx,
                                  "<mrow><mo form=\"prefix\">%s</mo>%s<mo form=\"postfix\">%s</mo>"
                                  "</mrow>",
                                  open, inside, close));
}

static char *named(struct parser *p, const struct name *name) {
    switch (name->kind) {
    case SYMBOL:
        return attndyn_format(p->ctx, "<mi>%s</mi>", name->text);
    case UPRIGHT:
        return attndyn_format(p->ctx, "<mi mathvariant=\"normal\">%s</mi>", name->text);
    case OPERATOR:
        return attndyn_format(p->ctx, "<mo>%s</mo>", name->text);
    case LARGE:
        p->under = true;
        return attndyn_format(p->ctx, "<mo>%s</mo>", name->text);
    case LIMIT:
        p->under = true;
        return attndyn_format(
            p->ctx, "<mo movablelimits=\"true\" lspace=\"0.17em\" rspace=\"0.17em\">%s</mo>",
            name->text);
    case FUNCTION:
        p->function = true;
        return attndyn_format(p->ctx, "<mi mathvariant=\"normal\">%s</mi>", name->text);
    case SPACE:
        return attndyn_format(p->ctx, "<mspace width=\"%s\"></mspace>", name->text);
    }
    return NULL;
}

/* After a backslash. */
static char *command(struct parser *p) {
    char word[24];
    size_t n = 0;
    const char *start = p->at;
    if (isalpha((unsigned char)*p->at))
        while (isalpha((unsigned char)*p->at) && n < sizeof word - 1) word[n++] = *p->at++;
    else if (*p->at)
        word[n++] = *p->at++;
    word[n] = '\0';
    for (const struct name *s = names; s->tex; s++)
        if (strcmp(word, s->tex) == 0) return made(p, named(p, s));
    if (strcmp(word, "|") == 0)
        return made(p, attndyn_strdup(p->ctx, "<mo stretchy=\"false\" lspace=\"0\" "
                                              "rspace=\"0\">‖</mo>"));
    if (strcmp(word, "left") == 0) return stretched(p);
    for (const struct accent *a = accents; a->tex; a++) {
        if (strcmp(word, a->tex) != 0) continue;
        char *under = argument(p);
        if (!under) return NULL;
        return made(p,
                    attndyn_format(p->ctx,
                                   "<mover accent=\"true\">%s<mo stretchy=\"%s\">%s</mo>"
                                   "</mover>",
                                   under, strcmp(a->tex, "overline") ? "false" : "true", a->text));
    }
    if (strcmp(word, "frac") == 0 || strcmp(word, "tfrac") == 0) {
        char *above = argument(p), *below = above ? argument(p) : NULL;
        if (!below) return NULL;
        return made(p, attndyn_format(p->ctx,
                                      "<mstyle displaystyle=\"%s\"><mfrac>%s%s</mfrac>"
                                      "</mstyle>",
                                      word[0] == 't' ? "false" : "true", above, below));
    }
    if (strcmp(word, "sqrt") == 0) {
        char *inside = argument(p);
        return inside ? made(p, attndyn_format(p->ctx, "<msqrt>%s</msqrt>", inside)) : NULL;
    }
    static const struct {
        const char *tex, *open, *close;
        bool function;
    } texts[] = {{"mathrm", "<mi mathvariant=\"normal\">", "</mi>", false},
                 {"mathbf", "<mn class=\"bold\">", "</mn>", false},
                 {"operatorname", "<mi mathvariant=\"normal\">", "</mi>", true},
                 {"text", "<mtext>", "</mtext>", false}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (strcmp(word, texts[i].tex) != 0) continue;
        char *inside = letters(p);
        if (!inside) return NULL;
        p->function = texts[i].function;
        return made(p, attndyn_format(p->ctx, "%s%s%s", texts[i].open, inside, texts[i].close));
    }
    p->at = start;
    return refuse(p, "unknown command");
}

static char *number(struct parser *p) {
    size_t n = strspn(p->at, "0123456789");
    if (p->at[n] == '.' && isdigit((unsigned char)p->at[n + 1]))
        n += 1 + strspn(p->at + n + 1, "0123456789");
    p->at += n;
    return made(p, attndyn_format(p->ctx, "<mn>%.*s</mn>", (int)n, p->at - n));
}

/* Is a + or - here a sign, rather than an operation? */
static bool leads(const struct parser *p) {
    const char *before = p->at;
    while (before > p->source && before[-1] == ' ') before--;
    return before == p->source || strchr("=<>([{,", before[-1]);
}

static char *atom(struct parser *p) {
    blanks(p);
    p->under = p->function = false;
    char c = *p->at;
    if (isdigit((unsigned char)c)) return number(p);
    if (c == '{') return argument(p);
    if (c && strchr("+=:!", c)) {
        p->at++;
        return made(p, attndyn_format(p->ctx, "<mo>%c</mo>", c));
    }
    if (isalpha((unsigned char)c)) {
        p->at++;
        return made(p, attndyn_format(p->ctx, "<mi>%c</mi>", c));
    }
    if (c == '-' && leads(p)) {
        p->at++;
        return made(p, attndyn_strdup(p->ctx, "<mo form=\"prefix\">−</mo>"));
    }
    static const struct {
        char tex;
        const char *mathml;
    } marks[] = {{'-', "<mo>−</mo>"},
                 {'*', "<mo>∗</mo>"},
                 {'<', "<mo>&lt;</mo>"},
                 {'>', "<mo>&gt;</mo>"},
                 {',', "<mo separator=\"true\">,</mo>"},
                 {'.', "<mo separator=\"true\">.</mo>"},
                 {'/', "<mo lspace=\"0\" rspace=\"0\">/</mo>"},
                 {'|', "<mo stretchy=\"false\" lspace=\"0\" rspace=\"0\">|</mo>"},
                 {'(', "<mo form=\"prefix\" stretchy=\"false\">(</mo>"},
                 {'[', "<mo form=\"prefix\" stretchy=\"false\">[</mo>"},
                 {')', "<mo form=\"postfix\" stretchy=\"false\">)</mo>"},
                 {']', "<mo form=\"postfix\" stretchy=\"false\">]</mo>"}};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (c == marks[i].tex) {
            p->at++;
            return made(p, attndyn_strdup(p->ctx, marks[i].mathml));
        }
    if (c != '\\') return refuse(p, c ? "unknown character" : "expected a symbol");
    p->at++;
    return command(p);
}

/* An atom with its ' _ ^. */
static char *scripted(struct parser *p) {
    char *base = atom(p), *low = NULL, *high = NULL;
    bool under = p->under, function = p->function;
    for (bool more = base != NULL; more;) {
        blanks(p);
        if (*p->at == '\'' && !low && !high) { /* a prime is a superscript already */
            p->at++;
            base =
                made(p, attndyn_format(
                            p->ctx, "<mrow>%s<mo lspace=\"0\" rspace=\"0\">′</mo></mrow>", base));
            more = base != NULL;
        } else if ((*p->at == '_' && !low) || (*p->at == '^' && !high)) {
            char **script = *p->at++ == '_' ? &low : &high;
            *script = argument(p);
            more = *script != NULL;
        } else
            break;
    }
    if (p->status || !base) return NULL;
    const char *tag = under ? (low && high ? "munderover"
                               : low       ? "munder"
                                           : "mover")
                            : (low && high ? "msubsup"
                               : low       ? "msub"
                                           : "msup");
    if (low || high)
        base = made(p, attndyn_format(p->ctx, "<%s>%s%s%s</%s>", tag, base, low ? low : "",
                                      high ? high : "", tag));
    blanks(p);
    /* A function stands a little apart from an argument without brackets. */
    if (base && function && *p->at && !strchr("([{}),", *p->at) && strncmp(p->at, "\\left", 5) != 0)
        base = made(p, attndyn_format(p->ctx, "%s<mspace width=\"0.17em\"></mspace>", base));
    return base;
}

/* Up to `stop`, which is left unread; "": to the end. */
static char *row(struct parser *p, const char *stop) {
    char *line = made(p, attndyn_strdup(p->ctx, ""));
    for (;;) {
        blanks(p);
        if (p->status || (*stop && strncmp(p->at, stop, strlen(stop)) == 0)) break;
        if (!*p->at) {
            if (*stop) return refuse(p, "a bracket or group does not close");
            break;
        }
        char *next = scripted(p);
        if (!next) return NULL;
        line = made(p, attndyn_format(p->ctx, "%s%s", line, next));
    }
    return p->status ? NULL : line;
}

enum attndyn_status tex_to_mathml(struct attndyn_context *ctx, const char *tex, bool display,
                                  char **mathml) {
    struct parser p = {.ctx = ctx, .source = tex, .at = tex};
    char *line = row(&p, ""), *source = html_escaped(ctx, tex, strlen(tex));
    ATTNDYN_TRY(p.status);
    if (!line || !source) return ATTNDYN_NO_MEMORY;
    *mathml = attndyn_format(ctx,
                             "<math%s><semantics><mrow>%s</mrow><annotation "
                             "encoding=\"application/x-tex\">%s</annotation></semantics></math>",
                             display ? " display=\"block\"" : "", line, source);
    return *mathml ? ATTNDYN_OK : ATTNDYN_NO_MEMORY;
}

enum attndyn_status tex_prose(struct attndyn_context *ctx, const char *text, char **html) {
    char *out = attndyn_strdup(ctx, "");
    bool inside = false;
    for (const char *from = text; out; inside = !inside) {
        size_t n = strcspn(from, "$");
        char *piece;
        if (inside && !from[n])
            return attndyn_fail(ctx, ATTNDYN_RUN_FAILED, "'%s': a $ does not close", text);
        if (inside) {
            char *tex = attndyn_format(ctx, "%.*s", (int)n, from);
            if (!tex) return ATTNDYN_NO_MEMORY;
            ATTNDYN_TRY(tex_to_mathml(ctx, tex, false, &piece));
        } else {
            char *words = attndyn_format(ctx, "%.*s", (int)n, from);
            piece = words ? prose_set(ctx, words, PROSE_HTML) : NULL;
        }
        out = piece ? attndyn_format(ctx, "%s%s", out, piece) : NULL;
        if (!from[n]) break;
        from += n + 1;
    }
    *html = out;
    return out ? ATTNDYN_OK : ATTNDYN_NO_MEMORY;
}
