#include "text_distribution.h"

#include <stdlib.h>

/* Where a last token stands before another token, with enough context before it. */
struct occurrence {
    size_t at;      /* position of the last token in the corpus */
    size_t from;    /* context: token[from] .. token[at - 1] */
    uint32_t which; /* first: index of the last token; later: the class */
};

/* Counts of token ids that clear as fast as they were made. */
struct tally {
    uint64_t *count;   /* (vocabulary) */
    uint32_t *touched; /* (vocabulary): ids with count > 0, in order of appearance */
    size_t used;
};

static void tally_add(struct tally *tally, uint32_t id) {
    if (tally->count[id]++ == 0) tally->touched[tally->used++] = id;
}

static void tally_clear(struct tally *tally) {
    for (size_t i = 0; i < tally->used; i++) tally->count[tally->touched[i]] = 0;
    tally->used = 0;
}

/* A candidate class: last token m (index), next token n (id). */
struct pair {
    uint32_t last, next;
    uint64_t count;
};

static int by_count(const void *a, const void *b) {
    const struct pair *x = a, *y = b;
    if (x->count != y->count) return x->count > y->count ? -1 : 1;
    if (x->last != y->last) return x->last < y->last ? -1 : 1;
    return x->next < y->next ? -1 : x->next > y->next;
}

static int by_last_then_count(const void *a, const void *b) {
    const struct pair *x = a, *y = b;
    if (x->last != y->last) return x->last < y->last ? -1 : 1;
    return by_count(a, b);
}

/* One token of one class. */
struct entry {
    uint32_t id;
    uint64_t count;
};

static int by_id(const void *a, const void *b) {
    const struct entry *x = a, *y = b;
    return x->id < y->id ? -1 : x->id > y->id;
}

/* Everything that the steps below hand to each other. */
struct work {
    struct attndyn_context *ctx;
    const struct attndyn_corpus *corpus;
    const struct attndyn_text_options *options;
    uint32_t *last; /* (num_last): ids */
    size_t num_last;
    bool *excluded; /* (vocabulary) */
    struct occurrence *occurrence;
    size_t occurrences;
    struct tally tally;
    struct pair *class; /* (classes): by last token, then by falling count */
    size_t classes;
    struct entry *entry; /* class after class */
    size_t *start;       /* (classes + 1) */
};

static enum attndyn_status too_little(struct attndyn_context *ctx, const char *what) {
    return attndyn_fail(ctx, ATTNDYN_NO_INPUT, "the text is too small for this: %s", what);
}

static enum attndyn_status choose_last_tokens(struct work *w) {
    const struct attndyn_corpus *c = w->corpus;
    const struct attndyn_text_options *o = w->options;
    ATTNDYN_ALLOC(w->ctx, w->excluded, c->vocabulary);
    for (size_t i = 0; i < o->num_excluded; i++) w->excluded[o->excluded[i]] = true;
    ATTNDYN_ALLOC(w->ctx, w->last, o->num_last);
    if (o->last) {
        for (size_t i = 0; i < o->num_last; i++) w->last[i] = o->last[i];
        w->num_last = o->num_last;
        return ATTNDYN_OK;
    }
    for (uint32_t id = 0; id < c->vocabulary && w->num_last < o->num_last; id++)
        if (!w->excluded[id]) w->last[w->num_last++] = id;
    return ATTNDYN_OK;
}

/* Finds the occurrences; which = index of the last token. */
static enum attndyn_status find_occurrences(struct work *w) {
    const struct attndyn_corpus *c = w->corpus;
    size_t least = w->options->min_context ? w->options->min_context : 1;
    uint32_t *index; /* (vocabulary): index + 1 of a last token, 0: none */
    ATTNDYN_ALLOC(w->ctx, index, c->vocabulary);
    size_t room = 0;
    for (uint32_t m = 0; m < w->num_last; m++) {
        index[w->last[m]] = m + 1;
        room += c->count[w->last[m]];
    }
    ATTNDYN_ALLOC(w->ctx, w->occurrence, room);
    for (size_t p = 0; p < c->paragraphs; p++)
        for (size_t i = c->start[p] + least; i + 1 < c->start[p + 1]; i++) {
            uint32_t m = index[c->token[i]];
            if (m == 0) continue;
            size_t before = i - c->start[p], window = w->options->window;
            w->occurrence[w->occurrences++] =
                (struct occurrence){i, i - (before < window ? before : window), m - 1};
        }
    attndyn_free(w->ctx, index);
    return w->occurrences
               ? ATTNDYN_OK
               : too_little(w->ctx, "no paragraph has enough context before one of the last tokens "
                                    "(lower min_context, or name other last tokens)");
}

