/* Opening a network from disk: wall-clock milliseconds, the file in the system's cache (warm),
 * beside reading the same bytes once. LLaMA's form with random weights, 110 million in F32, written
 * by lm/export's function. Target: less than 50 ms. Memory: what is copied, beside what is mapped.
 */
#include "bench/harness.h"
#include "bench/random_llama.h"
#include "sim/base/file.h"
#include "sim/model/transformer/foreign/export.h"
#include "sim/model/transformer/foreign/model.h"

static const struct llama_shape shape = {768, 2048, 12, 12, 12, 32000, 1024};
static const double target_ms = 50;

static volatile uint64_t seen;

/* Adds up every byte of the mapped file, page by page. */
static double read_through(struct attndyn_context *ctx, const char *path) {
    const void *bytes;
    size_t length;
    uint64_t sum = 0, mark = attndyn_memory_mark(ctx);
    double start = wall_seconds();
    BENCH_OK(ctx, attndyn_file_map(ctx, path, &bytes, &length));
    attndyn_file_read_ahead(bytes, length);
    for (size_t i = 0; i + 8 <= length; i += 8) {
        uint64_t word;
        memcpy(&word, (const char *)bytes + i, 8);
        sum += word;
    }
    seen = sum;
    double seconds = wall_seconds() - start;
    attndyn_memory_release(ctx, mark);
    return seconds;
}

int main(void) {
    struct attndyn_context *ctx = attndyn_context_create();
    const long rounds = rounds_asked(9);
    double *opened, *through;
    char folder[] = "/tmp/attndyn-bench-load-XXXXXX", file[64], config[64];
    if (!ctx || !mkdtemp(folder)) return EXIT_FAILURE;
    snprintf(file, sizeof file, "%s/model.safetensors", folder);
    snprintf(config, sizeof config, "%s/config.json", folder);
    opened = ATTNDYN_NEW(ctx, double, (size_t)rounds);
    through = ATTNDYN_NEW(ctx, double, (size_t)rounds);
    uint64_t mark = attndyn_memory_mark(ctx);
    BENCH_OK(ctx, attndyn_model_export(ctx, random_llama(ctx, &shape, LLAMA_F32), "llama",
                                       ATTNDYN_F32, folder));
    attndyn_memory_release(ctx, mark);
    struct attndyn_model *model = NULL;
    size_t mapped = 0, copied = 0, numbers = 0;
    for (long r = 0; r < rounds; r++) {
        through[r] = 1e3 * read_through(ctx, file);
        mark = attndyn_memory_mark(ctx);
        double start = wall_seconds();
        BENCH_OK(ctx, attndyn_model_open(ctx, folder, &model));
        opened[r] = 1e3 * (wall_seconds() - start);
        mapped = model->mapped, copied = model->copied, numbers = model->numbers;
        attndyn_memory_release(ctx, mark);
    }
    double ms = median((size_t)rounds, opened), all = median((size_t)rounds, through);
    printf("%.1f million weights, %.0f MB mapped, %.3f MB copied\n", 1e-6 * (double)numbers,
           1e-6 * (double)mapped, 1e-6 * (double)copied);
    printf("opened in %.2f ms; every byte read once: %.0f ms; target %.0f ms: %s\n", ms, all,
           target_ms, ms < target_ms ? "met" : "missed");
    unlink(file);
    unlink(config);
    rmdir(folder);
    attndyn_context_free(ctx);
    return ms < target_ms ? EXIT_SUCCESS : EXIT_FAILURE;
}
