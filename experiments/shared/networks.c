#include "networks.h"

#include "clock.h"
#include "experiments/frame/contract/identity.h"
#include "learner.h"
#include "sim/base/file.h"
#include "sim/base/hash.h"
#include "sim/data/grammar.h"
#include "sim/model/transformer/checkpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define COMMON(X)                                                                                  \
    X(FILE, text, "", "")                                                                          \
    X(INT, lines, "", "")                                                                          \
    X(INT, length, "", "")                                                                         \
    X(INT, batch, "", "")                                                                          \
    X(INT, updates, "", "")                                                                        \
    X(REAL, decay, "", "")
PARAMS(common, COMMON)

struct network_recipe network_recipe_common(const struct trial *run) {
    const struct common s = common_read(run->params);
    return (struct network_recipe){.text = s.text,
                                   .lines = (size_t)s.lines,
                                   .bos = true,
                                   .attention = ATTNDYN_ATTENTION_SOFTMAX,
                                   .mlp = ATTNDYN_MLP_SWIGLU,
                                   .length = (size_t)s.length,
                                   .batch = (size_t)s.batch,
                                   .updates = (uint64_t)s.updates,
                                   .decay = s.decay};
}

struct network_recipe network_recipe_of(const struct trial *run) {
    const struct network_settings s = network_settings_read(run->params);
    struct network_recipe recipe = network_recipe_common(run);
    recipe.layers = (size_t)s.layers, recipe.width = (size_t)s.width;
    recipe.heads = recipe.kv_heads = (size_t)s.heads;
    recipe.hidden = network_gated(recipe.width);
    recipe.seed = (uint64_t)s.seed, recipe.lr = s.lr;
    return recipe;
}

static enum attndyn_status read_text(struct attndyn_context *ctx, struct network *n) {
    char *text;
    if (n->recipe.text && *n->recipe.text)
        ATTNDYN_TRY(attndyn_file_read(ctx, n->recipe.text, &text, &n->bytes));
    else
        ATTNDYN_TRY(attndyn_grammar_generate(ctx, n->recipe.lines, 9, 0.5, 1, &text, &n->bytes));
    n->text = text;
    n->train_bytes = n->bytes / 10 * 9;
    if (n->train_bytes < 2 * n->recipe.length)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "the text has %zu bytes: nine tenths of it must hold at least two "
                            "sequences of %zu; take a longer text or a smaller length",
                            n->bytes, n->recipe.length);
    return ATTNDYN_OK;
}

static enum attndyn_status configure(struct attndyn_context *ctx, const struct network_recipe *r,
                                     struct attndyn_transformer_config *config) {
    ATTNDYN_TRY(attndyn_transformer_preset(ctx, "llama", config));
    config->vocabulary = NETWORK_TOKENS + r->sink;
    config->context = r->length;
    config->layers = r->layers;
    config->width = r->width;
    config->heads = r->heads;
    config->kv_heads = r->kv_heads;
    config->hidden = r->hidden;
    config->attention = r->attention;
    config->mlp = r->mlp;
    config->tied = !r->untied;
    config->layer_map = r->layer_map;
    config->init = ATTNDYN_INIT_NORMAL;
    config->init_scale = 0.02;
    return ATTNDYN_OK;
}

/* Tokens that stand before a sequence's text, and the t-th of them. */
static size_t lead(const struct network_recipe *r) {
    return (size_t)r->sink + r->bos;
}
static uint32_t leading(const struct network_recipe *r, size_t t) {
    return r->sink && t == 0 ? NETWORK_SINK : NETWORK_BOS;
}

/* Sequences that begin at `from` (count): tokens and targets (count, length). Those before the text
 * take up its room: BOS, x_0 ... x_{T-2}. */
static void windows(const struct network *n, const size_t *from, size_t count, uint32_t *tokens,
                    uint32_t *targets) {
    const size_t T = n->recipe.length;
    const unsigned char *text = (const unsigned char *)n->text;
    const size_t before = lead(&n->recipe);
    for (size_t b = 0; b < count; b++)
        for (size_t t = 0; t < T; t++) {
            const size_t at = from[b] + t;
            tokens[b * T + t] = t < before ? leading(&n->recipe, t) : text[at - before];
            targets[b * T + t] = t + 1 < before ? ATTNDYN_TARGET_NONE : text[at + 1 - before];
        }
}

