#include "data.h"

#include "sim/data/text_distribution.h"

enum attndyn_status scansnap_example(struct attndyn_context *ctx, enum data which,
                                     struct attndyn_distribution **d) {
    if (which == data_example) {
        /* three classes on two last tokens, two of three commons shared by two classes only */
        static const double p[] = {.4, .2, .3, .1, 0,  0, 0, .2, .4, 0, 0,
                                   .2, .2, 0,  .3, .3, 0, 0, 0,  0,  .4};
        static const size_t last[] = {0, 0, 1};
        static const double weights[] = {.5, .3, .2};
        return attndyn_distribution_dense(ctx, 3, 7, p, last, weights, d);
    }
    if (which == data_growing_common) {
        /* each class favours another of the two commons */
        static const double p[] = {.6, .2, .1, .1, 0, 0, .2, .6, 0, 0, .1, .1};
        static const size_t last[] = {0, 1};
        return attndyn_distribution_dense(ctx, 2, 6, p, last, NULL, d);
    }
    /* declining-distinct: one common, nearly all of class 0 and little of class 1 */
    static const double p[] = {.8, .1, .1, 0, 0, .1, 0, 0, .5, .4};
    static const size_t last[] = {0, 0};
    return attndyn_distribution_dense(ctx, 2, 5, p, last, NULL, d);
}

enum attndyn_status scansnap_authors(struct attndyn_context *ctx, size_t L, size_t N, size_t G,
                                     size_t D, enum attndyn_columns columns,
                                     struct attndyn_symmetric_family *family,
                                     struct attndyn_distribution **d) {
    ATTNDYN_TRY(attndyn_family_authors(ctx, L, N, G, D, family));
    return attndyn_distribution_symmetric(ctx, family, columns, d);
}

static enum attndyn_status family(struct attndyn_context *ctx, const struct scansnap_data *p,
                                  struct attndyn_symmetric_family *made) {
    size_t L = (size_t)p->num_last, N = (size_t)p->num_next_per_last;
    if (p->data != data_symmetric)
        return attndyn_family_authors(ctx, L, N, (size_t)p->num_common, (size_t)p->num_distinct,
                                      made);
    return attndyn_family_create(ctx, L * N, N, p->p.at, p->p.count, p->q.at, p->q.count, made);
}

/* Of a text: num_last most frequent last tokens, num_next_per_last next tokens for each. */
static enum attndyn_status of_text(struct attndyn_context *ctx, const struct scansnap_data *p,
                                   struct attndyn_distribution **d) {
    if (*p->corpus == '\0')
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "data=text needs corpus=PATH, a tokenised text with one paragraph a "
                            "line (scansnap/text has an embedded one)");
    struct attndyn_corpus *corpus;
    struct attndyn_text_estimate *estimate;
    ATTNDYN_ALLOC(ctx, corpus, 1);
    ATTNDYN_ALLOC(ctx, estimate, 1);
    ATTNDYN_TRY(attndyn_corpus_read(ctx, p->corpus, corpus));
    const struct attndyn_text_options options = {.num_last = (size_t)p->num_last,
                                                 .num_next = (size_t)p->num_next_per_last,
                                                 .window = (size_t)p->window,
                                                 .min_context = 1,
                                                 .min_class = 1,
                                                 .min_count = (uint64_t)p->min_count,
                                                 .min_pair = 1};
    enum attndyn_status status = attndyn_text_estimate(ctx, corpus, &options, estimate);
    if (status) return attndyn_fail_while(ctx, status, "corpus");
    *d = &estimate->distribution;
    if (p->columns == columns_vocabulary && (*d)->tokens > (*d)->classes)
        (*d)->columns = (*d)->tokens;
    return ATTNDYN_OK;
}

static enum attndyn_status of_random(struct attndyn_context *ctx, const struct scansnap_data *p,
                                     enum attndyn_columns columns,
                                     struct attndyn_distribution **d) {
    struct attndyn_symmetric_family made;
    const struct attndyn_random_spread spread = {.common_sd = p->common_sd,
                                                 .distinct_sd = p->distinct_sd,
                                                 .class_sd = p->class_sd,
                                                 .seed = (uint64_t)p->data_seed};
    ATTNDYN_TRY(family(ctx, p, &made));
    return attndyn_distribution_random(ctx, &made, columns, &spread, d);
}

static enum attndyn_status named(struct attndyn_context *ctx, const struct scansnap_data *p,
                                 struct attndyn_distribution **d) {
    enum attndyn_columns columns =
        p->columns == columns_vocabulary ? ATTNDYN_COLUMNS_VOCABULARY : ATTNDYN_COLUMNS_NEXT;
    struct attndyn_symmetric_family made;
    switch (p->data) {
    case data_file:
        if (*p->data_file == '\0')
            return attndyn_fail(ctx, ATTNDYN_USAGE,
                                "data=file needs data_file=PATH, a CSV with the header "
                                "class,last,token,probability");
        return attndyn_distribution_file(ctx, p->data_file, columns, d);
    case data_text:
        return of_text(ctx, p, d);
    case data_random:
        return of_random(ctx, p, columns, d);
    case data_authors:
    case data_symmetric:
        ATTNDYN_TRY(family(ctx, p, &made));
        return attndyn_distribution_symmetric(ctx, &made, columns, d);
    case data_example:
    case data_growing_common:
    case data_declining_distinct:
        break;
    }
    if (p->columns == columns_vocabulary)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "data=%s has no vocabulary beyond its context tokens: expected "
                            "columns=next",
                            data_names[p->data]);
    return scansnap_example(ctx, p->data, d);
}

enum attndyn_status scansnap_distribution(const struct trial *run,
                                          struct attndyn_distribution **d) {
    const struct scansnap_data p = scansnap_data_read(run->params);
    ATTNDYN_TRY(named(run->ctx, &p, d));
    if (p.class_weights.count > 0)
        ATTNDYN_TRY(attndyn_distribution_class_weights(run->ctx, *d, p.class_weights.at,
                                                       p.class_weights.count));
    if ((*d)->classes < 2)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                            "one class leaves nothing to learn: expected num_last "
                            "num_next_per_last >= 2");
    return ATTNDYN_OK;
}

struct attndyn_ode_options scansnap_ode_options(const struct trial *run) {
    const struct scansnap_solver p = scansnap_solver_read(run->params);
    struct attndyn_ode_options options = attndyn_ode_defaults(p.method);
    options.rtol = p.rtol;
    options.atol = p.atol;
    options.step = p.step;
    return options;
}
