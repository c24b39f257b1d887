/* Without a policy: every network, fed in every way. */
#include "subject.h"

static const struct {
    const char *name;
    size_t block, cut; /* 0: the engine's own; the whole text */
    bool masked;
} ways[] = {{"whole", 0, 0, false},
            {"in blocks of 7", 7, 0, false},
            {"token by token", 0, 1, false},
            {"five at a time", 0, 5, false},
            {"under masks", 0, 0, true}};

static enum attndyn_status fed(const struct trial *run, const struct subject *s,
                               const double *expected, size_t way, double *found) {
    const struct attndyn_inference_options options = {
        .capacity = s->length, .block = ways[way].block, .masked = ways[way].masked};
    struct subject_sink sink = {found, s->outputs, 0, 0};
    struct attndyn_inference *inference;
    ATTNDYN_TRY(attndyn_inference_create(run->ctx, s->weights, &options, &inference));
    ATTNDYN_TRY(subject_feed(run->ctx, inference, s->tokens, 0, s->length,
                             ways[way].cut ? ways[way].cut : s->length, &sink));
    return EMIT(run, routes, .network = s->name, .way = ways[way].name,
                .logits = worst_apart(s->length * s->outputs, found, expected));
}

/* A stream beside another one; one that goes back to its half and on with another text; a copy of
 * what it was at its half. */
static enum attndyn_status streams(const struct trial *run, const struct subject *s,
                                   const double *expected, double *found) {
    const struct attndyn_inference_options options = {.streams = 3, .capacity = 2 * s->length};
    struct subject_sink sink = {found, s->outputs, 0, s->length};
    struct attndyn_inference *inference;
    size_t n = s->length, half = n / 2, size = n * s->outputs;
    double *others, *turned;
    uint32_t *text;
    ATTNDYN_ALLOC(run->ctx, text, n);
    for (size_t i = 0; i < n; i++) text[i] = i < half ? s->tokens[i] : s->others[n + i];
    ATTNDYN_TRY(subject_plain(run->ctx, s, NULL, NULL, s->others, n, &others));
    ATTNDYN_TRY(subject_plain(run->ctx, s, NULL, NULL, text, n, &turned));
    ATTNDYN_TRY(attndyn_inference_create(run->ctx, s->weights, &options, &inference));
    for (size_t i = 0; i < n; i += 3) {
        size_t count = n - i < 3 ? n - i : 3;
        const struct attndyn_segment both[] = {{0, s->tokens + i, count, 0},
                                               {1, s->others + i, count, 0}};
        sink.first = i;
        ATTNDYN_TRY(attndyn_inference_feed(run->ctx, inference, both, 2, subject_take, &sink));
        if (i + count >= half && i < half) attndyn_inference_copy(inference, 0, 2);
    }
    double off = fmax(worst_apart(size, found, expected), worst_apart(size, found + size, others));
    ATTNDYN_TRY(EMIT(run, routes, .network = s->name, .way = "two streams", .logits = off));
    off = 0;
    for (size_t stream = 0; stream <= 2; stream += 2) {
        const struct attndyn_segment rest = {stream, text + half, n - half, 0};
        ATTNDYN_TRY(attndyn_inference_rewind(run->ctx, inference, stream, half));
        sink.first = half;
        ATTNDYN_TRY(attndyn_inference_feed(run->ctx, inference, &rest, 1, subject_take, &sink));
        worst(&off, worst_apart(size - half * s->outputs, found + half * s->outputs,
                                turned + half * s->outputs));
    }
    return EMIT(run, routes, .network = s->name, .way = "copied and rewound", .logits = off);
}

enum attndyn_status decoding_routes(const struct trial *run, const struct decoding *p) {
    for (size_t i = 0; plain_variants[i].name; i++) {
        struct subject s;
        double *expected, *found;
        bool suits;
        uint64_t mark = attndyn_memory_mark(run->ctx);
        ATTNDYN_TRY(subject_suits(run->ctx, &plain_variants[i], &suits));
        if (!suits) continue;
        ATTNDYN_TRY(subject_create(run, p, &plain_variants[i], &s));
        ATTNDYN_TRY(subject_plain(run->ctx, &s, NULL, NULL, s.tokens, s.length, &expected));
        ATTNDYN_ALLOC(run->ctx, found, 2 * s.length * s.outputs);
        for (size_t w = 0; w < sizeof ways / sizeof *ways; w++)
            ATTNDYN_TRY(fed(run, &s, expected, w, found));
        ATTNDYN_TRY(streams(run, &s, expected, found));
        attndyn_memory_release(run->ctx, mark);
    }
    return ATTNDYN_OK;
}