enum attndyn_status network_feed_open(struct attndyn_context *ctx, const struct network *n,
                                      struct network_feed *feed) {
    const struct network_recipe *r = &n->recipe;
    *feed = (struct network_feed){.network = n};
    ATTNDYN_ALLOC(ctx, feed->from, r->batch);
    ATTNDYN_ALLOC(ctx, feed->tokens, r->batch * r->length);
    ATTNDYN_ALLOC(ctx, feed->targets, r->batch * r->length);
    feed->batch = (struct attndyn_batch){.sequences = r->batch,
                                         .length = r->length,
                                         .tokens = feed->tokens,
                                         .targets = feed->targets};
    return attndyn_random_init(ctx, &feed->random, ATTNDYN_RANDOM_SPLITMIX,
                               attndyn_random_derive(r->seed, "network windows", 0));
}

void network_feed_next(struct network_feed *feed) {
    const struct network *n = feed->network;
    const double starts = (double)(n->train_bytes - n->recipe.length);
    for (size_t b = 0; b < n->recipe.batch; b++)
        feed->from[b] = (size_t)(attndyn_random_uniform(&feed->random) * starts);
    windows(n, feed->from, n->recipe.batch, feed->tokens, feed->targets);
}

void network_feed_close(struct network_feed *feed) {
    attndyn_random_done(&feed->random);
}

/* A training under way, beside the place where its network will stand. */
struct under_way {
    struct attndyn_checkpoint checkpoint;
    const char *path; /* NULL: nothing is kept */
    bool asked;       /* the user named the store */
    uint64_t step;    /* updates made */
    double saved;     /* when, in CPU seconds */
};
enum { SAVE_EVERY = 60 };

/* Goes on where one of the same recipe ended; a damaged file changes nothing, and is passed
 * over. */
static enum attndyn_status take_up(struct attndyn_context *ctx, struct network *n,
                                   struct attndyn_optimizer *optimizer, const char *who,
                                   const struct attndyn_checkpoint_counter *counter,
                                   struct under_way *w) {
    w->step = 0;
    w->saved = clock_seconds();
    w->checkpoint = (struct attndyn_checkpoint){.model = n->model,
                                                .optimizer = optimizer,
                                                .counters = counter,
                                                .n_counters = 1,
                                                .text = who};
    if (!w->path || access(w->path, R_OK) != 0) return ATTNDYN_OK;
    const enum attndyn_status status = attndyn_checkpoint_read(ctx, &w->checkpoint, w->path);
    if (status == ATTNDYN_NO_MEMORY) return status;
    if (status == ATTNDYN_OK && (!w->checkpoint.text || strcmp(w->checkpoint.text, who) != 0))
        return attndyn_fail(ctx, ATTNDYN_NO_INPUT, "%s: of another network: remove it", w->path);
    if (status != ATTNDYN_OK) attndyn_message_clear(ctx);
    w->checkpoint.text = who;
    return ATTNDYN_OK;
}

/* A store that nobody asked for may be full or read-only: the run goes on without. */
static enum attndyn_status write_if_possible(struct attndyn_context *ctx,
                                             const struct attndyn_checkpoint *checkpoint,
                                             const char *path, bool asked) {
    if (!path) return ATTNDYN_OK;
    const enum attndyn_status status = attndyn_checkpoint_write(ctx, checkpoint, path);
    if (status != ATTNDYN_IO || asked) return status;
    attndyn_message_clear(ctx);
    return ATTNDYN_OK;
}

static enum attndyn_status save(struct attndyn_context *ctx, struct under_way *w) {
    w->saved = clock_seconds();
    return write_if_possible(ctx, &w->checkpoint, w->path, w->asked);
}