/* Stable counting sort of the occurrences by `which` < kinds; start: (kinds + 1). */
static enum attndyn_status sort_occurrences(struct work *w, size_t kinds, size_t *start) {
    struct occurrence *sorted;
    size_t *at;
    ATTNDYN_ALLOC(w->ctx, sorted, w->occurrences);
    ATTNDYN_ALLOC(w->ctx, at, kinds);
    for (size_t i = 0; i < w->occurrences; i++) start[w->occurrence[i].which + 1]++;
    for (size_t k = 0; k < kinds; k++) start[k + 1] += start[k], at[k] = start[k];
    for (size_t i = 0; i < w->occurrences; i++)
        sorted[at[w->occurrence[i].which]++] = w->occurrence[i];
    attndyn_free(w->ctx, at);
    attndyn_free(w->ctx, w->occurrence);
    w->occurrence = sorted;
    return ATTNDYN_OK;
}

/* All pairs (m, n) with enough occurrences, by falling count. */
static enum attndyn_status count_pairs(struct work *w, struct pair **pairs, size_t *used) {
    const uint32_t *token = w->corpus->token;
    size_t *start;
    ATTNDYN_ALLOC(w->ctx, start, w->num_last + 1);
    ATTNDYN_TRY(sort_occurrences(w, w->num_last, start));
    ATTNDYN_ALLOC(w->ctx, *pairs, w->occurrences); /* no more pairs than occurrences */
    *used = 0;
    for (uint32_t m = 0; m < w->num_last; m++) {
        for (size_t i = start[m]; i < start[m + 1]; i++)
            tally_add(&w->tally, token[w->occurrence[i].at + 1]);
        for (size_t i = 0; i < w->tally.used; i++) {
            uint32_t n = w->tally.touched[i];
            if (w->excluded[n] || w->tally.count[n] < w->options->min_class) continue;
            (*pairs)[(*used)++] = (struct pair){m, n, w->tally.count[n]};
        }
        tally_clear(&w->tally);
    }
    qsort(*pairs, *used, sizeof **pairs, by_count);
    attndyn_free(w->ctx, start);
    return ATTNDYN_OK;
}

/* Chooses the classes, and leaves the occurrences of the chosen ones, sorted by class. */
static enum attndyn_status choose_classes(struct work *w, size_t **first) {
    struct pair *pairs;
    size_t used, *taken;
    uint32_t *class_of; /* (vocabulary): class + 1 of a next token, 0: none */
    ATTNDYN_TRY(count_pairs(w, &pairs, &used));
    ATTNDYN_ALLOC(w->ctx, taken, w->num_last);
    ATTNDYN_ALLOC(w->ctx, class_of, w->corpus->vocabulary);
    for (size_t i = 0; i < used; i++) {
        struct pair pair = pairs[i];
        if (class_of[pair.next] || taken[pair.last] == w->options->num_next) continue;
        taken[pair.last]++;
        class_of[pair.next] = 1;
        pairs[w->classes++] = pair;
    }
    if (w->classes < 2)
        return too_little(w->ctx, "fewer than two pairs of a last and a next token occur often "
                                  "enough (lower min_class, or name other last tokens)");
    qsort(pairs, w->classes, sizeof *pairs, by_last_then_count);
    w->class = pairs;
    for (uint32_t k = 0; k < w->classes; k++) class_of[pairs[k].next] = k + 1;
    size_t kept = 0;
    for (size_t i = 0; i < w->occurrences; i++) {
        struct occurrence o = w->occurrence[i];
        uint32_t k = class_of[w->corpus->token[o.at + 1]];
        if (k == 0 || pairs[k - 1].last != o.which) continue;
        o.which = k - 1;
        w->occurrence[kept++] = o;
    }
    w->occurrences = kept;
    ATTNDYN_ALLOC(w->ctx, *first, w->classes + 1);
    ATTNDYN_TRY(sort_occurrences(w, w->classes, *first));
    attndyn_free(w->ctx, taken);
    attndyn_free(w->ctx, class_of);
    return ATTNDYN_OK;
}

