/* scansnap/text: the Scan&Snap flow on the statistics of a text. The input is in text_input.c, the
 * statistics it is held against in text_study.c, what is recorded on the way in text_course.c, what
 * a reader looks at in text_tables.c, the verdicts in text_checks.c. */
#include "text.h"
#include "course.h"
#include "tables.h"

#include <math.h>

static const struct param params[] = {
    {"corpus", PARAM_FILE, "", 0, 0, NULL, NULL,
     "a tokenised text: UTF-8, tokens separated by white space, one paragraph a line (WikiText-2's "
     "train.txt); empty: the embedded grammar"},
    {"sentences", PARAM_INT, "4000", 2, 10000000, NULL, NULL, "paragraphs of the grammar's text"},
    {"words", PARAM_INT, "12", 1, 1000, NULL, NULL, "context words in each of them"},
    {"common_share", PARAM_REAL, "0.6", 0, 1, NULL, NULL,
     "probability that a context word of the grammar is a common one"},
    {"last", PARAM_TEXT, "", 0, 0, NULL, NULL,
     "last tokens m: the,of,... (or separated by blanks: then a comma is a token); empty: the "
     "num_last most frequent (of the grammar: its own)"},
    {"exclude", PARAM_TEXT, "<unk> = @-@", 0, 0, NULL, NULL,
     "tokens that become neither last nor next token (they stay in the contexts)"},
    {"num_last", PARAM_INT, "20", 1, 100000, NULL, NULL, "last tokens, where `last` is empty"},
    {"num_next", PARAM_INT, "12", 1, 100000, NULL, NULL, "next tokens n for each last token"},
    {"window", PARAM_INT, "32", 1, 1000000, NULL, "tokens",
     "context: so many tokens before the last token, within the paragraph"},
    {"min_context", PARAM_INT, "1", 1, 1000000, NULL, "tokens",
     "occurrences with less context are left out"},
    {"min_class", PARAM_INT, "20", 1, 0x7fffffff, NULL, NULL,
     "pairs of last and next token that occur less often are no class"},
    {"min_count", PARAM_INT, "150", 1, 0x7fffffff, NULL, NULL,
     "tokens seen less often in all contexts together are left out"},
    {"min_pair", PARAM_INT, "1", 1, 0x7fffffff, NULL, NULL,
     "a token seen less often in a class' contexts is taken for absent from it"},
    {"smoothing", PARAM_REAL, "0", 0, 1e9, NULL, "tokens",
     "weight of the mixture of all classes in each P(l|n) (a Dirichlet prior); > 0 makes every "
     "token common"},
    {"class_weight", PARAM_CHOICE, "counted", 0, 0, "counted|uniform", NULL,
     "P(n): the share of occurrences, or 1/K"},
    {"columns", PARAM_CHOICE, "next", 0, 0, "next|vocabulary", NULL,
     "columns of the decoder: V = K, or V = M (the M - K others never are the answer)"},
    {"eta_y", PARAM_REAL, "10", 1e-9, 1e9, NULL, NULL, "learning rate of the decoder Y"},
    {"eta_z", PARAM_REAL, "1", 0, 1e9, NULL, NULL, "learning rate of the attention Z"},
    {"visit_rate", PARAM_BOOL, "false", 0, 0, NULL, NULL,
     "leave P(n) out of dz/dt: eta_z per visit of a class instead of per unit of time"},
    {"tau_first", PARAM_REAL, "0.001", 1e-12, 1e12, NULL, NULL, "first output, eta_Y t/K"},
    {"tau_end", PARAM_REAL, "10000", 1e-12, 1e12, NULL, NULL, "end, eta_Y t/K"},
    {"t_end", PARAM_REAL, "0", 0, 1e18, NULL, NULL, "end as a time t; 0: tau_end counts"},
    {"samples", PARAM_INT, "36", 3, 100000, NULL, NULL, "output times, logarithmic"},
    {"method", PARAM_CHOICE, "bdf-krylov", 0, 0, ATTNDYN_ODE_METHODS, NULL,
     "integrator: classes with similar contexts make the decoder stiff"},
    {"rtol", PARAM_REAL, "1e-5", 1e-14, 1e-2, NULL, NULL, "relative tolerance"},
    {"atol", PARAM_REAL, "1e-10", 1e-300, 1e-2, NULL, NULL, "absolute tolerance"},
    {"step", PARAM_REAL, "0.01", 1e-12, 1e12, NULL, NULL, "step of rk4 and euler"},
    {"tighter", PARAM_BOOL, "false", 0, 0, NULL, NULL,
     "solve again at rtol/100 and measure the error of z"},
    {"min_seen", PARAM_INT, "10", 1, 0x7fffffff, NULL, NULL,
     "correlations and readable tables take tokens seen so often in a class"},
    {"top", PARAM_INT, "6", 1, 1000, NULL, NULL, "tokens per class in the readable tables"},
    {"seed", PARAM_INT, "1", 0, 0, NULL, NULL, "of the grammar's text"},
    {0}};

