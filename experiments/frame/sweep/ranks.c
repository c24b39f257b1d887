#include "ranks.h"

#ifdef ATTNDYN_MPI

#include "experiments/frame/run/progress.h"
#include "experiments/frame/command/signals.h"

#include <mpi.h>
#include <string.h>

enum { TAG_READY, TAG_RECORD, TAG_RUN };
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

/* A record on the wire: the struct, then its arrays. All ranks run the same binary. */
static size_t wire_size(const struct sweep_record *r) {
    return sizeof *r + (size_t)r->n_scalars * sizeof *r->scalars +
           (size_t)r->n_checks * sizeof *r->checks;
}

static void pack(const struct sweep_record *r, char *wire) {
    memcpy(wire, r, sizeof *r);
    wire += sizeof *r;
    memcpy(wire, r->scalars, (size_t)r->n_scalars * sizeof *r->scalars);
    memcpy(wire + (size_t)r->n_scalars * sizeof *r->scalars, r->checks,
           (size_t)r->n_checks * sizeof *r->checks);
}

static void unpack(const char *wire, struct sweep_record *r) {
    double *scalars = r->scalars;
    struct sweep_check *checks = r->checks;
    memcpy(r, wire, sizeof *r);
    r->scalars = scalars;
    r->checks = checks;
    wire += sizeof *r;
    memcpy(scalars, wire, (size_t)r->n_scalars * sizeof *scalars);
    memcpy(checks, wire + (size_t)r->n_scalars * sizeof *scalars,
           (size_t)r->n_checks * sizeof *checks);
}

struct server {
    const struct sweep_request *request;
    struct store *store;
    struct sweep_tally *tally;
    bool *ended;
    size_t next;
    char *wire;
    struct sweep_record record;
};

static long next_run(struct server *s) {
    while (s->next < s->request->design->runs && s->ended[s->next]) s->next += s->request->shards;
    if (s->next >= s->request->design->runs) return GO_HOME;
    long run = (long)s->next;
    s->next += s->request->shards;
    return run;
}

/* Answers one message; *home counts the ranks that were sent home. */
static enum attndyn_status answer(struct attndyn_context *ctx, struct server *s,
                                  enum attndyn_status so_far, int *home) {
    MPI_Status from;
    MPI_Recv(s->wire, (int)wire_size(&s->record), MPI_BYTE, MPI_ANY_SOURCE, MPI_ANY_TAG,
             MPI_COMM_WORLD, &from);
    if (from.MPI_TAG == TAG_RECORD && !so_far) {
        unpack(s->wire, &s->record);
        so_far = store_put(ctx, s->store, &s->record);
        if (!so_far) {
            s->tally->ended++;
            s->tally->inside += s->record.seconds;
        }
    }
    long run = so_far || *signals_flag() ? GO_HOME : next_run(s);
    *home += run == GO_HOME;
    MPI_Send(&run, 1, MPI_LONG, from.MPI_SOURCE, TAG_RUN, MPI_COMM_WORLD);
    return so_far;
}

enum attndyn_status ranks_serve(struct attndyn_context *ctx, const struct sweep_request *request,
                                struct store *store, struct sweep_tally *tally) {
    struct server s = {.request = request, .store = store, .tally = tally, .next = request->shard};
    ATTNDYN_ALLOC(ctx, s.ended, request->design->runs);
    ATTNDYN_TRY(sweep_record_create(ctx, request->design->experiment, &s.record));
    ATTNDYN_ALLOC(ctx, s.wire, wire_size(&s.record));
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

enum attndyn_status ranks_work(struct attndyn_context *ctx, const struct design *design) {
    struct sweep_record record;
    enum attndyn_status status = sweep_record_create(ctx, design->experiment, &record);
    char *wire = status ? NULL : attndyn_alloc(ctx, wire_size(&record), 1);
    if (!wire) MPI_Abort(MPI_COMM_WORLD, ATTNDYN_NO_MEMORY);
    MPI_Send(NULL, 0, MPI_BYTE, 0, TAG_READY, MPI_COMM_WORLD);
    for (;;) {
        long run;
        MPI_Recv(&run, 1, MPI_LONG, 0, TAG_RUN, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        if (run == GO_HOME) return ATTNDYN_OK;
        status = sweep_record_compute(design, (size_t)run, &record);
        if (status == ATTNDYN_NO_MEMORY) MPI_Abort(MPI_COMM_WORLD, status);
        if (status) { /* interrupted: report nothing, wait to be sent home */
            MPI_Send(NULL, 0, MPI_BYTE, 0, TAG_READY, MPI_COMM_WORLD);
            continue;
        }
        pack(&record, wire);
        MPI_Send(wire, (int)wire_size(&record), MPI_BYTE, 0, TAG_RECORD, MPI_COMM_WORLD);
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
