/* What every exported table needs: a run's row, a number's cell. */
#include "export_private.h"

#include <math.h>

struct export_row *export_row_of(const struct export_sheet *s, long index) {
    size_t low = 0, high = s->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (s->rows[middle].index < index)
            low = middle + 1;
        else
            high = middle;
    }
    return low < s->count && s->rows[low].index == index ? &s->rows[low] : NULL;
}

void export_real(FILE *to, double x) {
    if (isfinite(x)) fprintf(to, "%.17g", x);
}
