#include "data_params.h"

#include "sim/data/text_distribution.h"

#include <string.h>

enum attndyn_status data_example(struct attndyn_context *ctx, const char *name,
                                 struct attndyn_distribution **d) {
    if (strcmp(name, "example") == 0) {
        /* three classes on two last tokens, two of three commons shared by two classes only */
        static const double p[] = {.4, .2, .3, .1, 0,  0, 0, .2, .4, 0, 0,
                                   .2, .2, 0,  .3, .3, 0, 0, 0,  0,  .4};
        static const size_t last[] = {0, 0, 1};
        static const double weights[] = {.5, .3, .2};
        return attndyn_distribution_dense(ctx, 3, 7, p, last, weights, d);
    }
    if (strcmp(name, "growing-common") == 0) {
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

static enum attndyn_status family_from_params(struct attndyn_context *ctx, const struct params *p,
                                              struct attndyn_symmetric_family *family) {
    size_t L = (size_t)param_int(p, "num_last"), N = (size_t)param_int(p, "num_next_per_last");
    if (!param_is(p, "data", "symmetric"))
        return attndyn_family_authors(ctx, L, N, (size_t)param_int(p, "num_common"),
                                      (size_t)param_int(p, "num_distinct"), family);
    size_t distinct, commons;
    const double *weights = param_reals(p, "p", &distinct), *shared = param_reals(p, "q", &commons);
    return attndyn_family_create(ctx, L * N, N, weights, distinct, shared, commons, family);
}

/* Of a text: num_last most frequent last tokens, num_next_per_last next tokens for each. */
static enum attndyn_status text_data(struct attndyn_context *ctx, const struct params *p,
                                     enum attndyn_columns columns,
                                     struct attndyn_distribution **d) {
    if (*param_text(p, "corpus") == '\0')
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "data=text needs corpus=PATH, a tokenised text with one paragraph a "
                            "line (scansnap/text has an embedded one)");
    struct attndyn_corpus *corpus;
    struct attndyn_text_estimate *estimate;
    ATTNDYN_ALLOC(ctx, corpus, 1);
    ATTNDYN_ALLOC(ctx, estimate, 1);
    ATTNDYN_TRY(attndyn_corpus_read(ctx, param_text(p, "corpus"), corpus));
    const struct attndyn_text_options options = {.num_last = (size_t)param_int(p, "num_last"),
                                                 .num_next =
                                                     (size_t)param_int(p, "num_next_per_last"),
                                                 .window = (size_t)param_int(p, "window"),
                                                 .min_context = 1,
                                                 .min_class = 1,
                                                 .min_count = (uint64_t)param_int(p, "min_count"),
                                                 .min_pair = 1};
    enum attndyn_status status = attndyn_text_estimate(ctx, corpus, &options, estimate);
    if (status) return attndyn_fail_while(ctx, status, "corpus");
    *d = &estimate->distribution;
    if (columns == ATTNDYN_COLUMNS_VOCABULARY && (*d)->tokens > (*d)->classes)
        (*d)->columns = (*d)->tokens;
    return ATTNDYN_OK;
}

enum attndyn_status data_from_params(struct attndyn_context *ctx, const struct params *p,
                                     struct attndyn_distribution **d) {
    enum attndyn_columns columns =
        param_is(p, "columns", "vocabulary") ? ATTNDYN_COLUMNS_VOCABULARY : ATTNDYN_COLUMNS_NEXT;
    const char *data = param_text(p, "data");
    struct attndyn_symmetric_family family;
    if (param_is(p, "data", "file")) {
        if (*param_text(p, "data_file") == '\0')
            return attndyn_fail(ctx, ATTNDYN_USAGE,
                                "data=file needs data_file=PATH, a CSV with the header "
                                "class,last,token,probability");
        ATTNDYN_TRY(attndyn_distribution_file(ctx, param_text(p, "data_file"), columns, d));
    } else if (param_is(p, "data", "text")) {
        ATTNDYN_TRY(text_data(ctx, p, columns, d));
    } else if (param_is(p, "data", "random")) {
        struct attndyn_random_spread spread = {.common_sd = param_real(p, "common_sd"),
                                               .distinct_sd = param_real(p, "distinct_sd"),
                                               .class_sd = param_real(p, "class_sd"),
                                               .seed = (uint64_t)param_int(p, "data_seed")};
        ATTNDYN_TRY(family_from_params(ctx, p, &family));
        ATTNDYN_TRY(attndyn_distribution_random(ctx, &family, columns, &spread, d));
    } else if (param_is(p, "data", "authors") || param_is(p, "data", "symmetric")) {
        ATTNDYN_TRY(family_from_params(ctx, p, &family));
        ATTNDYN_TRY(attndyn_distribution_symmetric(ctx, &family, columns, d));
    } else {
        if (columns == ATTNDYN_COLUMNS_VOCABULARY)
            return attndyn_fail(ctx, ATTNDYN_USAGE,
                                "data=%s has no vocabulary beyond its context tokens: expected "
                                "columns=next",
                                data);
        ATTNDYN_TRY(data_example(ctx, data, d));
    }
    size_t count;
    const double *weights = param_reals(p, "class_weights", &count);
    if (count > 0) ATTNDYN_TRY(attndyn_distribution_class_weights(ctx, *d, weights, count));
    if ((*d)->classes < 2)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "one class leaves nothing to learn: expected num_last "
                            "num_next_per_last >= 2");
    return ATTNDYN_OK;
}

enum attndyn_status data_eta_z(struct attndyn_context *ctx, const struct params *p,
                               const struct attndyn_distribution *d, double *eta_z) {
    double rho = param_real(p, "rho"), K = (double)d->classes;
    *eta_z = rho > 0 ? rho * param_real(p, "eta_y") * (K - 1) / K : param_real(p, "eta_z");
    if (*eta_z > 1e300)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "rho = %g at eta_y = %g is out of range", rho,
                            param_real(p, "eta_y"));
    return ATTNDYN_OK;
}

struct attndyn_ode_options data_solver(const struct params *p) {
    enum attndyn_ode_method method = ATTNDYN_ODE_ADAMS;
    (void)attndyn_ode_method_named(param_text(p, "method"), &method);
    struct attndyn_ode_options options = attndyn_ode_defaults(method);
    options.rtol = param_real(p, "rtol");
    options.atol = param_real(p, "atol");
    options.step = param_real(p, "step");
    return options;
}

const char *data_token_name(struct attndyn_context *ctx, const struct attndyn_distribution *d,
                            size_t token) {
    if (d->token_name) return d->token_name[token];
    const char *kind = d->degree[token] == 0 ? "never" : d->degree[token] == 1 ? "d" : "c";
    return attndyn_format(ctx, "%s%zu", kind, token);
}

const char *data_class_name(struct attndyn_context *ctx, const struct attndyn_distribution *d,
                            size_t n) {
    return d->class_name ? d->class_name[n] : attndyn_format(ctx, "n%zu", n);
}
