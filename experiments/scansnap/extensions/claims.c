/* scansnap/extensions: the claims. */
#include "extensions.h"

#include "experiments/statements/statements.h"

#define PARAMETERS extensions

CLAIM(prior_wins, "EXT.prior", OF(S_prior),
      "Of two distinct tokens l, l' of a class the one with the larger P(l|n) e^{z_l(0)} at the "
      "start gains on the other, be it ahead by its probability P or by its logit z(0).",
      "for some start the one behind gains on it by the end, in the coupled flow or under Eq. 10") {
    double least = INFINITY;
    size_t cases = 0, turned = 0;
    EACH_ROW (run, prior, r) {
        double lead = log(r->ratio_start);
        if (fabs(lead) < 1e-3) continue; /* no token starts ahead */
        cases++;
        turned += lead < 0;
        keep_smaller(&least, r->gained / lead);
    }
    if (turned == 0 || turned == cases) return verdict_skip(v, "needs handicaps on both sides");
    return verdict_at_least(v, least, 1e-300,
                            "smallest gain of the one ahead over its lead; %zu starts and models, "
                            "in %zu of them the less probable token is ahead",
                            cases, turned);
}

/* A central difference has two errors: one of order h^2, and the rounding of the loss over h. */
CLAIM(descends, "EXT.gradient", DERIVED,
      "The rates of Y and z, with and without a residual connection, are minus the slopes of the "
      "loss.",
      "central differences of the loss are off them by more than {bound} of the largest rate",
      .bound = 1e-4) {
    return verdict_at_most(v, SCALAR_OF(run, found, gradient_error), v->bound,
                           "all rates of Y and z, at the end");
}

CLAIM(local, "EXT.residual", OF(S_P2),
      "With a residual connection a token that one class of each query has gains attention at all "
      "times, though two classes share it, and the token that all classes share loses.",
      "z of the one falls or of the other rises between two outputs; or without the connection "
      "the first does not end below 0") {
    double least = INFINITY, before[2] = {0, 0}, without = NAN;
    EACH_ROW (run, residual, r) {
        if (!r->residual) {
            without = r->z_local;
            continue;
        }
        keep_smaller(&least, smaller_of(r->z_local - before[0], before[1] - r->z_common));
        before[0] = r->z_local, before[1] = r->z_common;
    }
    if (p->t_residual < 100)
        return verdict_skip(v,
                            "needs t_residual of 100 at least: the decoder has to know the query");
    if (!(without < 0)) least = -INFINITY;
    return verdict_at_least(
        v, least, 1e-300,
        "smallest step of either; z at the end %.4f (%.4f without residual), of "
        "the common one %.4f",
        before[0], without, before[1]);
}

/* Mean over the seeds of a size, and its standard error. */
struct mean {
    double of, error, n;
};
static struct mean mean_of(const struct trial *run, long tokens, double (*what)(struct sampled)) {
    double n = 0, sum = 0, squares = 0;
    EACH_ROW (run, sampled, r) {
        double x = what(*r);
        if (r->tokens == tokens && !isnan(x)) n++, sum += x, squares += x * x;
    }
    return (struct mean){sum / n, sqrt(positive_part(squares - sum * sum / n) / (n - 1) / n), n};
}
static double on_commons_of(struct sampled r) {
    return r.on_commons;
}
static double count_of(struct sampled r) {
    return (double)r.looks_distinct;
}
static double z_one_of(struct sampled r) {
    return r.z_one;
}
static double z_both_of(struct sampled r) {
    return r.z_both;
}

CLAIM(
    small, "EXT.small-samples", OF(S_P4),
    "The larger a sample, the fewer common tokens look distinct in it (stand in one class alone), "
    "as many as the binomial distribution gives, and the less attention training on it leaves on "
    "the commons.",
    "at some size the mean count is more than 5 of its standard errors off, or from a size to the "
    "next the mean attention falls by less than {bound} standard errors",
    .bound = 4) {
    double least = INFINITY, off = NOTHING_YET;
    struct mean before = {NAN, NAN, 0};
    for (size_t i = 0; i < p->samples.count; i++) {
        long tokens = (long)p->samples.at[i];
        struct mean on = mean_of(run, tokens, on_commons_of),
                    count = mean_of(run, tokens, count_of);
        double a = pow(1 - SAMPLE_COMMON, (double)tokens), one = 2 * a * (1 - a);
        worst(&off,
              (count.of - SAMPLE_COMMONS * one) / sqrt(SAMPLE_COMMONS * one * (1 - one) / count.n));
        if (i > 0) {
            if (!(tokens >= 4 * (long)p->samples.at[i - 1]))
                return verdict_skip(v, "needs sizes that grow fourfold at least");
            keep_smaller(&least, (before.of - on.of) / hypot(before.error, on.error));
        }
        before = on;
    }
    if (p->samples.count < 2) return verdict_skip(v, "needs two sizes of samples");
    if (off > 5) least = -INFINITY;
    return verdict_at_least(
        v, least, v->bound,
        "in standard errors, %zu sizes, %ld samples each; at the largest %.3f of "
        "the attention is on commons; counts are %.1f errors off at most",
        p->samples.count, p->sample_seeds, before.of, off);
}

CLAIM(accident, "EXT.distinct-by-accident", DERIVED,
      "Common tokens that a small sample has in one class alone gain attention, in the mean over "
      "tokens and samples; those that it has in both classes lose.",
      "at the smallest size the mean z of the ones is not above 0, or that of the others not below "
      "0, by {bound} standard errors",
      .bound = 4) {
    struct mean one = mean_of(run, (long)p->samples.at[0], z_one_of),
                both = mean_of(run, (long)p->samples.at[0], z_both_of);
    if (!(one.n >= 4 && both.n >= 4))
        return verdict_skip(v, "needs four samples with tokens of both kinds");
    return verdict_at_least(v, smaller_of(one.of / one.error, -both.of / both.error), v->bound,
                            "z = %.4f +- %.4f of the ones, %.4f +- %.4f of the others", one.of,
                            one.error, both.of, both.error);
}

const struct check *const extensions_claims[] = {&prior_wins, &local,    &descends,
                                                 &small,      &accident, NULL};
