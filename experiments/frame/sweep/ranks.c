#include "ranks.h"

#ifdef ATTNDYN_MPI

#include "experiments/frame/command/signals.h"
#include "experiments/frame/run/progress.h"

#include <limits.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TAG_READY, TAG_RECORD, TAG_RUN, TAG_KEEP };
static const long GO_HOME = -1;

void ranks_begin(int *argc, char ***argv) {
    int provided;
    MPI_Init_thread(argc, argv, MPI_THREAD_FUNNELED, &provided);
}

void ranks_end(void) {
    MPI_Finalize();
}

int ranks_count(void) {
    int count;
    MPI_Comm_size(MPI_COMM_WORLD, &count);
    return count;
}

int ranks_mine(void) {
    int rank;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    return rank;
}

/* A record as it is sent: the struct, its arrays, the kept tables. All ranks run the same
 * binary. */
static size_t wire_size(const struct sweep_record *r) {
    return sizeof *r + (size_t)r->n_scalars * sizeof *r->scalars +
           (size_t)r->n_checks * sizeof *r->checks + r->kept_size;
}

static void put(char **to, const void *from, size_t n) {
    if (n) memcpy(*to, from, n);
    *to += n;
}

static void pack(const struct sweep_record *r, char *wire) {
    put(&wire, r, sizeof *r);
    put(&wire, r->scalars, (size_t)r->n_scalars * sizeof *r->scalars);
    put(&wire, r->checks, (size_t)r->n_checks * sizeof *r->checks);
    put(&wire, r->kept, r->kept_size);
}

static void take(const char **from, void *to, size_t n) {
    if (n) memcpy(to, *from, n);
    *from += n;
}

/* r->kept points into the received message. */
static void unpack(char *wire, struct sweep_record *r) {
    double *scalars = r->scalars;
    struct sweep_check *checks = r->checks;
    const char *from = wire;
    take(&from, r, sizeof *r);
    r->scalars = scalars;
    r->checks = checks;
    take(&from, scalars, (size_t)r->n_scalars * sizeof *scalars);
    take(&from, checks, (size_t)r->n_checks * sizeof *checks);
    r->kept = r->kept ? wire + (from - wire) : NULL;
}

struct server {
    const struct sweep_request *request;
    struct store *store;
    struct sweep_tally *tally;
    bool *ended;
    size_t next;
    struct sweep_record record;
    char *keep; /* what every rank is told before its first run */
    bool *told; /* (ranks) */
};

static long next_run(struct server *s) {
    while (s->next < s->request->design->runs && s->ended[s->next]) s->next += s->request->shards;
    if (s->next >= s->request->design->runs) return GO_HOME;
    long run = (long)s->next;
    s->next += s->request->shards;
    return run;
}

static _Noreturn void give_up(enum attndyn_status status, const char *what) {
    fprintf(stderr, "attndyn: rank %d: %s\n", ranks_mine(), what);
    MPI_Abort(MPI_COMM_WORLD, status);
    exit(status);
}

/* Takes what a rank sent, for free(). */
static void receive(MPI_Status *from, char **wire) {
    int size = 0;
    MPI_Probe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, from);
    MPI_Get_count(from, MPI_BYTE, &size);
    *wire = malloc(size > 0 ? (size_t)size : 1);
    if (!*wire) give_up(ATTNDYN_NO_MEMORY, "out of memory for what a rank has computed");
    MPI_Recv(*wire, size, MPI_BYTE, from->MPI_SOURCE, from->MPI_TAG, MPI_COMM_WORLD, from);
}

/* Answers one message; *home counts the ranks that were sent home. */
static enum attndyn_status answer(struct attndyn_context *ctx, struct server *s,
                                  enum attndyn_status so_far, int *home) {
    MPI_Status from;
    char *wire;
    receive(&from, &wire);
    if (from.MPI_TAG == TAG_RECORD && !so_far) {
        unpack(wire, &s->record);
        so_far = store_put(ctx, s->store, &s->record);
        if (!so_far) {
            s->tally->ended++;
            s->tally->inside += s->record.seconds;
        }
    }
    free(wire);
    long run = so_far || *signals_flag() ? GO_HOME : next_run(s);
    *home += run == GO_HOME;
    MPI_Send(&run, 1, MPI_LONG, from.MPI_SOURCE, TAG_RUN, MPI_COMM_WORLD);
    if (run != GO_HOME && !s->told[from.MPI_SOURCE])
        MPI_Send(s->keep, (int)strlen(s->keep) + 1, MPI_CHAR, from.MPI_SOURCE, TAG_KEEP,
                 MPI_COMM_WORLD);
    s->told[from.MPI_SOURCE] = true;
    return so_far;
}

