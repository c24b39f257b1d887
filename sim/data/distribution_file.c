/* The strict reader of token distributions written as CSV. */
#include "../base/file.h"
#include "../base/hash.h"
#include "distribution.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FIELDS = 4 };
static const char HEADER[] = "class,last,token,probability";

struct reader {
    struct attndyn_context *ctx;
    const char *path;
    char *at;
    size_t line; /* of the record being read, 1-based */
    size_t next_line;
};

static enum attndyn_status malformed(struct reader *r, const char *what) {
    return attndyn_fail(r->ctx, ATTNDYN_NO_INPUT, "%s:%zu: %s", r->path, r->line, what);
}

/* One field, unquoted in place; leaves r->at on the delimiter that ended it. */
static enum attndyn_status read_field(struct reader *r, char **field) {
    char *out = *field = r->at;
    if (*r->at != '"') {
        r->at += strcspn(r->at, ",\n\"");
        if (*r->at == '"') return malformed(r, "a quote inside an unquoted field");
        return ATTNDYN_OK;
    }
    for (r->at++;; r->at++) {
        if (*r->at == '\0') return malformed(r, "a quoted field has no end");
        if (*r->at == '"') {
            if (r->at[1] != '"') break;
            r->at++;
        }
        if (*r->at == '\n') r->next_line++;
        *out++ = *r->at;
    }
    r->at++;
    if (*r->at == '\r' && r->at[1] == '\n') r->at++;
    if (*r->at != ',' && *r->at != '\n' && *r->at != '\0')
        return malformed(r, "text after the closing quote of a field");
    *out = '\0'; /* at most at the closing quote: the delimiter is still there */
    return ATTNDYN_OK;
}

/* The next record's fields, NUL-terminated in place; *more is false at the end of the text. */
static enum attndyn_status read_record(struct reader *r, char *fields[FIELDS], bool *more) {
    *more = *r->at != '\0';
    if (!*more) return ATTNDYN_OK;
    r->line = r->next_line;
    for (size_t i = 0; i < FIELDS; i++) {
        ATTNDYN_TRY(read_field(r, &fields[i]));
        char end = *r->at;
        if (end == '\n' && r->at > fields[i] && r->at[-1] == '\r') r->at[-1] = '\0';
        bool last = i == FIELDS - 1;
        if (last == (end == ','))
            return malformed(r, "expected four fields: "
                                "class,last,token,probability");
        *r->at = '\0';
        if (end != '\0') r->at++;
    }
    r->next_line++;
    return ATTNDYN_OK;
}

/* Names to numbers in order of first appearance: open addressing. */
struct names {
    char **name;
    size_t count, *slot, slots; /* slot: 0 empty, else number + 1 */
};

static size_t hash(const char *text) {
    uint64_t h = attndyn_hash_bytes(attndyn_hash_start, text, strlen(text));
    return (size_t)(h ^ h >> 29);
}

static enum attndyn_status names_create(struct attndyn_context *ctx, size_t most, struct names *n) {
    n->count = 0;
    for (n->slots = 16; n->slots < 2 * most; n->slots *= 2) continue;
    ATTNDYN_ALLOC(ctx, n->slot, n->slots);
    ATTNDYN_ALLOC(ctx, n->name, most);
    return ATTNDYN_OK;
}

/* The number of `name`, a new one if it has none; the text must stay. */
static size_t names_number(struct names *n, char *name) {
    size_t i = hash(name) & (n->slots - 1);
    for (; n->slot[i]; i = (i + 1) & (n->slots - 1))
        if (strcmp(n->name[n->slot[i] - 1], name) == 0) return n->slot[i] - 1;
    n->name[n->count] = name;
    n->slot[i] = ++n->count;
    return n->count - 1;
}

struct entry {
    size_t n, l, line;
    double p;
};

static int by_class_then_token(const void *left, const void *right) {
    const struct entry *a = left, *b = right;
    if (a->n != b->n) return a->n < b->n ? -1 : 1;
    if (a->l != b->l) return a->l < b->l ? -1 : 1;
    return 0;
}

struct records {
    struct names classes, lasts, tokens;
    size_t *last; /* (classes) */
    struct entry *entry;
    size_t entries;
};

static enum attndyn_status read_entry(struct reader *r, struct records *f, char *fields[FIELDS]) {
    for (int i = 0; i < FIELDS; i++)
        if (*fields[i] == '\0') return malformed(r, "an empty field");
    char *end;
    errno = 0;
    double p = strtod(fields[3], &end);
    if (*end != '\0' || end == fields[3] || errno == ERANGE || !(p > 0 && p <= 1 + 1e-6))
        return attndyn_fail(r->ctx, ATTNDYN_NO_INPUT,
                            "%s:%zu: probability '%s', expected a number above 0 and at most 1",
                            r->path, r->line, fields[3]);
    size_t known = f->classes.count;
    size_t n = names_number(&f->classes, fields[0]), m = names_number(&f->lasts, fields[1]);
    if (n == known) f->last[n] = m;
    if (f->last[n] != m)
        return attndyn_fail(r->ctx, ATTNDYN_NO_INPUT,
                            "%s:%zu: class '%s' has last token '%s' here and '%s' above, expected "
                            "one last token for a class",
                            r->path, r->line, fields[0], fields[1], f->lasts.name[f->last[n]]);
    f->entry[f->entries++] =
        (struct entry){.n = n, .l = names_number(&f->tokens, fields[2]), .line = r->line, .p = p};
    return ATTNDYN_OK;
}