static const struct preset presets[] = {
    {"quick", "method=adams rtol=1e-7 atol=1e-14 tighter=true", "the embedded grammar"},
    {"paper",
     "class_weight=uniform columns=vocabulary method=adams rtol=1e-7 atol=1e-14 tighter=true",
     "the grammar with the paper's conventions: P(n) = 1/K, one decoder column per token"},
    {"wikitext", "num_last=20 num_next=12 window=32 min_count=150",
     "235 classes of WikiText-2: name the text with corpus=FILE"},
    {"pruned", "num_last=20 num_next=12 window=32 min_count=10 min_pair=20",
     "the same, tokens seen fewer than twenty times in a class' contexts taken for absent from it: "
     "some are distinct then (name the text with corpus=FILE)"},
    {0}};

#define TOKEN_COLUMNS                                                                              \
    {"class", COLUMN_INT, NULL, "class n", false},                                                 \
        {"last", COLUMN_TEXT, NULL, "last token m = psi(n)", false},                               \
        {"next", COLUMN_TEXT, NULL, "next token n", false},                                        \
        {"rank", COLUMN_INT, NULL, "1: the largest |c - P|", false},                               \
        {"token", COLUMN_TEXT, NULL, "context token l", false},                                    \
        {"count", COLUMN_INT, NULL, "C_nl: occurrences of l in the contexts of n", false},         \
        {"P", COLUMN_REAL, NULL, "P(l|n)", false},                                                 \
        {"c", COLUMN_REAL, NULL, "c_nl at the end", false},                                        \
        {"z", COLUMN_REAL, NULL, "z_ml at the end", false},                                        \
        {"llr", COLUMN_REAL, NULL, "signed log-likelihood ratio of l and n", false}, {             \
        0                                                                                          \
    }

static const struct column picked_columns[] = {TOKEN_COLUMNS};
static const struct column reading_columns[] = {
    {"last", COLUMN_TEXT, NULL, "last token", false},
    {"next", COLUMN_TEXT, NULL, "next token: what the class predicts", false},
    {"occurrences", COLUMN_INT, NULL, "of the pair", false},
    {"picked", COLUMN_TEXT, NULL, "context tokens that gain most attention, c - P, and their z",
     false},
    {"suppressed", COLUMN_TEXT, NULL, "context tokens that lose most, and their z", false},
    {0}};