/* C_nl of all that occurs. */
static enum attndyn_status count_contexts(struct work *w, const size_t *first) {
    size_t room = 0, used = 0;
    ATTNDYN_ALLOC(w->ctx, w->start, w->classes + 1);
    for (size_t k = 0; k < w->classes; k++) {
        ATTNDYN_TRY(attndyn_check_interrupt(w->ctx));
        for (size_t i = first[k]; i < first[k + 1]; i++)
            for (size_t j = w->occurrence[i].from; j < w->occurrence[i].at; j++)
                tally_add(&w->tally, w->corpus->token[j]);
        if (room - used < w->tally.used) {
            size_t larger = 2 * room + w->tally.used;
            ATTNDYN_RESIZE(w->ctx, w->entry, room, larger);
            room = larger;
        }
        for (size_t i = 0; i < w->tally.used; i++) {
            uint32_t id = w->tally.touched[i];
            w->entry[used++] = (struct entry){id, w->tally.count[id]};
        }
        qsort(w->entry + w->start[k], w->tally.used, sizeof *w->entry, by_id);
        w->start[k + 1] = used;
        tally_clear(&w->tally);
    }
    return ATTNDYN_OK;
}

/* Leaves out rare tokens (min_count), then rare entries (min_pair), then classes without tokens. */
static void drop_rare(struct work *w, struct attndyn_text_estimate *e, size_t *first) {
    uint64_t *sum = w->tally.count; /* all zero between uses */
    size_t end = w->start[w->classes], used = 0, classes = 0;
    for (size_t i = 0; i < end; i++) sum[w->entry[i].id] += w->entry[i].count;
    for (size_t k = 0; k < w->classes; k++) {
        size_t from = w->start[k], to = w->start[k + 1], before = used;
        for (size_t i = from; i < to; i++) {
            struct entry entry = w->entry[i];
            if (sum[entry.id] < w->options->min_count || entry.count < w->options->min_pair)
                e->dropped += entry.count;
            else
                w->entry[used++] = entry;
        }
        if (used == before) continue;
        /* used <= from and classes <= k, so overwritten entries have been read already */
        w->class[classes] = w->class[k];
        w->class[classes].count = first[k + 1] - first[k];
        w->start[classes++] = before;
    }
    w->start[classes] = used;
    w->classes = classes;
    for (size_t id = 0; id < w->corpus->vocabulary; id++) sum[id] = 0;
}

/* Tokens, last tokens and their names. */
static enum attndyn_status number_tokens(struct work *w, struct attndyn_text_estimate *e,
                                         uint32_t *index) {
    struct attndyn_context *ctx = w->ctx;
    struct attndyn_distribution *d = &e->distribution;
    size_t entries = w->start[w->classes], L = 0, M = 0;
    for (size_t i = 0; i < entries; i++) index[w->entry[i].id] = 1;
    for (size_t id = 0; id < w->corpus->vocabulary; id++)
        if (index[id]) index[id] = (uint32_t)++M;
    d->tokens = M;
    ATTNDYN_ALLOC(ctx, e->token_id, M);
    ATTNDYN_ALLOC(ctx, e->token_count, M);
    ATTNDYN_ALLOC(ctx, e->token_classes, M);
    ATTNDYN_ALLOC(ctx, d->token_name, M);
    for (uint32_t id = 0; id < w->corpus->vocabulary; id++)
        if (index[id]) {
            e->token_id[index[id] - 1] = id;
            d->token_name[index[id] - 1] = w->corpus->name[id];
        }
    for (size_t i = 0; i < entries; i++) {
        e->token_count[index[w->entry[i].id] - 1] += w->entry[i].count;
        e->token_classes[index[w->entry[i].id] - 1]++;
        e->total += w->entry[i].count;
    }
    ATTNDYN_ALLOC(ctx, d->last, w->classes);
    ATTNDYN_ALLOC(ctx, e->last_id, w->num_last);
    ATTNDYN_ALLOC(ctx, d->last_name, w->num_last);
    for (size_t k = 0; k < w->classes; k++) {
        if (k == 0 || w->class[k].last != w->class[k - 1].last) {
            e->last_id[L] = w->last[w->class[k].last];
            d->last_name[L] = w->corpus->name[e->last_id[L]];
            L++;
        }
        d->last[k] = L - 1;
    }
    d->last_tokens = L;
    return ATTNDYN_OK;
}