/* From the update at which it stands to the last; saved on the way, and when it is interrupted. */
static enum attndyn_status updates(const struct trial *run, struct network *n,
                                   struct attndyn_optimizer *optimizer, struct network_feed *feed,
                                   struct under_way *w) {
    struct attndyn_context *ctx = run->ctx;
    const struct network_recipe *r = &n->recipe;
    const struct attndyn_schedule schedule = learner_cosine(r->updates, learner_warmup(r->updates));
    for (uint64_t made = 0; made < w->step; made++) network_feed_next(feed);
    while (w->step < r->updates) {
        network_feed_next(feed);
        double loss = attndyn_transformer_gradient(n->model, &feed->batch, w->step);
        double norm =
            attndyn_optimizer_step(optimizer, r->lr * attndyn_schedule_factor(&schedule, w->step));
        if (!isfinite(loss) || !isfinite(norm))
            return attndyn_fail(ctx, ATTNDYN_RUN_FAILED,
                                "the network's loss is not finite at update %" PRIu64 ": lower lr",
                                w->step);
        w->step++;
        attndyn_progress(ctx, "updates", (double)w->step, (double)r->updates);
        const enum attndyn_status status = attndyn_check_interrupt(ctx);
        if (status || clock_seconds() - w->saved >= SAVE_EVERY) ATTNDYN_TRY(save(ctx, w));
        if (status) return status;
    }
    return ATTNDYN_OK;
}

/* path: where to keep what is under way; NULL: nowhere. */
static enum attndyn_status train(const struct trial *run, struct network *n, const char *path,
                                 bool asked, const char *who) {
    struct attndyn_context *ctx = run->ctx;
    const struct network_recipe *r = &n->recipe;
    const struct attndyn_optimizer_options options = learner_adamw(r->decay);
    struct attndyn_optimizer *optimizer;
    struct network_feed feed;
    struct under_way w = {.path = path, .asked = asked};
    const struct attndyn_checkpoint_counter counter = {"updates", &w.step};
    size_t count;
    struct attndyn_parameter *parameters = attndyn_transformer_parameters(n->model, &count);
    ATTNDYN_TRY(attndyn_optimizer_create(ctx, &options, parameters, count, &optimizer));
    ATTNDYN_TRY(take_up(ctx, n, optimizer, who, &counter, &w));
    ATTNDYN_TRY(network_feed_open(ctx, n, &feed));
    const enum attndyn_status status = updates(run, n, optimizer, &feed, &w);
    network_feed_close(&feed);
    return status;
}

enum attndyn_status network_validate(struct attndyn_context *ctx, struct network *n) {
    const struct network_recipe *r = &n->recipe;
    const size_t T = r->length, valid = n->bytes - n->train_bytes;
    size_t count = (valid - 1) / T, *from;
    if (valid < T + 1 || count == 0) {
        n->valid_loss = NAN;
        return ATTNDYN_OK;
    }
    if (count > 256) count = 256;
    uint32_t *tokens, *targets;
    ATTNDYN_ALLOC(ctx, from, r->batch);
    ATTNDYN_ALLOC(ctx, tokens, r->batch * T);
    ATTNDYN_ALLOC(ctx, targets, r->batch * T);
    double sum = 0;
    for (size_t done = 0; done < count;) {
        size_t now = count - done < r->batch ? count - done : r->batch;
        for (size_t b = 0; b < now; b++) from[b] = n->train_bytes + (done + b) * T;
        windows(n, from, now, tokens, targets);
        const struct attndyn_batch batch = {
            .sequences = now, .length = T, .tokens = tokens, .targets = targets};
        sum += attndyn_transformer_loss(n->model, &batch) * (double)now;
        done += now;
    }
    n->valid_loss = sum / (double)count;
    return ATTNDYN_OK;
}

double network_byte_loss(const struct network *n) {
    double occurs[256], sum = 0;
    for (size_t i = 0; i < 256; i++) occurs[i] = 1;
    for (size_t i = 0; i < n->train_bytes; i++) occurs[(unsigned char)n->text[i]]++;
    for (size_t i = n->train_bytes; i < n->bytes; i++)
        sum -= log(occurs[(unsigned char)n->text[i]] / ((double)n->train_bytes + 256));
    return sum / (double)(n->bytes - n->train_bytes);
}

