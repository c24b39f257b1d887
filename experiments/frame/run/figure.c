#define _GNU_SOURCE /* pipe2, execvpe */
#include "figure.h"

#include "experiments/frame/command/signals.h"
#include "experiments/frame/contract/printable.h"
#include "experiments/frame/contract/results_private.h"
#include "figure_format.h"
#include "plots.h"
#include "sim/base/file.h"
#include "sim/base/text.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *embedded(const char *name) {
    for (const struct embedded_plot *p = embedded_plots; p->name; p++)
        if (strcmp(p->name, name) == 0) return p->text;
    return NULL;
}

/* gnuplot does not know a doubled quote at the beginning of a text. */
void figure_quote(FILE *stream, const char *text) {
    fputc('\'', stream);
    for (size_t n; *text; text += n ? n : 1) {
        n = printable_character(text);
        if (*text == '\'')
            fputs("'.\"'\".'", stream);
        else if (*text == '\n' || *text == '\t')
            fputc(' ', stream);
        else if (n)
            fwrite(text, 1, n, stream);
        else
            printable_byte(stream, *text);
    }
    fputc('\'', stream);
}

/* A list also as an array L_<name>: gnuplot does not read every number out of a text ("1e+06"). */
static void write_array(FILE *stream, const struct run *run, const char *name) {
    size_t count;
    const double *x = param_reals(run->params, name, &count);
    if (count == 0) return; /* gnuplot has no empty arrays */
    fprintf(stream, "array L_%s[%zu] = [", name, count);
    for (size_t i = 0; i < count; i++) fprintf(stream, "%s%.17e", i ? ", " : "", x[i]);
    fprintf(stream, "]\n");
}

static void write_values(FILE *stream, const struct run *run) {
    for (const struct param *p = run->experiment->params; p && p->name; p++) {
        fprintf(stream, "P_%s = ", p->name);
        if (p->type == PARAM_REAL)
            fprintf(stream, "%.17e\n", param_real(run->params, p->name));
        else if (p->type == PARAM_INT)
            fprintf(stream, "%ld\n", param_int(run->params, p->name));
        else {
            figure_quote(stream, param_value_text(run->params, p->name));
            fputc('\n', stream);
        }
        if (p->type == PARAM_REALS) write_array(stream, run, p->name);
    }
    for (size_t s = 0; s < run->results->n_scalars; s++) {
        const char *name = run->experiment->scalars[s].name;
        double value = run->results->scalars[s];
        if (isnan(value))
            fprintf(stream, "S_%s = NaN\n", name);
        else
            fprintf(stream, "S_%s = %.17e\n", name, value);
    }
}

/* The texts of a table as an array T_<table>_<column>, row by row, where the script asks for it: in
 * a data file, gnuplot takes backslashes for escapes and ends a text at a doubled quote. */
static enum attndyn_status write_texts(struct attndyn_context *ctx, FILE *stream,
                                       const struct run *run, const char *script) {
    for (size_t t = 0; t < run->results->n_tables; t++) {
        const struct result_table *table = &run->results->tables[t];
        for (size_t c = 0; c < table->columns && table->rows > 0; c++) {
            if (table->about->columns[c].type != COLUMN_TEXT) continue;
            char *name =
                attndyn_format(ctx, "T_%s_%s", table->about->name, table->about->columns[c].name);
            if (!name) return ATTNDYN_NO_MEMORY;
            if (!strstr(script, name)) continue;
            fprintf(stream, "array %s[%zu]\n", name, table->rows);
            for (size_t r = 0; r < table->rows; r++) {
                fprintf(stream, "%s[%zu] = ", name, r + 1);
                figure_quote(stream, table->cells[r * table->columns + c].text);
                fputc('\n', stream);
            }
        }
    }
    return ATTNDYN_OK;
}

