/* Token distributions written as CSV. */
#include "../base/file.h"
#include "../base/hash.h"
#include "delimited.h"
#include "distribution.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The columns, in whatever order they stand. */
enum { CLASS, LAST, TOKEN, PROBABILITY, FIELDS };
static const char *const column_names[FIELDS] = {"class", "last", "token", "probability"};

struct reader {
    struct attndyn_context *ctx;
    struct attndyn_delimited table;
    size_t place[FIELDS], columns; /* SIZE_MAX: not seen yet */
};

/* A first column without a name holds row numbers, as R and pandas write them; others are those
 * that a spreadsheet has touched, and empty. */
static enum attndyn_status read_header(struct reader *r) {
    struct attndyn_delimited *t = &r->table;
    ATTNDYN_TRY(attndyn_delimited_next(t));
    r->columns = t->count;
    for (size_t f = 0; f < FIELDS; f++) r->place[f] = SIZE_MAX;
    for (size_t c = 0; c < t->count; c++) {
        size_t f = 0;
        char *name = t->fields[c], *end = name + strlen(name);
        /* numpy.savetxt writes the header as a comment. */
        if (c == 0 && name[0] == '#' && name[1] == ' ') name += 2;
        while (*name == ' ') name++;
        while (end > name && end[-1] == ' ') *--end = '\0';
        t->fields[c] = name;
        while (f < FIELDS && strcmp(name, column_names[f]) != 0) f++;
        if (t->fields[c][0] == '\0') continue;
        if (f == FIELDS || r->place[f] != SIZE_MAX) {
            return attndyn_delimited_fail(
                attndyn_delimited_at(t, name),
                "expected the header class,last,token,probability, found the column '%.60s'%s",
                name, f < FIELDS ? " twice" : "");
        }
        r->place[f] = c;
    }
    for (size_t f = 0; f < FIELDS; f++)
        if (r->place[f] == SIZE_MAX)
            return attndyn_delimited_fail(
                t, "expected the header class,last,token,probability: there is no '%s'",
                column_names[f]);
    return ATTNDYN_OK;
}

/* The next record's fields; *more is false at the end of the text. */
static enum attndyn_status read_record(struct reader *r, char *fields[FIELDS], bool *more) {
    ATTNDYN_TRY(attndyn_delimited_next(&r->table));
    *more = r->table.count > 0;
    if (!*more) return ATTNDYN_OK;
    if (r->table.count != r->columns)
        return attndyn_delimited_fail(&r->table, "%zu fields, expected %zu as in the header",
                                      r->table.count, r->columns);
    for (size_t c = 0, f; c < r->columns; c++) {
        for (f = 0; f < FIELDS && r->place[f] != c;) f++;
        if (f < FIELDS)
            fields[f] = r->table.fields[c];
        else if (c > 0 && r->table.fields[c][0] != '\0')
            return attndyn_delimited_fail(attndyn_delimited_at(&r->table, r->table.fields[c]),
                                          "'%.60s' stands in column %zu, which has no name",
                                          r->table.fields[c], c + 1);
    }
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
        if (*fields[i] == '\0')
            return attndyn_delimited_fail(attndyn_delimited_at(&r->table, fields[i]),
                                          "an empty field: no %s", column_names[i]);
    double p;
    if (!attndyn_delimited_number(&r->table, fields[PROBABILITY], &p) || !(p > 0 && p <= 1 + 1e-6))
        return attndyn_delimited_fail(
            attndyn_delimited_at(&r->table, fields[PROBABILITY]),
            "probability '%.60s', expected a number above 0 and at most 1", fields[PROBABILITY]);
    size_t known = f->classes.count;
    size_t n = names_number(&f->classes, fields[CLASS]), m = names_number(&f->lasts, fields[LAST]);
    if (n == known) f->last[n] = m;
    if (f->last[n] != m)
        return attndyn_delimited_fail(attndyn_delimited_at(&r->table, fields[LAST]),
                                      "class '%s' has last token '%s' here and '%s' above, "
                                      "expected one last token for a class",
                                      fields[CLASS], fields[LAST], f->lasts.name[f->last[n]]);
    f->entry[f->entries++] = (struct entry){
        .n = n, .l = names_number(&f->tokens, fields[TOKEN]), .line = r->table.line, .p = p};
    return ATTNDYN_OK;
}

static enum attndyn_status read_records(struct reader *r, struct records *f) {
    bool more = true;
    while (more) {
        char *fields[FIELDS] = {0};
        ATTNDYN_TRY(read_record(r, fields, &more));
        if (more) ATTNDYN_TRY(read_entry(r, f, fields));
    }
    if (f->entries == 0)
        return attndyn_delimited_fail(&r->table,
                                      "no distribution: expected lines below the header");
    qsort(f->entry, f->entries, sizeof *f->entry, by_class_then_token);
    for (size_t e = 1; e < f->entries; e++)
        if (by_class_then_token(&f->entry[e], &f->entry[e - 1]) == 0) {
            size_t a = f->entry[e].line, b = f->entry[e - 1].line;
            return attndyn_fail(r->ctx, ATTNDYN_NO_INPUT,
                                "%s:%zu: token '%s' of class '%s' is already given in line %zu",
                                r->table.origin, a > b ? a : b, f->tokens.name[f->entry[e].l],
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
                                r->table.origin, f->classes.name[n], sum[n]);
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
    struct reader r = {.ctx = ctx};
    size_t lines = 1;
    for (size_t i = 0; i < length; i++) lines += text[i] == '\n' || text[i] == '\r';
    ATTNDYN_TRY(attndyn_delimited_begin(ctx, origin, text, length, &r.table));
    ATTNDYN_TRY(read_header(&r));

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