/* What the network depends on, as text. */
static char *identity(struct attndyn_context *ctx, const struct network *n,
                      const struct attndyn_transformer_config *config) {
    const struct network_recipe *r = &n->recipe;
    char *shape = attndyn_transformer_config_text(ctx, config), *build;
    if (!shape || identity_text(ctx, NULL, &build) != ATTNDYN_OK) return NULL;
    char *hash = identity_hash(ctx, build);
    if (!hash) return NULL;
    return attndyn_format(ctx,
                          "text %016" PRIx64
                          " of %zu bytes; bos %d; %s; batch %zu; updates %" PRIu64 "; seed %" PRIu64
                          "; lr %.17g; decay %.17g; build %s",
                          attndyn_hash_bytes(attndyn_hash_start, n->text, n->bytes), n->bytes,
                          r->bos, shape, r->batch, r->updates, r->seed, r->lr, r->decay, hash);
}

/* The folder where networks are stored; NULL: they are not. Its name comes from the user (`asked`)
 * or from the environment, where it may not be a place to write to: then nothing is stored. */
static enum attndyn_status store(struct attndyn_context *ctx, char **folder, bool *asked) {
    const char *named = getenv("ATTNDYN_NETWORKS"), *cache = getenv("XDG_CACHE_HOME"),
               *home = getenv("HOME");
    *folder = NULL;
    *asked = named && *named;
    if (*asked && strcmp(named, "none") == 0) return ATTNDYN_OK;
    if (*asked)
        *folder = attndyn_strdup(ctx, named);
    else if (cache && *cache)
        *folder = attndyn_format(ctx, "%s/attndyn/networks", cache);
    else if (home && *home)
        *folder = attndyn_format(ctx, "%s/.cache/attndyn/networks", home);
    else
        return ATTNDYN_OK;
    if (!*folder) return ATTNDYN_NO_MEMORY;
    const enum attndyn_status status = attndyn_folder_make(ctx, *folder);
    if (status != ATTNDYN_IO || *asked) return status;
    attndyn_message_clear(ctx);
    *folder = NULL;
    return ATTNDYN_OK;
}

/* Only one process trains a network at a time; the others wait for it. -1: the lock cannot be
 * taken. */
