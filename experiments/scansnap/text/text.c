#include "experiments/scansnap/shared/full_solve.h"
#include "experiments/shared/solve.h"
#include "observer.h"
#include "tables.h"

static const struct preset presets[] = {
    {"quick", "method=adams rtol=1e-7 atol=1e-14 tighter=true", "the embedded grammar"},
    {"paper",
     "class_weight=uniform columns=vocabulary method=adams rtol=1e-7 atol=1e-14 tighter=true",
     "the grammar with the paper's conventions: P(n) = 1/K, one decoder column per token"},
    {"wikitext", "num_last=20 num_next=12 window=32 min_count=150",
     "235 classes of WikiText-2: name the text with text=PATH"},
    {"pruned", "num_last=20 num_next=12 window=32 min_count=10 min_pair=20",
     "the same, tokens seen fewer than twenty times in a class' contexts taken for absent from "
     "it: some are distinct then (name the text with text=PATH)"},
    {0}};

static const struct figure figures[] = {
    {"text", "scansnap/text/text.gp",
     "The flow on the text's statistics. Left above: loss and mean entropy of attention. Right "
     "above: which share of common tokens is suppressed, of distinct tokens grows, and of all "
     "keeps the sign of the early law (without distinct tokens there is no such curve, and no B). "
     "Left below: what z tracks while it grows (Spearman's rank correlation within a class, mean "
     "over classes). Right below: z_ml of class and token at the end against the signed root of "
     "their log-likelihood ratio: tokens typical of a class have a large z."},
    {"text-map", "scansnap/text/map.gp",
     "Gain of attention log2 c/P at the end (colours stay as they are beyond 3): classes whose "
     "attention moved most, against the tokens on which they gain most, class by class, and "
     "(right) those on which they lose most. Grey: the token does not stand in the class' "
     "contexts. One row z serves all classes of a last token, so a token that one of them picks "
     "is lifted in the others, too."},
    {"text-tracks", "scansnap/text/tracks.gp",
     "What attention tracks at the end: Spearman's rank correlation of z with statistics of "
     "token and class, within classes (mean, error by jackknife over last tokens), as it is and "
     "at fixed P(l|n). LLR: log-likelihood ratio; PMI: ln P(l|n)/P(l); early: the closed form of "
     "the first motion."},
    {0}};

/* The solve; B and z stay in course and view. *z_error: of z against a tighter solve; NaN without.
 */
static enum attndyn_status solve(const struct trial *run, const struct text *p,
                                 struct attndyn_flow *flow, struct text_course *course, double **y,
                                 double *z_error) {
    double tau_to_t = (double)flow->classes / p->eta_y, first = p->tau_first * tau_to_t;
    double end = p->t_end > 0 ? p->t_end : p->tau_end * tau_to_t;
    *z_error = NAN;
    if (!(end > first))
        return attndyn_fail(
            run->ctx, ATTNDYN_USAGE,
            "the run ends at t=%g, not after its first output at t=%g: lower tau_first or raise "
            "tau_end (or t_end)",
            end, first);
    size_t samples = (size_t)p->samples;
    double *times;
    ATTNDYN_ALLOC(run->ctx, times, samples);
    attndyn_grid_logarithmic(first, end, samples, times);
    struct attndyn_ode_options options = solve_within(p->method, p->rtol, p->atol);
    options.step = p->step;
    const struct attndyn_ode_observer observer = text_course_observer(course);
    ATTNDYN_TRY(full_solve(run, flow, &options, times, samples, &observer, "coupled", y));
    if (!p->tighter) return ATTNDYN_OK;
    double *tight, error = 0, size = 0;
    options.rtol /= 100;
    options.step /= 10;
    ATTNDYN_TRY(full_solve(run, flow, &options, &end, 1, NULL, "coupled, rtol/100", &tight));
    for (size_t i = flow->z_at; i < flow->n; i++) {
        worst(&error, tight[i] - (*y)[i]);
        worst(&size, tight[i]);
    }
    attndyn_free(run->ctx, tight);
    if (size > 0) *z_error = error / size;
    return ATTNDYN_OK;
}

static enum attndyn_status describe_input(const struct trial *run, const struct text *p,
                                          const struct text_input *in, struct found *found) {
    const struct attndyn_text_estimate *e = &in->estimate;
    const struct attndyn_distribution *d = &e->distribution;
    found->tokens = (double)d->tokens;
    found->classes = (double)d->classes;
    found->last_tokens = (double)d->last_tokens;
    found->entries = (double)d->start[d->classes];
    found->text_tokens = (double)in->corpus.length;
    found->vocabulary = (double)in->corpus.vocabulary;
    found->dropped = (double)e->dropped / (double)(e->dropped + e->total);
    return NOTE(run,
                "%s: %zu tokens, %zu distinct, %zu paragraphs; K = %zu classes after L = %zu last "
                "tokens, M = %zu context tokens",
                in->grammar ? "the embedded grammar" : p->text, in->corpus.length,
                in->corpus.vocabulary, in->corpus.paragraphs, d->classes, d->last_tokens,
                d->tokens);
}

