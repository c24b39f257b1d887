#include "throughput.h"

RUN(throughput) {
    ATTNDYN_TRY(throughput_counted(run, p));
    if (p->clock) ATTNDYN_TRY(throughput_gauge(run));
    return throughput_engine(run, p);
}

static const struct figure figures[] = {
    {"throughput", "lowrank/throughput/throughput.gp",
     "(a) Bytes of the model that is counted (LLaMA 7B) in training: weights, moments, "
     "projectors, gradients, with the gradient of the whole model held or that of one tensor at a "
     "time; marks: what the authors measured, activations included, so that a mark lies above its "
     "bar. (b) Bytes that the engine holds for the small network."},
    {0}};

/* What a sweep draws. */
#define TAKEN(X)                                                                                   \
    X(OPTIONAL, total_GB, "memory of the last method, large model", LAST_OF(counted, total_GB))    \
    X(OPTIONAL, loss, "loss of the last training", LAST_OF(engine, loss))                          \
    X(OPTIONAL, tokens, "tokens a second of the last training, where timed",                       \
      LAST_OF(engine, tokens))
SCALARS(taken, TAKEN)

const struct experiment experiment_lowrank_throughput = {
    .id = "lowrank/throughput",
    .title = "Memory and speed of 8-bit states, GaLore and updates layer by layer",
    .source = "GaLore (arXiv 2403.03507), section 5.5, figure 1, Table 11; the talk's memory table",
    .doc =
        "The talk's memory table, byte by byte: BF16 Adam, 8-bit Adam and GaLore with moments in "
        "16 and in 8 bits, over ranks, with the gradient of the whole model held or that of one "
        "tensor at a time; for LLaMA 7B or any model of such a shape. Activations, which the "
        "authors' measurements have, are not counted.\n"
        "Beside it the same methods train a small network here, and the training engine says what "
        "it holds (F32, 8-bit moments with their scales) and what its allocator is asked for. "
        "With clock=true the run also takes the tokens a CPU second and the share of that time "
        "that the SVDs take, figures of one machine that no check judges, and the largest "
        "resident memory of the process above what it held before the training; pages freed "
        "earlier are given back to the system first. That memory is held against the allocator's "
        "bytes, and the measurement itself against a block of known size, with the freed pages "
        "given back and, as the control, kept.",
    .presets =
        (const struct preset[]){
            {"quick", "lines=300 batch=4", "eight trainings of eight updates, width 64: a second"},
            {"short",
             "width=256 layers=4 heads=4 length=128 batch=8 updates=13 gap=4 rank=64 "
             "min_8bit=4096 clock=true",
             "width 256, timed: a minute"},
            {"paper",
             "width=512 layers=8 heads=8 length=256 batch=8 updates=401 gap=200 rank=128 "
             "min_8bit=4096 clock=true",
             "width 512, two renewals at the published gap, timed: some six hours; --resume goes "
             "on with a broken run"},
            {0}},
    .tables = TABLES(counted, engine, gauge),
    .figures = figures,
    PARTS_OF(throughput, taken)};