enum attndyn_status figure_write(struct attndyn_context *ctx, const struct run *run,
                                 const struct figure *figure, const char *folder) {
    const char *script = embedded(figure->script), *house = embedded("house.gp");
    if (!script || !house)
        return attndyn_fail(ctx, ATTNDYN_RUN_FAILED, "internal error: no plot script plots/%s",
                            script ? "house.gp" : figure->script);
    char *path = attndyn_format(ctx, "%s/%s.gp", folder, figure->name);
    if (!path) return ATTNDYN_NO_MEMORY;
    struct attndyn_file file;
    ATTNDYN_TRY(attndyn_file_begin(ctx, &file, path));
    FILE *to = file.stream;
    fprintf(to, "# %s of %s: `gnuplot %s.gp` in this folder draws %s.svg\n", figure->name,
            run->experiment->id, figure->name, figure->name);
    fprintf(to, "if (!exists(\"out\")) out = \"%s.svg\"\n", figure->name);
    write_values(to, run);
    enum attndyn_status status = write_texts(ctx, to, run, script);
    if (status) {
        attndyn_file_abandon(&file);
        return status;
    }
    fprintf(to, "%s\n%s\nset output\n", house, script);
    return attndyn_file_commit(ctx, &file);
}

/* What gnuplot needs of the caller's environment to start at all. No locale (scripts are UTF-8,
 * points are points), no GNUTERM, no home with its files. Ends with NULL; owned by ctx. */
static char **environment(struct attndyn_context *ctx) {
    static const char *const kept[] = {"PATH",       "LD_LIBRARY_PATH",
                                       "LD_PRELOAD", "DYLD_LIBRARY_PATH",
                                       "TMPDIR",     "GNUPLOT_DRIVER_DIR"};
    enum { KEPT = sizeof kept / sizeof *kept };
    char **list = attndyn_alloc(ctx, KEPT + 2, sizeof *list);
    size_t n = 0;
    for (size_t i = 0; i < KEPT && list; i++) {
        const char *value = getenv(kept[i]);
        if (!value) continue;
        list[n] = attndyn_format(ctx, "%s=%s", kept[i], value);
        if (!list[n++]) return NULL;
    }
    if (list && !(list[n] = attndyn_strdup(ctx, "LC_ALL=C.UTF-8"))) return NULL;
    return list;
}

/* The child: gnuplot in the folder, without its user's and its system's settings (-d), its stderr
 * into the pipe. Async-signal-safe calls only. */
static _Noreturn void become_gnuplot(const char *folder, const char *script, const char *first,
                                     int errors, char *const *clean) {
    char *const arguments[] = {(char *)"gnuplot", (char *)"-d",   (char *)"-e",
                               (char *)first,     (char *)script, NULL};
    int null = open("/dev/null", O_RDWR);
    if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(errors, 2) < 0 ||
        chdir(folder) != 0)
        _exit(126);
    signals_restore();
    execvpe("gnuplot", arguments, clean);
    _exit(127);
}

/* Each run of white space becomes a blank, none at the ends. */
static void one_line(char *text) {
    char *to = text;
    for (const char *from = text; *from; from++) {
        bool white = isspace((unsigned char)*from);
        if (!white)
            *to++ = *from;
        else if (to > text && to[-1] != ' ')
            *to++ = ' ';
    }
    if (to > text && to[-1] == ' ') to--;
    *to = '\0';
}