enum attndyn_status ranks_serve(struct attndyn_context *ctx, const struct sweep_request *request,
                                struct store *store, struct sweep_tally *tally) {
    struct server s = {.request = request, .store = store, .tally = tally, .next = request->shard};
    ATTNDYN_ALLOC(ctx, s.ended, request->design->runs);
    ATTNDYN_TRY(sweep_record_create(ctx, request->design->experiment, &s.record));
    ATTNDYN_ALLOC(ctx, s.told, (size_t)ranks_count());
    ATTNDYN_TRY(keep_text(ctx, store_keep(store), &s.keep));
    ATTNDYN_TRY(sweep_count_before(ctx, request, store, s.ended, tally));
    struct progress progress;
    progress_start(&progress, request->design->experiment->id);
    double start = progress_clock();
    enum attndyn_status status = ATTNDYN_OK;
    for (int home = 0; home < ranks_count() - 1;) {
        status = answer(ctx, &s, status, &home);
        progress_show(&progress, "runs", (double)tally->ended,
                      (double)(tally->total - tally->before));
    }
    progress_end(&progress);
    tally->seconds = progress_clock() - start;
    return sweep_count_after(ctx, request, store, status, tally);
}

/* What rank 0's store keeps, which may be more than the command line says. */
static enum attndyn_status learn_keep(struct attndyn_context *ctx, const struct design *design,
                                      struct keep *keep) {
    MPI_Status from;
    int size;
    MPI_Probe(0, TAG_KEEP, MPI_COMM_WORLD, &from);
    MPI_Get_count(&from, MPI_CHAR, &size);
    char *text = attndyn_alloc(ctx, (size_t)size + 1, 1);
    if (!text) return ATTNDYN_NO_MEMORY;
    MPI_Recv(text, size, MPI_CHAR, 0, TAG_KEEP, MPI_COMM_WORLD, &from);
    ATTNDYN_TRY(keep_create(ctx, design->experiment, keep));
    return *text ? keep_add(ctx, design->experiment, text, keep) : ATTNDYN_OK;
}

static enum attndyn_status send_record(const struct sweep_record *record) {
    const size_t size = wire_size(record);
    char *wire = size <= INT_MAX ? malloc(size) : NULL;
    if (!wire) return ATTNDYN_NO_MEMORY;
    pack(record, wire);
    MPI_Send(wire, (int)size, MPI_BYTE, 0, TAG_RECORD, MPI_COMM_WORLD);
    free(wire);
    return ATTNDYN_OK;
}

enum attndyn_status ranks_work(struct attndyn_context *ctx, const struct design *design) {
    struct sweep_record record;
    struct keep keep;
    bool told = false;
    if (sweep_record_create(ctx, design->experiment, &record))
        give_up(ATTNDYN_NO_MEMORY, "out of memory");
    MPI_Send(NULL, 0, MPI_BYTE, 0, TAG_READY, MPI_COMM_WORLD);
    for (;;) {
        long run;
        MPI_Recv(&run, 1, MPI_LONG, 0, TAG_RUN, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        if (run == GO_HOME) return ATTNDYN_OK;
        if (!told && learn_keep(ctx, design, &keep))
            give_up(ATTNDYN_NO_MEMORY, attndyn_message(ctx));
        told = true;
        enum attndyn_status status = sweep_record_compute(design, &keep, (size_t)run, &record);
        if (status == ATTNDYN_NO_MEMORY) give_up(status, record.message);
        if (status) { /* interrupted: report nothing and wait to be told to stop */
            MPI_Send(NULL, 0, MPI_BYTE, 0, TAG_READY, MPI_COMM_WORLD);
            continue;
        }
        if (send_record(&record))
            give_up(ATTNDYN_NO_MEMORY, "the kept tables of a run have more than 2 GB: keep fewer "
                                       "columns");
    }
}

void ranks_dismiss(void) {
    for (int home = 1; home < ranks_count(); home++) {
        MPI_Status from;
        MPI_Recv(NULL, 0, MPI_BYTE, MPI_ANY_SOURCE, TAG_READY, MPI_COMM_WORLD, &from);
        MPI_Send(&GO_HOME, 1, MPI_LONG, from.MPI_SOURCE, TAG_RUN, MPI_COMM_WORLD);
    }
}

#else

void ranks_begin(int *argc, char ***argv) {
    (void)argc, (void)argv;
}
void ranks_end(void) {
}
int ranks_count(void) {
    return 1;
}
int ranks_mine(void) {
    return 0;
}
enum attndyn_status ranks_serve(struct attndyn_context *ctx, const struct sweep_request *request,
                                struct store *store, struct sweep_tally *tally) {
    return sweep_run(ctx, request, store, tally);
}
enum attndyn_status ranks_work(struct attndyn_context *ctx, const struct design *design) {
    (void)design;
    return attndyn_fail(ctx, ATTNDYN_RUN_FAILED, "internal error: no ranks in this build");
}
void ranks_dismiss(void) {
}

#endif