static const struct column class_columns[] = {
    {"class", COLUMN_INT, NULL, "n", false},
    {"last", COLUMN_TEXT, NULL, "last token", false},
    {"next", COLUMN_TEXT, NULL, "next token", false},
    {"P_n", COLUMN_REAL, NULL, "P(n)", false},
    {"occurrences", COLUMN_INT, NULL, "of the pair", false},
    {"context_tokens", COLUMN_INT, NULL, "C_n", false},
    {"support", COLUMN_INT, NULL, "tokens with P(l|n) > 0", false},
    {"distinct", COLUMN_INT, NULL, "tokens of this class only", false},
    {"delta", COLUMN_REAL, NULL, "1 - alpha_nn at the end", false},
    {"entropy_support", COLUMN_REAL, "nat", "of c_n at the end", false},
    {"B", COLUMN_REAL, NULL, "B_n at the end; empty without distinct tokens", true},
    {"mass_P", COLUMN_REAL, NULL, "P mass of the tokens with z > 0", false},
    {"mass_c", COLUMN_REAL, NULL, "c mass of the tokens with z > 0", false},
    {"rho_P", COLUMN_REAL, NULL, "Spearman of z and P in the class", true},
    {"rho_tfidf", COLUMN_REAL, NULL, "Spearman of z and TF-IDF", true},
    {"rho_llr", COLUMN_REAL, NULL, "Spearman of z and the log-likelihood ratio", true},
    {0}};
static const struct column course_columns[] = {
    {"t", COLUMN_REAL, NULL, "time", false},
    {"tau", COLUMN_REAL, NULL, "eta_Y t/K", false},
    {"sigma", COLUMN_REAL, NULL, "mean of sigma_n", false},
    {"loss", COLUMN_REAL, "nat", "-sum P(n) log alpha_nn", false},
    {"delta", COLUMN_REAL, NULL, "mean of 1 - alpha_nn", false},
    {"entropy_support", COLUMN_REAL, "nat", "mean entropy of c_n", false},
    {"entropy_distinct", COLUMN_REAL, "nat", "mean entropy of c_n over DT(n), renormalised", true},
    {"B", COLUMN_REAL, NULL, "mean of B_n over classes with distinct tokens", true},
    {"B_max", COLUMN_REAL, NULL, "largest B_n", true},
    {"z_min", COLUMN_REAL, NULL, "smallest z", false},
    {"z_max", COLUMN_REAL, NULL, "largest z", false},
    {"commons_suppressed", COLUMN_REAL, NULL, "share of common z below 0", true},
    {"distinct_growing", COLUMN_REAL, NULL, "share of distinct z above 0", true},
    {"early_sign", COLUMN_REAL, NULL, "share of z with the early law's sign", true},
    {"rho_P", COLUMN_REAL, NULL, "Spearman of z and P(l|n), mean over classes", true},
    {"rho_tfidf", COLUMN_REAL, NULL, "of z and TF-IDF, documents = classes", true},
    {"rho_tfidf_text", COLUMN_REAL, NULL, "of z and TF-IDF, documents = paragraphs", true},
    {"rho_llr", COLUMN_REAL, NULL, "of z and the signed log-likelihood ratio", true},
    {"rho_pmi", COLUMN_REAL, NULL, "of z and ln P(l|n)/P(l)", true},
    {"rho_early", COLUMN_REAL, NULL, "of z and its own early rate", true},
    {0}};
static const struct column claim_columns[] = {
    {"claim", COLUMN_TEXT, NULL, "what the theory says", false},
    {"of", COLUMN_TEXT, NULL, "what is counted", false},
    {"holds", COLUMN_INT, NULL, "for so many", false},
    {"count", COLUMN_INT, NULL, "of so many", false},
    {"share", COLUMN_REAL, NULL, "holds/count", true},
    {0}};
static const struct column correlation_columns[] = {
    {"quantity", COLUMN_TEXT, NULL,
     "z, c, or the gain c/P (within a class c/P has the ranks of z: not repeated)", false},
    {"scope", COLUMN_TEXT, NULL, "within: mean over classes; pooled: all entries at once", false},
    {"target", COLUMN_TEXT, NULL, "what it is ranked against", false},
    {"rho", COLUMN_REAL, NULL, "Spearman's rank correlation", true},
    {"rho_error", COLUMN_REAL, NULL, "jackknife over last tokens", true},
    {"partial", COLUMN_REAL, NULL, "the same at fixed P(l|n)", true},
    {"partial_error", COLUMN_REAL, NULL, "jackknife over last tokens", true},
    {"classes", COLUMN_INT, NULL, "that took part", false},
    {"tokens", COLUMN_INT, NULL, "pairs (n, l) that took part", false},
    {0}};
