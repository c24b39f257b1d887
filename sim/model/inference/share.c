/* Work shared among threads. Compiled once per precision of attndyn_real, as is everything that
 * uses the struct. */
#include "../../base/thread.h"
#include "inference_private.h"

void attndyn_infer_share(struct attndyn_inference *s, bool worth, size_t count, infer_body *body,
                         const void *user) {
#ifdef _OPENMP
    if (worth && s->threads > 1 && count > 1) {
#pragma omp parallel for num_threads((int)s->threads) schedule(static)
        for (size_t i = 0; i < count; i++) body(s, user, i, (size_t)attndyn_thread());
        return;
    }
#endif
    (void)worth;
    for (size_t i = 0; i < count; i++) body(s, user, i, 0);
}