static enum attndyn_status read_records(struct reader *r, struct records *f) {
    bool more = true;
    while (more) {
        char *fields[FIELDS];
        ATTNDYN_TRY(read_record(r, fields, &more));
        if (more) ATTNDYN_TRY(read_entry(r, f, fields));
    }
    if (f->entries == 0) return malformed(r, "no distribution: expected lines below the header");
    qsort(f->entry, f->entries, sizeof *f->entry, by_class_then_token);
    for (size_t e = 1; e < f->entries; e++)
        if (by_class_then_token(&f->entry[e], &f->entry[e - 1]) == 0) {
            size_t a = f->entry[e].line, b = f->entry[e - 1].line;
            return attndyn_fail(r->ctx, ATTNDYN_NO_INPUT,
                                "%s:%zu: token '%s' of class '%s' is already given in line %zu",
                                r->path, a > b ? a : b, f->tokens.name[f->entry[e].l],
                                f->classes.name[f->entry[e].n], a > b ? b : a);
        }
    return ATTNDYN_OK;
}

static enum attndyn_status to_distribution(struct reader *r, struct records *f,
                                           enum attndyn_columns columns,
                                           struct attndyn_distribution **distribution) {
    struct attndyn_context *ctx = r->ctx;
    struct attndyn_distribution *d;
    size_t K = f->classes.count, L = f->lasts.count;
    ATTNDYN_TRY(attndyn_distribution_allocate(ctx, K, L, f->entries, &d));
    double *sum;
    ATTNDYN_ALLOC(ctx, sum, K);
    for (size_t e = 0; e < f->entries; e++) {
        const struct entry *x = &f->entry[e];
        d->token[e] = x->l;
        d->probability[e] = x->p;
        d->start[x->n + 1] = e + 1;
        sum[x->n] += x->p;
    }
    for (size_t n = 0; n < K; n++) {
        d->last[n] = f->last[n];
        d->class_probability[n] = 1 / (double)K;
        if (!(fabs(sum[n] - 1) <= 1e-6))
            return attndyn_fail(ctx, ATTNDYN_NO_INPUT,
                                "%s: the probabilities of class '%s' sum to %.9g, expected 1 "
                                "within 1e-6",
                                r->path, f->classes.name[n], sum[n]);
    }
    d->columns = K;
    if (columns == ATTNDYN_COLUMNS_VOCABULARY) {
        ATTNDYN_ALLOC(ctx, d->last_token, L);
        ATTNDYN_ALLOC(ctx, d->next_token, K);
        for (size_t m = 0; m < L; m++)
            d->last_token[m] = names_number(&f->tokens, f->lasts.name[m]);
        for (size_t n = 0; n < K; n++)
            d->next_token[n] = names_number(&f->tokens, f->classes.name[n]);
        d->columns = f->tokens.count;
    }
    d->tokens = f->tokens.count;
    d->token_name = f->tokens.name;
    d->class_name = f->classes.name;
    d->last_name = f->lasts.name;
    *distribution = d;
    return attndyn_distribution_complete(ctx, d);
}

enum attndyn_status attndyn_distribution_parse(struct attndyn_context *ctx, char *text,
                                               size_t length, const char *origin,
                                               enum attndyn_columns columns,
                                               struct attndyn_distribution **distribution) {
    struct reader r = {.ctx = ctx, .path = origin, .at = text, .line = 1, .next_line = 2};
    size_t header = strlen(HEADER), lines = 1;
    if (strlen(r.at) != length) return malformed(&r, "the file holds a NUL byte: not a text file");
    if (strncmp(r.at, HEADER, header) != 0 || strcspn(r.at + header, "\r\n") != 0)
        return malformed(&r, "expected the header class,last,token,probability");
    r.at += header;
    r.at += strspn(r.at, "\r");
    if (*r.at == '\n') r.at++;
    for (const char *c = r.at; *c; c++) lines += *c == '\n';

    struct records f = {.entries = 0};
    ATTNDYN_TRY(names_create(ctx, lines, &f.classes));
    ATTNDYN_TRY(names_create(ctx, lines, &f.lasts));
    ATTNDYN_TRY(names_create(ctx, 3 * lines, &f.tokens));
    ATTNDYN_ALLOC(ctx, f.last, lines);
    ATTNDYN_ALLOC(ctx, f.entry, lines);
    ATTNDYN_TRY(read_records(&r, &f));
    return to_distribution(&r, &f, columns, distribution);
}

enum attndyn_status attndyn_distribution_file(struct attndyn_context *ctx, const char *path,
                                              enum attndyn_columns columns,
                                              struct attndyn_distribution **distribution) {
    char *text;
    size_t length;
    ATTNDYN_TRY(attndyn_file_read(ctx, path, &text, &length));
    return attndyn_distribution_parse(ctx, text, length, path, columns, distribution);
}