static const struct column map_columns[] = {
    {"column", COLUMN_INT, NULL, "of the map", false},
    {"row", COLUMN_INT, NULL, "of the map", false},
    {"token", COLUMN_TEXT, NULL, "context token, shortened; comma and quote in typographic form",
     false},
    {"label", COLUMN_TEXT, NULL, "last and next token", false},
    {"gain", COLUMN_REAL, NULL, "log2 c/P; empty where P = 0", true},
    {0}};
static const struct column pair_columns[] = {
    {"last", COLUMN_TEXT, NULL, "last token", false},
    {"next", COLUMN_TEXT, NULL, "next token", false},
    {"token", COLUMN_TEXT, NULL, "context token", false},
    {"count", COLUMN_INT, NULL, "C_nl", false},
    {"P", COLUMN_REAL, NULL, "P(l|n)", false},
    {"tfidf", COLUMN_REAL, NULL, "P ln(K/classes with l)", false},
    {"tfidf_text", COLUMN_REAL, NULL, "P ln(paragraphs/paragraphs with l)", false},
    {"llr", COLUMN_REAL, NULL, "signed log-likelihood ratio", false},
    {"pmi", COLUMN_REAL, "nat", "ln P(l|n)/P(l)", false},
    {"early", COLUMN_REAL, NULL, "dz/dt/(eta_Y eta_Z t) at the start", false},
    {"z", COLUMN_REAL, NULL, "z_ml at the end", false},
    {"c", COLUMN_REAL, NULL, "c_nl at the end", false},
    {0}};

static const struct table tables[] = {
    {"claims", "which claims of the theory hold on these statistics, and for how many",
     claim_columns},
    {"reading", "the most frequent classes: which context tokens attention picks and suppresses",
     reading_columns},
    {"correlations", "what z and c track: rank correlations", correlation_columns},
    {"course", "the flow over time", course_columns},
    {"classes", "every class at the end", class_columns},
    {"picked", "the tokens on which every class gains most, c - P", picked_columns},
    {"suppressed", "the tokens on which every class loses most, P - c", picked_columns},
    {"map", "gain of attention, classes against tokens", map_columns},
    {"pairs", "a sample of the (class, token) pairs seen often enough", pair_columns},
    STATE_TABLE,
    {0}};

static const struct scalar scalars[] = {
    {"tokens", NULL, "M: context tokens", false},
    {"classes", NULL, "K", false},
    {"last_tokens", NULL, "L", false},
    {"entries", NULL, "pairs (n, l) with P(l|n) > 0", false},
    {"text_tokens", NULL, "length of the text", false},
    {"vocabulary", NULL, "distinct tokens of the text", false},
    {"seen", NULL, "pairs (n, l) seen min_seen times or more", false},
    {"map_columns", NULL, "tokens of the map", false},
    {"dropped", NULL, "share of context tokens that min_count and min_pair left out", false},
    {"loss", "nat", "at the end", false},
    {"loss_rise", NULL, "largest relative rise of the loss between outputs", false},
    {"sum_drift", NULL, "largest |sum_l z_ml|", false},
    {"entropy_support_start", "nat", "mean entropy of P(.|n)", false},
    {"entropy_support", "nat", "mean entropy of c_n at the end", false},
    {"commons_suppressed", NULL, "share of common z below 0 at the end", true},
    {"distinct_growing", NULL, "share of distinct z above 0 at the end", true},
    {"classes_with_distinct", NULL, "classes that have distinct tokens", false},
    {"early_error_1", NULL, "relative error of the early law at the first output", true},
    {"early_error_2", NULL, "at the second output", true},
    {"early_sign_start", NULL, "share of z with the early law's sign at the first output", true},
    {"early_sign_end", NULL, "at the end", true},
    {"B_monotone", NULL, "share of classes whose B_n never fell", true},
    {"lower_bound_violated", NULL, "share of tests of Theorem 3's lower bound that failed", true},
    {"upper_bound_violated", NULL, "share of tests of its upper bound that failed", true},
    {"bound_lower_ratio", NULL,
     "smallest ln chi/(2 f^2(0) B) of a dominant token: 1 keeps the bound", true},
    {"xi_spread", NULL, "median over classes of (max - min)/mean of xi over DT(n), at the end",
     true},
    {"z_error", NULL, "largest |z - z at rtol/100| over largest |z|", true},
    {"rho_P", NULL, "Spearman of z and P(l|n) at the end, mean over classes", true},
    {"rho_P_error", NULL, "its error", true},
    {"rho_tfidf", NULL, "of z and TF-IDF, documents = classes", true},
    {"rho_tfidf_error", NULL, "its error", true},
    {"rho_tfidf_text", NULL, "of z and TF-IDF, documents = paragraphs", true},
    {"rho_tfidf_text_error", NULL, "its error", true},
    {"rho_llr", NULL, "of z and the log-likelihood ratio", true},
    {"rho_llr_error", NULL, "its error", true},
    {"rho_pmi", NULL, "of z and pointwise mutual information", true},
    {"rho_pmi_error", NULL, "its error", true},
    {"rho_early", NULL, "of z and its early rate", true},
    {"rho_early_error", NULL, "its error", true},
    {0}};

