/* A sweep over MPI ranks (`make MPI=1`): rank 0 owns the store and hands out runs, the others
 * compute. Without MPI there is one rank and none of this is used. */
#ifndef FRAME_SWEEP_RANKS_H
#define FRAME_SWEEP_RANKS_H

#include "sweep.h"

/* Call once, before anything else of this file; pairs with ranks_end. */
void ranks_begin(int *argc, char ***argv);
void ranks_end(void);
int ranks_count(void);
int ranks_mine(void);

/* Rank 0, instead of sweep_run: serves runs until all have ended. */
enum attndyn_status ranks_serve(struct attndyn_context *ctx, const struct sweep_request *request,
                                struct store *store, struct sweep_tally *tally);
/* The other ranks: compute what rank 0 hands out. */
enum attndyn_status ranks_work(struct attndyn_context *ctx, const struct design *design);
/* Rank 0 failed before serving: sends the others home. */
void ranks_dismiss(void);

#endif
