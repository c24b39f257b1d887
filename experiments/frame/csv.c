#include "csv.h"

#include "sim/base/file.h"

#include <math.h>
#include <string.h>

void csv_text(FILE *stream, const char *text) {
    if (!strpbrk(text, ",\"\n\r")) {
        fputs(text, stream);
        return;
    }
    fputc('"', stream);
    for (; *text; text++) {
        if (*text == '"') fputc('"', stream);
        fputc(*text, stream);
    }
    fputc('"', stream);
}

enum attndyn_status csv_write(struct attndyn_context *ctx, const struct result_table *table,
                              const char *folder) {
    struct attndyn_file file;
    char *path = attndyn_format(ctx, "%s/%s.csv", folder, table->about->name);
    if (!path) return ATTNDYN_NO_MEMORY;
    ATTNDYN_TRY(attndyn_file_begin(ctx, &file, path));
    for (size_t c = 0; c < table->columns; c++) {
        if (c) fputc(',', file.stream);
        csv_text(file.stream, table->about->columns[c].name);
    }
    fputc('\n', file.stream);
    for (size_t r = 0; r < table->rows; r++) {
        const union stored *row = &table->cells[r * table->columns];
        for (size_t c = 0; c < table->columns; c++) {
            if (c) fputc(',', file.stream);
            enum column_type type = table->about->columns[c].type;
            if (type == COLUMN_TEXT)
                csv_text(file.stream, row[c].text);
            else if (type == COLUMN_INT)
                fprintf(file.stream, "%ld", row[c].integer);
            else if (!isnan(row[c].real))
                fprintf(file.stream, "%.17g", row[c].real);
        }
        fputc('\n', file.stream);
    }
    return attndyn_file_commit(ctx, &file);
}
