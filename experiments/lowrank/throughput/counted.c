/* Bytes of a LLaMA-shaped model in training, tensor by tensor. */
#include "throughput.h"

#include "sim/model/lowrank/inventory.h"
#include "sim/num/optim/quantised.h"
#include "theory/lowrank/memory.h"

enum { BF16 = 2 };

const char *const throughput_kinds[KINDS] = {"adam", "adam8bit", "galore", "galore8bit"};
static const enum attndyn_memory_method closed_of[KINDS] = {
    ATTNDYN_MEMORY_FULL, ATTNDYN_MEMORY_ADAM_8BIT, ATTNDYN_MEMORY_GALORE,
    ATTNDYN_MEMORY_GALORE_8BIT};

/* GaLore's section 5.5 and figure 1, 7B, r = 1024: what was measured, in G. BF16 Adam and 8-bit
 * Adam are what 8-bit GaLore's 22.0G are said to save on: 37.92G and 24.5G. */
static double measured(const struct throughput *p, int kind, uint64_t r, bool retain) {
    if (p->d != 4096 || p->f != 11008 || p->blocks != 32 || p->vocab != 32000) return NAN;
    if (kind == 0 && retain) return 22.0 + 37.92;
    if (kind == 1 && retain) return 22.0 + 24.5;
    return kind == 3 && r == 1024 && !retain ? 22.0 : NAN;
}

static enum attndyn_status row(const struct trial *run, const struct throughput *p, int kind,
                               uint64_t r, bool retain) {
    const struct attndyn_llama_shape shape = {.d = (uint64_t)p->d,
                                              .f = (uint64_t)p->f,
                                              .layers = (uint64_t)p->blocks,
                                              .r = r ? r : 1,
                                              .vocab = (uint64_t)p->vocab};
    const struct attndyn_memory_counts counts = attndyn_memory_count(&shape);
    struct attndyn_weight_shape tensors[ATTNDYN_INVENTORY_TENSORS];
    const bool small = kind % 2 == 1;
    struct counted c = BLANK(counted);
    c.method = throughput_kinds[kind], c.rank = (long)r, c.retain = retain;
    c.weights = c.scales = c.moments = c.projector = c.gradients = 0;
    attndyn_inventory(shape.d, shape.f, shape.layers, shape.vocab, tensors);
    for (int i = 0; i < ATTNDYN_INVENTORY_TENSORS; i++) {
        const struct attndyn_weight_shape *t = &tensors[i];
        const struct attndyn_kept kept =
            attndyn_tensor_kept(t, kind < 2 ? ATTNDYN_KEEP_FULL : ATTNDYN_KEEP_GALORE, r);
        const uint64_t each = kept.moments / 2, block = ATTNDYN_QUANTISED_BLOCK,
                       scales = small ? 2 * 4 * ((each + block - 1) / block) : 0,
                       gradient = BF16 * t->rows * t->cols;
        c.weights += (long)(t->copies * BF16 * kept.weights);
        c.scales += (long)(t->copies * scales);
        c.moments += (long)(t->copies * (small ? kept.moments + scales : BF16 * kept.moments));
        c.projector += (long)(t->copies * BF16 * kept.projector);
        if (retain)
            c.gradients += (long)(t->copies * gradient);
        else if ((long)gradient > c.gradients)
            c.gradients = (long)gradient;
    }
    c.total = c.weights + c.moments + c.projector + c.gradients;
    c.closed = (long)attndyn_memory_bytes(&counts, closed_of[kind], ATTNDYN_MEMORY_EXACT, BF16);
    c.total_GB = (double)c.total / 1e9;
    c.measured = measured(p, kind, r, retain);
    return EMIT_ROW(run, counted, &c);
}

enum attndyn_status throughput_counted(const struct trial *run, const struct throughput *p) {
    const double shorter = (double)(p->d < p->f ? p->d : p->f);
    for (size_t i = 0; i < p->ranks.count; i++)
        if (p->ranks.at[i] != floor(p->ranks.at[i]) || p->ranks.at[i] > shorter)
            return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                                "ranks has %g: expected whole numbers up to min(d, f) = %.0f",
                                p->ranks.at[i], shorter);
    for (int retain = 1; retain >= 0; retain--)
        for (int kind = 0; kind < KINDS; kind++) {
            if (kind < 2) ATTNDYN_TRY(row(run, p, kind, 0, retain));
            for (size_t i = 0; kind >= 2 && i < p->ranks.count; i++)
                ATTNDYN_TRY(row(run, p, kind, (uint64_t)p->ranks.at[i], retain));
        }
    return ATTNDYN_OK;
}