static int lock(struct attndyn_context *ctx, const char *path) {
    char *name = attndyn_format(ctx, "%s.lock", path);
    int fd = name ? open(name, O_CREAT | O_RDWR | O_CLOEXEC, 0666) : -1;
    if (fd >= 0 && flock(fd, LOCK_EX) != 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

/* For small products, threads cost more in waiting than they save: use one per billion operations
 * of an update. (12 d^2 weights a layer, six operations each for every token.) */
static int worth(const struct network_recipe *r, int allowed) {
    const double weights = 12. * (double)(r->width * r->width * r->layers) +
                           (double)(r->width * NETWORK_TOKENS),
                 threads = 1 + 6 * weights * (double)(r->batch * r->length) / 1e9;
    return threads < allowed ? (int)threads : allowed;
}

/* Said before a training rather than after it. */
static enum attndyn_status can_keep(struct attndyn_context *ctx, const char *folder) {
    if (access(folder, W_OK) == 0) return ATTNDYN_OK;
    return attndyn_fail(ctx, ATTNDYN_IO,
                        "cannot keep a network in %s: %s (ATTNDYN_NETWORKS names the folder; none "
                        "keeps nothing)",
                        folder, strerror(errno));
}

static enum attndyn_status find_or_train(const struct trial *run, struct network *n,
                                         const char *folder, const char *path, bool asked,
                                         const char *who) {
    struct attndyn_context *ctx = run->ctx;
    struct attndyn_checkpoint_array loss = {"valid_loss", &n->valid_loss, 1};
    struct attndyn_checkpoint checkpoint = {
        .model = n->model, .arrays = &loss, .n_arrays = 1, .text = who};
    char *begun = NULL;
    if (path && access(path, R_OK) == 0) {
        enum attndyn_status status = attndyn_checkpoint_read(ctx, &checkpoint, path);
        n->stored = !status && checkpoint.text && strcmp(checkpoint.text, who) == 0;
        /* a damaged file, or another network of the same hash: it is made anew */
        if (n->stored || status == ATTNDYN_NO_MEMORY) return status;
        ATTNDYN_TRY(attndyn_transformer_initialise(ctx, n->model, n->recipe.seed));
        checkpoint.text = who;
    }
    if (path && asked) ATTNDYN_TRY(can_keep(ctx, folder));
    if (path && !(begun = attndyn_format(ctx, "%s.begun", path))) return ATTNDYN_NO_MEMORY;
    ATTNDYN_TRY(train(run, n, begun, asked, who));
    ATTNDYN_TRY(network_validate(ctx, n));
    if (!path) return ATTNDYN_OK;
    ATTNDYN_TRY(write_if_possible(ctx, &checkpoint, path, asked));
    if (unlink(begun) != 0 && errno != ENOENT && asked)
        return attndyn_fail(ctx, ATTNDYN_RUN_FAILED, "%s: cannot be removed: %s", begun,
                            strerror(errno));
    return ATTNDYN_OK;
}

enum attndyn_status network_start(const struct trial *run, const struct network_recipe *recipe,
                                  struct network *n) {
    struct attndyn_context *ctx = run->ctx;
    struct attndyn_transformer_config config;
    *n = (struct network){.recipe = *recipe};
    ATTNDYN_TRY(read_text(ctx, n));
    ATTNDYN_TRY(configure(ctx, recipe, &config));
    attndyn_threads_allow(ctx, worth(recipe, attndyn_threads(ctx)));
    ATTNDYN_TRY(attndyn_transformer_create_thrifty(ctx, &config, &recipe->thrift, recipe->batch,
                                                   recipe->length, &n->model));
    ATTNDYN_TRY(attndyn_transformer_initialise(ctx, n->model, recipe->seed));
    n->weights = attndyn_transformer_weights(n->model);
    return ATTNDYN_OK;
}

enum attndyn_status network_obtain(const struct trial *run, const struct network_recipe *recipe,
                                   struct network *n) {
    struct attndyn_context *ctx = run->ctx;
    char *folder, *path = NULL;
    bool asked;
    ATTNDYN_TRY(network_start(run, recipe, n));
    char *who = identity(ctx, n, attndyn_transformer_config_of(n->model));
    if (!who) return ATTNDYN_NO_MEMORY;
    ATTNDYN_TRY(store(ctx, &folder, &asked));
    if (folder) {
        path = attndyn_format(ctx, "%s/%016" PRIx64 ".safetensors", folder,
                              attndyn_hash_bytes(attndyn_hash_start, who, strlen(who)));
        if (!path) return ATTNDYN_NO_MEMORY;
    }
    int held = path ? lock(ctx, path) : -1;
    enum attndyn_status status = find_or_train(run, n, folder, path, asked, who);
    if (held >= 0) close(held);
    return status;
}

enum attndyn_status network_streams(const struct trial *run, const struct network *n, size_t count,
                                    size_t length, uint32_t **tokens) {
    const size_t first = n->train_bytes, room = n->bytes - first, taken = length;
    if (room < taken + count)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                            "the validation text has %zu bytes: too few for %zu streams of %zu; "
                            "take a longer text (lines=N, text=FILE) or shorter streams",
                            room, count, length);
    ATTNDYN_ALLOC(run->ctx, *tokens, count * length);
    for (size_t s = 0; s < count; s++) {
        size_t at = first + (count > 1 ? (room - taken) * s / (count - 1) : 0);
        for (size_t t = 0; t < length; t++)
            (*tokens)[s * length + t] =
                t < lead(&n->recipe) ? leading(&n->recipe, t) : (unsigned char)n->text[at++];
    }
    return ATTNDYN_OK;
}
