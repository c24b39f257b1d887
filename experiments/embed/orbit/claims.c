#include "orbit.h"

#include "theory/embed/orbit.h"

#include <string.h>

#define PARAMETERS orbit

/* The largest difference of two kinds' z in time: paths are equal, clocks are not. */
static double clocks_apart(const struct trial *run) {
    double most = NOTHING_YET;
    EACH_ROW (run, courses, r) {
        if (strcmp(r->kind, "direct") != 0) continue;
        EACH_ROW (run, courses, s)
            if (s->t == r->t) worst(&most, s->z - r->z);
    }
    return most;
}

CLAIM(same, "ORB.same", DERIVED,
      "[exact] Orbit equivalence: with 2 to 4 trained factors in the decoder, chained, balanced "
      "or tied to the embeddings, the attention logits are those of the direct flow at equal |w|, "
      "w the amplitude of the factor that starts from zero.",
      "at some |w| a logit differs by more than {bound} rtol", .bound = 1e5) {
    double control = clocks_apart(run);
    if (!(control > 1e6 * p->rtol))
        return verdict_skip(v, "at equal t no logit differs by more than %.2g: no control",
                            control);
    return verdict_at_most(v, WORST(run, paths, apart), v->bound * p->rtol,
                           "%zu points up to |w| = %g; control, at equal t: %.4f apart",
                           ROWS(run, paths), p->w_end, control);
}

static enum attndyn_status numbers_of(const struct trial *run, struct verdict *v, const char *what,
                                      const char *control, double off) {
    struct tally most = {NOTHING_YET, 0};
    EACH_ROW (run, numbers, r) {
        if (strcmp(r->what, what) != 0) continue;
        tally_worst(&most, (r->value - r->expected) / larger_of(1, fabs(r->expected)));
    }
    return verdict_at_most(v, most.value, v->bound, "%zu numbers; control, %s: off by %.3g", most.n,
                           control, off);
}

static double number_at(const struct trial *run, const char *what, size_t index) {
    EACH_ROW (run, numbers, r)
        if (strcmp(r->what, what) == 0 && index-- == 0) return r->expected;
    return NAN;
}

CLAIM(reference_, "ORB.reference", DERIVED,
      "[exact] With attention through tied embeddings too (one query), decoder and attention at "
      "t = 200 are eight numbers that an independent program gave.",
      "one of them differs by more than {bound}", .bound = 1e-9) {
    double y = number_at(run, "reference", 0);
    return numbers_of(run, v, "reference", "gam for gam^2 in gam^2 (gam - 1) = (eta_u/eta_v)|y|^2",
                      fabs((sqrt(1 + 4 * .7 / 3 * y * y) + 1) / 2 - 3.14694));
}

CLAIM(full, "ORB.full", DERIVED,
      "[exact] The reduced flow with tied embeddings is that of the matrices U, W_V and W.",
      "an entry of Y or Z differs by more than {bound}", .bound = 1e-7) {
    return numbers_of(run, v, "matrices", "attention at rest", fabs(number_at(run, "matrices", 6)));
}

CLAIM(pole_, "ORB.pole", DERIVED,
      "[exact] With attention frozen the tied decoder's amplitude is |y| = sqrt(eta_v/eta_u) tan "
      "x/cos^2 x, x = sqrt(eta_u eta_v) |f_d| sigma: it has a pole in internal time sigma; eta_u "
      "and eta_v are the rates of embeddings and values, f_d is f on the distinct tokens.",
      "at one of four times |y| differs by more than {bound} of it", .bound = 1e-8) {
    double last = number_at(run, "pole", 3), first = number_at(run, "pole", 0);
    /* for comparison: linear growth from the first point */
    return numbers_of(run, v, "pole", "linear growth",
                      last / (first * (1 - pow(10, -1.4)) / (1 - pow(10, -0.35))));
}