static const struct figure figures[] = {
    {"text", "scansnap/text/text.gp",
     "The flow on the text's statistics. Left above: loss and mean entropy of attention. Right "
     "above: "
     "which share of common tokens is suppressed, of distinct tokens grows, and of all keeps the "
     "sign of the early law (without distinct tokens there is no such curve, and no B). Left "
     "below: "
     "what z tracks while it grows (Spearman's rank correlation within a class, mean over "
     "classes). "
     "Right below: z of token and class at the end against the signed root of the log-likelihood "
     "ratio."},
    {"text-map", "scansnap/text/map.gp",
     "Gain of attention log2 c/P at the end (colours stay as they are beyond 3): classes whose "
     "attention moved most, against the tokens on which they gain most, class by class, and "
     "(right) "
     "those on which they lose most. Grey: the token does not stand in the class' contexts. One "
     "row "
     "z serves all classes of a last token, so a token that one of them picks is lifted in the "
     "others, too."},
    {"text-tracks", "scansnap/text/tracks.gp",
     "What attention tracks at the end: Spearman's rank correlation of z with statistics of token "
     "and "
     "class, within classes (mean, error by jackknife over last tokens), as it is and at fixed "
     "P(l|n). LLR: log-likelihood ratio; PMI: ln P(l|n)/P(l); early: the closed form of the first "
     "motion."},
    {0}};

/* The solve; B and z stay in course and view. */
static enum attndyn_status solve(struct attndyn_context *ctx, const struct params *p,
                                 struct results *results, struct attndyn_flow *flow,
                                 struct text_course *course, double *y) {
    double tau_to_t = (double)flow->classes / param_real(p, "eta_y");
    double first = param_real(p, "tau_first") * tau_to_t;
    double end = param_real(p, "t_end");
    if (end == 0) end = param_real(p, "tau_end") * tau_to_t;
    if (!(end > first))
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "the run ends at t=%g, not after its first output at t=%g: lower "
                            "tau_first or raise tau_end (or t_end)",
                            end, first);
    size_t samples = (size_t)param_int(p, "samples");
    double *times;
    ATTNDYN_ALLOC(ctx, times, samples);
    attndyn_grid_logarithmic(first, end, samples, times);
    struct attndyn_ode_options options =
        attndyn_ode_defaults((enum attndyn_ode_method)param_choice(p, "method"));
    options.rtol = param_real(p, "rtol");
    options.atol = param_real(p, "atol");
    options.step = param_real(p, "step");
    struct attndyn_ode_problem problem = attndyn_flow_problem(flow);
    struct attndyn_ode_observer observer = text_course_observer(course);
    struct attndyn_ode_statistics statistics;
    for (size_t i = 0; i < flow->n + flow->quadratures; i++) y[i] = flow->initial[i];
    ATTNDYN_TRY(
        attndyn_ode_solve(ctx, &problem, &options, 0, y, times, samples, &observer, &statistics));
    ATTNDYN_TRY(results_solver(ctx, results, "coupled", &statistics));
    if (!param_bool(p, "tighter")) return ATTNDYN_OK;
    double *tight, error = 0, size = 0;
    ATTNDYN_ALLOC(ctx, tight, flow->n + flow->quadratures);
    for (size_t i = 0; i < flow->n + flow->quadratures; i++) tight[i] = flow->initial[i];
    options.rtol /= 100;
    options.step /= 10;
    ATTNDYN_TRY(attndyn_ode_solve(ctx, &problem, &options, 0, tight, &end, 1, NULL, &statistics));
    ATTNDYN_TRY(results_solver(ctx, results, "coupled, rtol/100", &statistics));
    for (size_t i = flow->z_at; i < flow->n; i++) {
        error = fmax(error, fabs(tight[i] - y[i]));
        size = fmax(size, fabs(tight[i]));
    }
    attndyn_free(ctx, tight);
    return size > 0 ? results_scalar(ctx, results, "z_error", error / size) : ATTNDYN_OK;
}