/* Large matrices are left out: a table of millions of rows is of no use as text. */
static enum attndyn_status emit_state(const struct trial *run, const struct attndyn_flow *flow,
                                      const double *y) {
    const struct attndyn_distribution *d = flow->distribution;
    enum { MOST = 100000 };
    size_t K = d->classes, y_size = d->tokens * d->columns, z_size = d->last_tokens * d->tokens;
    ATTNDYN_TRY(STATE(run, B, y + flow->n, K));
    ATTNDYN_TRY(STATE(run, sigma, y + flow->n + K, K));
    double *full;
    if (z_size > MOST || y_size > MOST)
        ATTNDYN_TRY(NOTE(
            run,
            "state: matrices of more than %d numbers are left out (Z has %zu, Y %zu); z of the "
            "tokens that matter is in picked and suppressed",
            MOST, z_size, y_size));
    if (z_size <= MOST) ATTNDYN_TRY(full_emit_z(run, flow, y));
    if (y_size > MOST) return ATTNDYN_OK;
    ATTNDYN_ALLOC(run->ctx, full, y_size);
    attndyn_flow_expand_y(flow, y, full);
    ATTNDYN_TRY(STATE(run, Y, full, y_size));
    attndyn_free(run->ctx, full);
    return ATTNDYN_OK;
}

RUN(text) {
    struct text_input input;
    struct text_statistics statistics;
    struct text_course course;
    struct found found = BLANK(found);
    struct attndyn_flow *flow;
    struct attndyn_flow_view *view;
    ATTNDYN_TRY(text_input_create(run, p, &input));
    ATTNDYN_TRY(describe_input(run, p, &input, &found));
    struct attndyn_distribution *d = &input.estimate.distribution;
    if (p->columns == columns_vocabulary && d->tokens > d->classes) d->columns = d->tokens;
    struct attndyn_flow_options options = {
        .eta_y = p->eta_y, .eta_z = p->eta_z, .visit_rate = p->visit_rate};
    ATTNDYN_TRY(attndyn_flow_create(run->ctx, d, &options, &flow));
    ATTNDYN_TRY(attndyn_flow_view_create(run->ctx, flow, &view));
    attndyn_flow_observe(flow, flow->initial, view);
    double *f0, *y;
    ATTNDYN_ALLOC(run->ctx, f0, d->start[d->classes]);
    for (size_t e = 0; e < d->start[d->classes]; e++) f0[e] = view->f[e];
    ATTNDYN_TRY(text_statistics_create(run->ctx, &input, f0, (uint64_t)p->min_seen, &statistics));
    ATTNDYN_TRY(text_course_create(run, p, &statistics, flow, view, f0, &course));
    ATTNDYN_TRY(solve(run, p, flow, &course, &y, &found.z_error));
    attndyn_flow_observe(flow, y, view);
    ATTNDYN_TRY(text_course_judge(&course, &found));
    ATTNDYN_TRY(text_tables_emit(run, p, &statistics, flow, view, course.B, &found));
    ATTNDYN_TRY(SET_ALL(run, found, &found));
    return emit_state(run, flow, y);
}

const struct experiment experiment_scansnap_text = {
    .id = "scansnap/text",
    .title = "Scan and snap on a text: what attention picks, and what it tracks",
    .source = "Scan&Snap (arXiv 2305.16380), sections 3 to 5, on real statistics",
    .doc =
        "From a tokenised text the distribution P(l|n) of the context tokens l before a last "
        "token m followed by a next token n is estimated by counting, and the coupled flow of Y "
        "and Z is run on it.\n"
        "\n"
        "Last tokens m are those named in `last`, or the `num_last` most frequent; each has up "
        "to `num_next` next tokens n, the most frequent pairs first, a next token belonging to "
        "one last token only. The context of an occurrence is the up to `window` tokens before m "
        "in the same paragraph, and P(l|n) is the share of l among the contexts of all "
        "occurrences; P(n) is the share of occurrences.\n"
        "\n"
        "Without `text` a small text is generated, whose answer is known: a paragraph is "
        "`words` context words, a last word and a next word. There are six classes, two for each "
        "of the last words the, a, my; a context word is with probability `common_share` one of "
        "ten commons, the same for all classes, otherwise one of the eight distinct words of its "
        "class. Attention must pick the distinct words and suppress the commons.\n"
        "\n"
        "The table `picked` ranks by the attention gained, c - P: z alone is the same for all "
        "classes of a last token.\n"
        "\n"
        "On a real text nearly every token stands in the contexts of several classes, more often "
        "in one than in another: the theory's two kinds of token, distinct and common, become a "
        "scale. The table `claims` counts what survives; `correlations` measures what z and c "
        "track (the talk calls attention a learnable TF-IDF): TF-IDF with the classes or the "
        "paragraphs as documents, the signed log-likelihood ratio of Dunning, pointwise mutual "
        "information, P(l|n) itself, and the closed form of the first motion.",
    .presets = presets,
    .tables = TABLES(claims, reading, correlations, course, classes, picked, suppressed, map, pairs,
                     the_state),
    .figures = figures,
    PARTS_OF(text, found)};
