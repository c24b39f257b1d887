/* Methods that see a parameter as a whole: the rules of galore.h, projected or not. */
#include "optimizer_private.h"

#include <fnmatch.h>
#include <string.h>

static bool projects(const struct attndyn_optimizer *o, const struct attndyn_parameter *p) {
    const char *pattern = o->options.projected ? o->options.projected : "layers.*";
    return o->options.galore.rank > 0 && p->dimensions == 2 && fnmatch(pattern, p->name, 0) == 0;
}

static struct attndyn_galore_options rule_of(const struct attndyn_optimizer *o, size_t i) {
    const struct attndyn_optimizer_options *options = &o->options;
    const bool projected = projects(o, &o->parameters[i]);
    static const enum attndyn_galore_rule rules[] = {
        [ATTNDYN_OPTIMIZER_SGD] = ATTNDYN_RULE_SGD,
        [ATTNDYN_OPTIMIZER_ADAM] = ATTNDYN_RULE_ADAM,
        [ATTNDYN_OPTIMIZER_ADAMW] = ATTNDYN_RULE_ADAM,
        [ATTNDYN_OPTIMIZER_ADAFACTOR] = ATTNDYN_RULE_ADAFACTOR,
        [ATTNDYN_OPTIMIZER_ADAM8BIT] = ATTNDYN_RULE_ADAM8};
    struct attndyn_galore_options rule = options->galore;
    rule.method = projected ? ATTNDYN_GALORE_GALORE : ATTNDYN_GALORE_ADAMW;
    rule.rule = rules[options->kind];
    rule.beta1 = options->beta1;
    rule.beta2 = options->beta2;
    rule.epsilon = options->epsilon;
    rule.momentum = options->momentum;
    rule.decay = o->decay[i];
    rule.coupled =
        options->kind == ATTNDYN_OPTIMIZER_SGD || options->kind == ATTNDYN_OPTIMIZER_ADAM;
    rule.seed += 0x9E3779B97F4A7C15u * (i + 1); /* every matrix has directions of its own */
    if (!projected) rule.rank = rule.gap = 1, rule.phase = 0;
    return rule;
}

static enum attndyn_status make(struct attndyn_context *ctx, struct attndyn_optimizer *o,
                                size_t i) {
    const struct attndyn_parameter *p = &o->parameters[i];
    struct attndyn_galore_options rule = rule_of(o, i);
    struct attndyn_galore_tensor tensors[ATTNDYN_GALORE_TENSORS];
    if (!o->galore) ATTNDYN_ALLOC(ctx, o->galore, o->count);
    if (o->options.staggered && rule.method == ATTNDYN_GALORE_GALORE) {
        size_t all = 0, before = 0;
        for (size_t k = 0; k < o->count; k++) {
            bool one = !o->parameters[k].frozen && projects(o, &o->parameters[k]);
            all += one;
            before += one && k < i;
        }
        rule.phase = before * rule.gap / all;
    }
    ATTNDYN_TRY(attndyn_galore_create_in(ctx, &rule, p->rows, p->columns, &o->room, &o->galore[i]));
    if (p->sparse && !o->dense) {
        size_t most = 0;
        for (size_t k = 0; k < o->count; k++) {
            size_t count = attndyn_parameter_count(&o->parameters[k]);
            if (o->parameters[k].sparse && count > most) most = count;
        }
        ATTNDYN_ALLOC(ctx, o->dense, most);
    }
    size_t count = attndyn_galore_state(o->galore[i], tensors);
    for (size_t k = 0; k < count; k++)
        ATTNDYN_TRY(attndyn_optimizer_name(ctx, o, i, tensors[k].name, tensors[k].rows,
                                           tensors[k].columns, tensors[k].value));
    return ATTNDYN_OK;
}

static enum attndyn_status whole(struct attndyn_optimizer *o, double lr, double clip, size_t i) {
    const struct attndyn_parameter *p = &o->parameters[i];
    const attndyn_real *G = p->gradient;
    if (p->sparse) {
        memset(o->dense, 0, attndyn_parameter_count(p) * sizeof *o->dense);
        for (size_t t = 0; t < p->n_touched; t++)
            memcpy(o->dense + p->touched[t] * p->columns, p->gradient + t * p->columns,
                   p->columns * sizeof *o->dense);
        G = o->dense;
    }
    return attndyn_galore_step_clipped(o->ctx, o->galore[i], lr, clip, G, p->value);
}

const struct optimizer_method attndyn_optimizer_tensorwise = {.make = make, .whole = whole};