CLAIM(
    stretch, "ORB.stretch", DERIVED,
    "[exact] The tied decoder's stretch solves gam^2 (gam - 1) = ratio |y|^2, and the internal time "
    "of a length is that at which the frozen flow has it.",
    "one of them is off by more than {bound} of it", .bound = 1e-11) {
    static const double ratios[] = {0.1, 1, 7};
    double most = NOTHING_YET;
    for (int i = 0; i < 3; i++)
        for (int k = -1; k <= 4; k++) {
            double y = pow(10, k), ratio = ratios[i], gam = attndyn_orbit_stretch(ratio, y);
            double sigma = attndyn_orbit_frozen_sigma(1.5, 1.5 * ratio, 0.7, y);
            worst(&most, gam * gam * (gam - 1) / (ratio * y * y) - 1);
            /* longer ones lie so near the pole that their digits are lost */
            if (k <= 1) worst(&most, attndyn_orbit_frozen(1.5, 1.5 * ratio, 0.7, sigma) / y - 1);
        }
    return verdict_at_most(v, most, v->bound, "18 lengths");
}

CLAIM(late_, "ORB.late", DERIVED,
      "[leading] Late the gain B grows as dB/d ln |y| = G D/(N D + G)/n with n factors in the "
      "decoder, |y| its amplitude, D distinct and G common tokens, N classes per last token.",
      "for one of the sets the slope is off that by more than {percent}", .bound = 0.01) {
    double control = NOTHING_YET;
    if (p->w_late < 1e3) return verdict_skip(v, "late: needs w_late of 1e3");
    EACH_ROW (run, late, r) worst(&control, r->slope / (r->predicted * (double)r->factors) - 1);
    return verdict_at_most(v, WORST_DEVIATION(run, late, slope, predicted), v->bound,
                           "%zu sets; control, without the 1/n: off by %.2f", ROWS(run, late),
                           control);
}

CLAIM(theorem_3, "ORB.theorem3", DERIVED,
      "[exact] Theorem 3's form is exactly as good as without training: its constants spread by "
      ".0111, .0283, .0589, .2132 at z_max = .02, .05, .1, .3 for every eta_u.",
      "one spread differs from these by more than {bound}", .bound = 1e-4) {
    static const double at[][2] = {{.02, .0111}, {.05, .0283}, {.1, .0589}, {.3, .2132}};
    double most = NOTHING_YET, early = INFINITY, late = 0;
    size_t n = 0;
    EACH_ROW (run, theorem3, r) {
        for (size_t i = 0; i < 4; i++)
            if (r->z_max == at[i][0]) worst(&most, r->spread - at[i][1]), n++;
        if (r->z_max == 0.3) early = smaller_of(early, r->t), late = larger_of(late, r->t);
    }
    if (n == 0) return verdict_skip(v, "needs z_max of .02, .05, .1 or .3");
    return verdict_at_most(v, most, v->bound,
                           "%zu values; control, the clocks: z_max = .3 is reached at t = %.4g to "
                           "%.4g",
                           n, early, late);
}

/* |y| is the same function of ln t for both, late, and |w| goes as |y|^(1/3) through the three
 * trained factors of U W_V^T U^T: late the attention grows a third as fast in ln |y| (ORB.late),
 * and earlier, where z ~ |w|^2, it is farther behind still. */
CLAIM(sharpens, "ORB.behind-fixed", DERIVED,
      "[numeric] At a given time attention is less sparse with trained embeddings: with a tied "
      "decoder the logit z of the most probable distinct token at t = 1e6 is at most a third of "
      "that with fixed embeddings.",
      "z with fixed embeddings is less than {bound} times z with tied ones", .bound = 3) {
    double fixed = NAN, tied = NAN, near = INFINITY, at = NAN;
    EACH_ROW (run, courses, r) {
        double off = fabs(log(r->t / 1e6));
        if (off < near) near = off, at = r->t;
    }
    EACH_ROW (run, courses, r) {
        if (r->t != at) continue;
        if (strcmp(r->kind, "direct") == 0) fixed = r->z;
        if (strcmp(r->kind, "tied") == 0) tied = r->z;
    }
    if (!(near < 0.3)) return verdict_skip(v, "needs t_end of 1e6");
    return verdict_at_least(v, fixed / tied, v->bound,
                            "t = %.3g: z = %.4f fixed, %.4f tied: %.4f of it", at, fixed, tied,
                            tied / fixed);
}

const struct check *const orbit_claims[] = {&same,  &stretch,   &reference_, &full, &pole_,
                                            &late_, &theorem_3, &sharpens,   NULL};