static enum attndyn_status emit_input(struct attndyn_context *ctx, const struct params *p,
                                      struct results *results, const struct text_input *in) {
    const struct attndyn_text_estimate *e = &in->estimate;
    const struct attndyn_distribution *d = &e->distribution;
    const struct {
        const char *name;
        double value;
    } numbers[] = {{"tokens", (double)d->tokens},
                   {"classes", (double)d->classes},
                   {"last_tokens", (double)d->last_tokens},
                   {"entries", (double)d->start[d->classes]},
                   {"text_tokens", (double)in->corpus.length},
                   {"vocabulary", (double)in->corpus.vocabulary},
                   {"dropped", (double)e->dropped / (double)(e->dropped + e->total)}};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        ATTNDYN_TRY(results_scalar(ctx, results, numbers[i].name, numbers[i].value));
    return results_note(ctx, results,
                        "%s: %zu tokens, %zu distinct, %zu paragraphs; K = %zu classes after L = "
                        "%zu last tokens, M = %zu context tokens",
                        in->grammar ? "the embedded grammar" : param_text(p, "corpus"),
                        in->corpus.length, in->corpus.vocabulary, in->corpus.paragraphs, d->classes,
                        d->last_tokens, d->tokens);
}

/* Large matrices stay out of the table: a state of millions of rows serves nobody as text. */
static enum attndyn_status emit_state(struct attndyn_context *ctx, struct results *results,
                                      const struct attndyn_flow *flow, const double *y) {
    const struct attndyn_distribution *d = flow->distribution;
    enum { MOST = 100000 };
    size_t K = d->classes, y_size = d->tokens * d->columns, z_size = d->last_tokens * d->tokens;
    ATTNDYN_TRY(results_emit_state(ctx, results, "B", y + flow->n, K));
    ATTNDYN_TRY(results_emit_state(ctx, results, "sigma", y + flow->n + K, K));
    double *full;
    if (z_size > MOST || y_size > MOST)
        ATTNDYN_TRY(results_note(ctx, results,
                                 "state: matrices of more than %d numbers are left out (Z has %zu, "
                                 "Y %zu); z of the tokens that matter is in picked and suppressed",
                                 MOST, z_size, y_size));
    if (z_size <= MOST) {
        ATTNDYN_ALLOC(ctx, full, z_size);
        attndyn_flow_expand_z(flow, y, full);
        ATTNDYN_TRY(results_emit_state(ctx, results, "z", full, z_size));
        attndyn_free(ctx, full);
    }
    if (y_size > MOST) return ATTNDYN_OK;
    ATTNDYN_ALLOC(ctx, full, y_size);
    attndyn_flow_expand_y(flow, y, full);
    ATTNDYN_TRY(results_emit_state(ctx, results, "Y", full, y_size));
    attndyn_free(ctx, full);
    return ATTNDYN_OK;
}

