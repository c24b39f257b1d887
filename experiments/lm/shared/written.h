/* A folder of files that a run writes and reads again. */
#ifndef LM_SHARED_WRITTEN_H
#define LM_SHARED_WRITTEN_H

#include "experiments/frame/contract/typed.h"

struct written {
    char *folder;
    bool temporary;
    const char *const *files; /* what may stand in it; ends with NULL */
};

/* Where it is written: as named (`to`); as `name` in the run's folder; or, where the run has none
 * (verify), in a temporary one. */
enum attndyn_status written_folder(const struct trial *run, const char *to, const char *name,
                                   struct written *written);
/* Behind it all: removes a temporary folder, or notes where the files are. `status` is that of what
 * was done, which is handed on. */
enum attndyn_status written_done(const struct trial *run, const struct written *written,
                                 enum attndyn_status status);

#endif
