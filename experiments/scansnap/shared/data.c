#include "data.h"

#include "experiments/shared/examples.h"
#include "experiments/shared/solve.h"
#include "sim/data/text_dataset.h"
#include "sim/data/text_distribution.h"

#include <sys/stat.h>

enum attndyn_status scansnap_example(struct attndyn_context *ctx, enum data which,
                                     struct attndyn_distribution **d) {
    return example_create(ctx,
                          which == data_example          ? example_asymmetric
                          : which == data_growing_common ? example_growing_common
                                                         : example_declining_distinct,
                          d);
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

enum attndyn_status scansnap_corpus_read(struct attndyn_context *ctx, const char *path,
                                         struct attndyn_corpus *corpus) {
    struct stat about;
    char *train;
    if (stat(path, &about) != 0 || !S_ISDIR(about.st_mode))
        return attndyn_corpus_read(ctx, path, corpus);
    ATTNDYN_TRY(attndyn_text_dataset_find(ctx, path, ATTNDYN_TRAIN, &train));
    return attndyn_corpus_read(ctx, train, corpus);
}

/* From a text: the num_last most frequent last tokens, and num_next_per_last next tokens of
 * each. */
static enum attndyn_status of_text(struct attndyn_context *ctx, const struct scansnap_data *p,
                                   struct attndyn_distribution **d) {
    if (*p->text == '\0')
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "data=text needs text=PATH, a tokenised text with one paragraph a "
                            "line (scansnap/text has an embedded one)");
    struct attndyn_corpus *corpus;
    struct attndyn_text_estimate *estimate;
    ATTNDYN_ALLOC(ctx, corpus, 1);
    ATTNDYN_ALLOC(ctx, estimate, 1);
    ATTNDYN_TRY(scansnap_corpus_read(ctx, p->text, corpus));
    const struct attndyn_text_options options = {.num_last = (size_t)p->num_last,
                                                 .num_next = (size_t)p->num_next_per_last,
                                                 .window = (size_t)p->window,
                                                 .min_context = 1,
                                                 .min_class = 1,
                                                 .min_count = (uint64_t)p->min_count,
                                                 .min_pair = 1};
    enum attndyn_status status = attndyn_text_estimate(ctx, corpus, &options, estimate);
    if (status) return attndyn_fail_while(ctx, status, "text");
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
        return attndyn_fail(
            run->ctx, ATTNDYN_USAGE, "one class leaves nothing to learn: expected %s",
            p.data == data_file   ? "two classes or more in data_file"
            : p.data == data_text ? "a longer text, or larger num_last and num_next_per_last"
                                  : "num_last num_next_per_last >= 2");
    return ATTNDYN_OK;
}

struct attndyn_ode_options scansnap_ode_options(const struct trial *run) {
    const struct scansnap_solver p = scansnap_solver_read(run->params);
    struct attndyn_ode_options options = solve_within(p.method, p.rtol, p.atol);
    options.step = p.step;
    return options;
}