static enum attndyn_status run(struct attndyn_context *ctx, const struct params *p,
                               struct results *results) {
    struct text_input input;
    struct text_study study;
    struct text_course course;
    struct attndyn_flow *flow;
    struct attndyn_flow_view *view;
    ATTNDYN_TRY(text_input_create(ctx, p, &input));
    ATTNDYN_TRY(emit_input(ctx, p, results, &input));
    struct attndyn_distribution *d = &input.estimate.distribution;
    if (param_is(p, "columns", "vocabulary") && d->tokens > d->classes) d->columns = d->tokens;
    struct attndyn_flow_options options = {.eta_y = param_real(p, "eta_y"),
                                           .eta_z = param_real(p, "eta_z"),
                                           .visit_rate = param_bool(p, "visit_rate")};
    ATTNDYN_TRY(attndyn_flow_create(ctx, d, &options, &flow));
    ATTNDYN_TRY(attndyn_flow_view_create(ctx, flow, &view));
    attndyn_flow_observe(flow, flow->initial, view);
    double *f0, *y;
    ATTNDYN_ALLOC(ctx, f0, d->start[d->classes]);
    ATTNDYN_ALLOC(ctx, y, flow->n + flow->quadratures);
    for (size_t e = 0; e < d->start[d->classes]; e++) f0[e] = view->f[e];
    ATTNDYN_TRY(text_study_create(ctx, &input, f0, (uint64_t)param_int(p, "min_seen"), &study));
    ATTNDYN_TRY(text_course_create(ctx, p, results, &study, flow, view, f0, &course));
    ATTNDYN_TRY(solve(ctx, p, results, flow, &course, y));
    attndyn_flow_observe(flow, y, view);
    ATTNDYN_TRY(text_course_judge(&course));
    ATTNDYN_TRY(text_tables_emit(ctx, p, results, &study, flow, view, course.B));
    return emit_state(ctx, results, flow, y);
}

const struct experiment experiment_scansnap_text = {
    .id = "scansnap/text",
    .title = "Scan and snap on a text: what attention picks, and what it tracks",
    .source = "Scan&Snap (arXiv 2305.16380), sections 3 to 5, on real statistics",
    .doc =
        "From a tokenised text the distribution P(l|n) of the context tokens l before a last token "
        "m followed by a next token n is estimated by counting, and the coupled flow of Y and Z is "
        "run on it.\n\n"
        "Last tokens m are those named in `last`, or the `num_last` most frequent; each has up to "
        "`num_next` next tokens n, the most frequent pairs first, a next token belonging to one "
        "last token only. The context of an occurrence is the up to `window` tokens before m in "
        "the same paragraph, and P(l|n) is the share of l among the contexts of all occurrences; "
        "P(n) is the share of occurrences.\n\n"
        "Without `corpus` a small text is generated, whose answer is known: a paragraph is `words` "
        "context words, a last word and a next word. There are six classes, two for each of the "
        "last words the, a, my; a context word is with probability `common_share` one of ten "
        "commons, the same for all classes, otherwise one of the eight distinct words of its "
        "class. Attention must pick the distinct words and suppress the commons.\n\n"
        "The table `picked` ranks by the attention gained, c - P: z alone is the same for all "
        "classes of a last token.\n\n"
        "On a real text nearly every token stands in the contexts of several classes, more often "
        "in one than in another: the theory's two kinds of token, distinct and common, become a "
        "scale. The table `claims` counts what survives; `correlations` measures what z and c "
        "track (the talk calls attention a learnable TF-IDF): TF-IDF with the classes or the "
        "paragraphs as documents, the signed log-likelihood ratio of Dunning, pointwise mutual "
        "information, P(l|n) itself, and the closed form of the first motion.",
    .params = params,
    .presets = presets,
    .tables = tables,
    .scalars = scalars,
    .figures = figures,
    .checks = text_checks,
    .run = run,
};
