#include "authors.h"

PARAMS(authors, AUTHORS_DATA)

enum attndyn_status authors_data(const struct trial *run, struct attndyn_distribution **data) {
    const struct authors p = authors_read(run->params);
    struct attndyn_symmetric_family family;
    ATTNDYN_TRY(attndyn_family_authors(run->ctx, (size_t)p.num_last, (size_t)p.num_next_per_last,
                                       (size_t)p.num_common, (size_t)p.num_distinct, &family));
    return attndyn_distribution_symmetric(run->ctx, &family, ATTNDYN_COLUMNS_VOCABULARY, data);
}