/* Runs gnuplot on the script after the command `first`. */
static enum attndyn_status run_gnuplot(struct attndyn_context *ctx, const char *folder,
                                       const char *script, const char *first) {
    int ends[2];
    char **clean = environment(ctx);
    if (!clean) return ATTNDYN_NO_MEMORY;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return attndyn_fail(ctx, ATTNDYN_IO, "cannot start gnuplot: %s", strerror(errno));
    pid_t child = fork();
    if (child < 0) {
        close(ends[0]), close(ends[1]);
        return attndyn_fail(ctx, ATTNDYN_IO, "cannot start gnuplot: %s", strerror(errno));
    }
    if (child == 0) become_gnuplot(folder, script, first, ends[1], clean);
    close(ends[1]);
    char said[600], drain[4096];
    size_t used = 0;
    for (;;) {
        bool room = used < sizeof said - 1;
        ssize_t got = room ? read(ends[0], said + used, sizeof said - 1 - used)
                           : read(ends[0], drain, sizeof drain);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        if (room) used += (size_t)got;
    }
    said[used] = '\0';
    close(ends[0]);
    int how = 0;
    while (waitpid(child, &how, 0) < 0 && errno == EINTR) {
    }
    ATTNDYN_TRY(attndyn_check_interrupt(ctx));
    if (WIFEXITED(how) && WEXITSTATUS(how) == 127)
        return attndyn_fail(
            ctx, ATTNDYN_RUN_FAILED,
            "gnuplot was not found: install gnuplot-nox (`run --no-plot` does without)");
    const bool drawn = WIFEXITED(how) && WEXITSTATUS(how) == 0;
    if (drawn && used == 0) return ATTNDYN_OK;
    one_line(said);
    /* A warning (a constant curve has an empty range, which gnuplot widens) is passed on, but the
     * figure counts. */
    if (drawn) {
        fprintf(stderr, "attndyn: %s/%s: gnuplot warns: %s\n", folder, script, said);
        return ATTNDYN_OK;
    }
    if (WIFSIGNALED(how))
        return attndyn_fail(ctx, ATTNDYN_RUN_FAILED, "gnuplot %s/%s was ended by signal %d%s%s",
                            folder, script, WTERMSIG(how), used ? ": " : "", said);
    if (used == 0)
        return attndyn_fail(ctx, ATTNDYN_RUN_FAILED, "gnuplot %s/%s failed with status %d", folder,
                            script, WEXITSTATUS(how));
    return attndyn_fail(ctx, ATTNDYN_RUN_FAILED, "gnuplot %s/%s failed: %s", folder, script, said);
}

/* gnuplot escapes < and & of a text, but in XML ]]> must not stand there, either. */
static void write_svg(FILE *to, const char *svg, size_t length) {
    const char *at = svg, *end;
    for (; !strstr(svg, "<![CDATA[") && (end = strstr(at, "]]>")); at = end + 3) {
        fwrite(at, 1, (size_t)(end - at), to);
        fputs("]]&gt;", to);
    }
    fwrite(at, 1, length - (size_t)(at - svg), to);
}

/* Writes the figure like any other file: links are followed, and pipes and devices are written
 * to. */
static enum attndyn_status put_in_place(struct attndyn_context *ctx, const char *drawn,
                                        const char *target, bool svg) {
    struct attndyn_file file;
    char *picture;
    size_t length;
    ATTNDYN_TRY(attndyn_file_read(ctx, drawn, &picture, &length));
    ATTNDYN_TRY(attndyn_file_begin(ctx, &file, target));
    if (svg)
        write_svg(file.stream, picture, length);
    else
        fwrite(picture, 1, length, file.stream);
    attndyn_free(ctx, picture);
    return attndyn_file_commit(ctx, &file);
}

/* The script with the format's terminal, as <drawn>.gp. */
static enum attndyn_status other_terminal(struct attndyn_context *ctx, const char *folder,
                                          const char *script, const char *format,
                                          const char *other) {
    char *from = attndyn_format(ctx, "%s/%s", folder, script), *text, *rewritten;
    size_t length;
    if (!from) return ATTNDYN_NO_MEMORY;
    ATTNDYN_TRY(attndyn_file_read(ctx, from, &text, &length));
    ATTNDYN_TRY(figure_format_script(ctx, text, format, &rewritten));
    struct attndyn_file file;
    ATTNDYN_TRY(attndyn_file_begin(ctx, &file, other));
    fputs(rewritten, file.stream);
    return attndyn_file_commit(ctx, &file);
}

/* No picture where one was asked for: good only where the script names an output itself. */
static enum attndyn_status own_output(struct attndyn_context *ctx, const char *folder,
                                      const char *script) {
    char *path = attndyn_format(ctx, "%s/%s", folder, script), *text;
    size_t length;
    if (!path) return ATTNDYN_NO_MEMORY;
    ATTNDYN_TRY(attndyn_file_read(ctx, path, &text, &length));
    const bool ours = strstr(text, "set output out") != NULL;
    attndyn_free(ctx, text);
    if (!ours) return ATTNDYN_OK;
    return attndyn_fail(
        ctx, ATTNDYN_IO,
        "gnuplot ended well with %s and drew nothing: is it gnuplot that PATH leads "
        "to?",
        path);
}

