/* Blocks that stand several times in a network, and what a network of given blocks has and costs.
 */
#ifndef MOBILE_SHARED_BLOCKS_H
#define MOBILE_SHARED_BLOCKS_H

#include "experiments/shared/networks.h"

#define SHARING(C)                                                                                 \
    C(sharing_none, "none")                                                                        \
    C(sharing_immediate, "immediate")                                                              \
    C(sharing_repeat, "repeat")                                                                    \
    C(sharing_reverse, "reverse")
CHOICES(sharing, SHARING)

/* The recipe's layers become blocks, each used `times`; none leaves it as it is. */
enum attndyn_status blocks_share(const struct trial *run, enum sharing sharing, size_t times,
                                 struct network_recipe *recipe);

enum { BLOCKS_KINDS = 5, BLOCKS_EMBEDDING = 0, BLOCKS_DECODER = 4 };
extern const char *const blocks_kinds[BLOCKS_KINDS];

struct cost {
    size_t numbers[BLOCKS_KINDS], used[BLOCKS_KINDS]; /* each once; as often as a token meets it */
    double weights, body; /* numbers, each once; without embedding and decoder */
    double flops;         /* of a token of a full context, forward; training: three times */
    double bytes;         /* of weights that decoding reads for a token, F32, each use */
    double cache;         /* bytes of keys and values that a token leaves, F32 */
};
/* Counted from the network's parameters, by their names, and its map. */
struct cost blocks_cost(const struct network *network);

#endif
