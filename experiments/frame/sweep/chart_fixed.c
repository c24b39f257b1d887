/* Queries for the runs that have the fixed values of a chart. */
#include "chart_private.h"

#include <string.h>

char *chart_fixed_filter(struct attndyn_context *ctx, const struct chart *chart, const char *idx) {
    char *filter = attndyn_strdup(ctx, "");
    for (size_t i = 0; i < chart->n_fixed && filter; i++)
        filter =
            attndyn_format(ctx,
                           "%s AND EXISTS (SELECT 1 FROM parameter f WHERE f.idx = %s AND f.key = "
                           "?%zu AND f.value = ?%zu)",
                           filter, idx, FIRST_FIXED + 2 * i, FIRST_FIXED + 2 * i + 1);
    return filter;
}

void chart_fixed_bind(const struct chart *chart, sqlite3_stmt *statement) {
    for (size_t i = 0; i < chart->n_fixed; i++) {
        const int at = FIRST_FIXED + 2 * (int)i;
        sqlite3_bind_text(statement, at, chart->fixed[i].key, -1, SQLITE_STATIC);
        sqlite3_bind_text(statement, at + 1, chart->fixed[i].value, -1, SQLITE_STATIC);
    }
}

enum attndyn_status chart_fixed_prepare(struct attndyn_context *ctx, struct chart *chart,
                                        const char *query, const char *idx,
                                        sqlite3_stmt **statement) {
    const char *at = strstr(query, "%s");
    char *filter = chart_fixed_filter(ctx, chart, idx), *whole;
    if (!filter) return ATTNDYN_NO_MEMORY;
    whole = attndyn_format(ctx, "%.*s%s%s", (int)(at - query), query, filter, at + 2);
    if (!whole) return ATTNDYN_NO_MEMORY;
    ATTNDYN_TRY(sql_prepare(ctx, &chart->sql, whole, statement));
    chart_fixed_bind(chart, *statement);
    return ATTNDYN_OK;
}