static enum attndyn_status fill_classes(struct work *w, struct attndyn_text_estimate *e,
                                        const uint32_t *index) {
    struct attndyn_context *ctx = w->ctx;
    struct attndyn_distribution *d = &e->distribution;
    const struct attndyn_text_options *o = w->options;
    size_t K = w->classes, M = d->tokens, used = 0, entries = w->start[K];
    bool dense = o->smoothing > 0;
    if (dense) entries = K * M;
    d->classes = d->columns = K;
    ATTNDYN_ALLOC(ctx, d->class_probability, K);
    ATTNDYN_ALLOC(ctx, d->class_name, K);
    ATTNDYN_ALLOC(ctx, d->start, K + 1);
    ATTNDYN_ALLOC(ctx, d->token, entries);
    ATTNDYN_ALLOC(ctx, d->probability, entries);
    ATTNDYN_ALLOC(ctx, e->pair_count, entries);
    ATTNDYN_ALLOC(ctx, e->class_count, K);
    ATTNDYN_ALLOC(ctx, e->context_count, K);
    ATTNDYN_ALLOC(ctx, e->next_id, K);
    uint64_t occurrences = 0;
    for (size_t k = 0; k < K; k++) {
        e->class_count[k] = w->class[k].count;
        occurrences += w->class[k].count;
        e->next_id[k] = w->class[k].next;
        d->class_name[k] = w->corpus->name[w->class[k].next];
        size_t at = w->start[k], end = w->start[k + 1];
        for (size_t i = at; i < end; i++) e->context_count[k] += w->entry[i].count;
        double sum = (double)e->context_count[k] + o->smoothing;
        size_t rows = dense ? M : end - at;
        for (size_t i = 0; i < rows; i++) {
            size_t l = dense ? i : index[w->entry[at].id] - 1u;
            bool seen = at < end && index[w->entry[at].id] - 1u == l;
            uint64_t count = seen ? w->entry[at++].count : 0;
            double prior = o->smoothing * (double)e->token_count[l] / (double)e->total;
            d->token[used] = l;
            d->probability[used] = ((double)count + prior) / sum;
            e->pair_count[used++] = count;
        }
        d->start[k + 1] = used;
    }
    for (size_t k = 0; k < K; k++)
        d->class_probability[k] =
            o->uniform_classes ? 1 / (double)K : (double)e->class_count[k] / (double)occurrences;
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_text_estimate(struct attndyn_context *ctx,
                                          const struct attndyn_corpus *corpus,
                                          const struct attndyn_text_options *options,
                                          struct attndyn_text_estimate *estimate) {
    struct work w = {.ctx = ctx, .corpus = corpus, .options = options};
    size_t *first = NULL;
    uint32_t *index; /* (vocabulary): l + 1, 0: not among the context tokens */
    *estimate = (struct attndyn_text_estimate){0};
    ATTNDYN_ALLOC(ctx, w.tally.count, corpus->vocabulary);
    ATTNDYN_ALLOC(ctx, w.tally.touched, corpus->vocabulary);
    ATTNDYN_ALLOC(ctx, index, corpus->vocabulary);
    ATTNDYN_TRY(choose_last_tokens(&w));
    ATTNDYN_TRY(find_occurrences(&w));
    ATTNDYN_TRY(choose_classes(&w, &first));
    ATTNDYN_TRY(count_contexts(&w, first));
    drop_rare(&w, estimate, first);
    if (w.classes < 2)
        return too_little(ctx, "fewer than two classes keep a context token (lower min_count and "
                               "min_pair)");
    ATTNDYN_TRY(number_tokens(&w, estimate, index));
    ATTNDYN_TRY(fill_classes(&w, estimate, index));
    ATTNDYN_TRY(attndyn_distribution_complete(ctx, &estimate->distribution));
    void *scratch[] = {w.tally.count, w.tally.touched, index, w.excluded, w.last,
                       w.occurrence,  w.class,         first, w.entry,    w.start};
    for (size_t i = 0; i < sizeof scratch / sizeof *scratch; i++) attndyn_free(ctx, scratch[i]);
    return ATTNDYN_OK;
}