/* Draw under a temporary name first, so that an existing SVG is always complete. A script that sets
 * its own output has drawn what it wanted. */
static enum attndyn_status draw_into(struct attndyn_context *ctx, const char *folder,
                                     const char *script, const char *to, const char *format) {
    static long drawings;
    long mine;
#pragma omp atomic capture
    mine = ++drawings;
    const char *dot = strrchr(script, '.');
    int stem = dot ? (int)(dot - script) : (int)strlen(script);
    char *hidden = attndyn_format(ctx, ".drawing-%ld", mine);
    char *name = hidden ? attndyn_file_temporary(ctx, hidden) : NULL;
    if (!name) return ATTNDYN_NO_MEMORY;
    /* gnuplot works in the script's folder: another one needs its whole path. */
    char whole[PATH_MAX];
    bool here = strcmp(folder, to) == 0;
    if (!here && !realpath(to, whole))
        return attndyn_fail(ctx, ATTNDYN_IO, "cannot write to %s: %s", to, strerror(errno));
    char *drawn = attndyn_format(ctx, "%s/%s", here ? folder : whole, name);
    char *target = attndyn_format(ctx, "%s/%.*s.%s", to, stem, script, format), *first;
    if (!drawn || !target) return ATTNDYN_NO_MEMORY;
    struct attndyn_text command;
    ATTNDYN_TRY(attndyn_text_begin(ctx, &command));
    fputs("out = ", command.stream);
    figure_quote(command.stream, here ? name : drawn);
    ATTNDYN_TRY(attndyn_text_end(&command, &first));
    enum attndyn_status status = ATTNDYN_OK;
    if (strcmp(format, "svg") != 0) {
        char *other = attndyn_format(ctx, "%s.gp", drawn);
        if (!other) return ATTNDYN_NO_MEMORY;
        status = other_terminal(ctx, folder, script, format, other);
        if (!status)
            status = run_gnuplot(ctx, folder, here ? strrchr(other, '/') + 1 : other, first);
        unlink(other);
    } else
        status = run_gnuplot(ctx, folder, script, first);
    const bool there = access(drawn, F_OK) == 0;
    if (!status && there) status = put_in_place(ctx, drawn, target, strcmp(format, "svg") == 0);
    if (!status && !there) status = own_output(ctx, folder, script);
    unlink(drawn);
    return status;
}

enum attndyn_status figure_draw(struct attndyn_context *ctx, const char *folder, const char *script,
                                const char *format) {
    return draw_into(ctx, folder, script, folder, format ? format : "svg");
}

static int is_script(const struct dirent *entry) {
    size_t n = strlen(entry->d_name);
    return n > 3 && entry->d_name[0] != '.' && strcmp(entry->d_name + n - 3, ".gp") == 0;
}

static int by_bytes(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name);
}

enum attndyn_status figure_draw_all(struct attndyn_context *ctx, const char *folder, const char *to,
                                    const char *format, int *drawn) {
    struct dirent **found;
    int count = scandir(folder, &found, is_script, by_bytes);
    if (count < 0)
        return attndyn_fail(ctx, errno == ENOMEM ? ATTNDYN_NO_MEMORY : ATTNDYN_NO_INPUT,
                            "cannot read %s: %s", folder, strerror(errno));
    enum attndyn_status status = ATTNDYN_OK;
    *drawn = 0;
    for (int i = 0; i < count; i++) {
        if (!status) status = draw_into(ctx, folder, found[i]->d_name, to, format ? format : "svg");
        *drawn += !status;
        free(found[i]);
    }
    free(found);
    if (!status && *drawn == 0)
        status = attndyn_fail(ctx, ATTNDYN_NO_INPUT, "%s holds no figure script (*.gp)", folder);
    return status;
}
