#include "record.h"

#include "experiments/frame/contract/check.h"
#include "experiments/frame/contract/identity.h"
#include "experiments/frame/contract/printable.h"
#include "experiments/frame/contract/results_private.h"
#include "experiments/frame/judge/seeds.h"
#include "inputs.h"
#include "record_json_private.h"
#include "sim/base/file.h"
#include "sim/base/hash.h"
#include "sim/base/json_private.h"
#include "sim/base/text.h"
#include "sim/num/versions.h"
#include "version.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

json_t *record_real(double x) {
    return isfinite(x) ? json_real(x) : json_null();
}

json_t *record_text(const char *t) {
    char *written = malloc(4 * strlen(t) + 1);
    if (written) printable_write(written, t);
    json_t *value = written ? json_string(written) : NULL;
    free(written);
    return value;
}

/* Without memory, jansson silently leaves an entry out. An object or array of the wrong size is
 * therefore discarded. */
json_t *record_whole(json_t *value, size_t size) {
    if (value && (json_is_array(value) ? json_array_size(value) : json_object_size(value)) == size)
        return value;
    json_decref(value);
    return NULL;
}

/* Takes the reference to `root`. */
enum attndyn_status record_write_json(struct attndyn_context *ctx, json_t *root, const char *path) {
    size_t size;
    char *dump = attndyn_json_text(ctx, root, JSON_INDENT(1) | JSON_REAL_PRECISION(17), &size);
    if (!dump)
        return attndyn_fail(ctx, ATTNDYN_NO_MEMORY, "out of memory while writing %.1000s", path);
    if (strcmp(path, "-") == 0) { /* main() reports errors on stdout */
        fwrite(dump, 1, size, stdout);
        putchar('\n');
        attndyn_free(ctx, dump);
        return ATTNDYN_OK;
    }
    struct attndyn_file file;
    ATTNDYN_TRY(attndyn_file_begin(ctx, &file, path));
    fwrite(dump, 1, size, file.stream);
    fputc('\n', file.stream);
    attndyn_free(ctx, dump);
    return attndyn_file_commit(ctx, &file);
}

json_t *record_program(void) {
    return json_pack("{s:s, s:s, s:s, s:s}", "name", "attndyn", "version", ATTNDYN_VERSION,
                     "commit", ATTNDYN_COMMIT, "compiler", ATTNDYN_COMPILER);
}

static json_t *libraries(void) {
    struct attndyn_versions v;
    attndyn_versions_read(&v);
    return json_pack("{s:s, s:s, s:s, s:s, s:i, s:s}", "sundials", v.sundials, "gsl", v.gsl,
                     "openblas", v.blas, "blas_core", v.core, "blas_threads", v.blas_threads,
                     "jansson", jansson_version_str());
}

static json_t *parameters(const struct run *run) {
    json_t *object = json_object();
    size_t keys = 0;
    for (const struct param *p = run->experiment->params; p && p->name; p++, keys++) {
        json_t *value;
        switch (p->type) {
        case PARAM_INT:
            value = json_integer(param_int(run->params, p->name));
            break;
        case PARAM_REAL:
            value = record_real(param_real(run->params, p->name));
            break;
        case PARAM_BOOL:
            value = json_boolean(param_bool(run->params, p->name));
            break;
        case PARAM_REALS: {
            size_t count;
            const double *x = param_reals(run->params, p->name, &count);
            value = json_array();
            for (size_t i = 0; i < count; i++) json_array_append_new(value, record_real(x[i]));
            value = record_whole(value, count);
            break;
        }
        default:
            value = record_text(param_value_text(run->params, p->name));
        }
        json_object_set_new(object, p->name, value);
    }
    return record_whole(object, keys);
}

static json_t *solvers(const struct results *results) {
    json_t *array = json_array();
    for (size_t i = 0; i < results->n_solvers; i++) {
        const struct attndyn_ode_statistics *s = &results->solvers[i].statistics;
        json_t *one = json_pack(
            "{s:o, s:s, s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:i, s:o, s:o, s:o}",
            "label", record_text(results->solvers[i].label), "method", s->method, "rtol",
            record_real(s->rtol), "atol", record_real(s->atol), "steps", (json_int_t)s->steps,
            "rhs", (json_int_t)s->rhs, "jacobians", (json_int_t)s->jacobians, "jacobian_times",
            (json_int_t)s->jacobian_times, "linear_iterations", (json_int_t)s->linear_iterations,
            "nonlinear_iterations", (json_int_t)s->nonlinear_iterations, "nonlinear_failures",
            (json_int_t)s->nonlinear_failures, "error_test_failures",
            (json_int_t)s->error_test_failures, "events", (json_int_t)s->events, "last_order",
            s->last_order, "first_step", record_real(s->first_step), "last_step",
            record_real(s->last_step), "t_reached", record_real(s->t_reached));
        json_array_append_new(array, one);
    }
    return record_whole(array, results->n_solvers);
}

static const char *kind_name(const struct check *check) {
    return check->kind == CHECK_ERRATUM ? "erratum" : "holds";
}

/* The kind of source and, for a statement, its hypotheses; in a run also the values that they were
 * compared with. */
static void add_statement(json_t *object, const struct check *check, const struct verdict *v) {
    json_object_set_new(object, "origin", record_text(origin_name(check_origin(check))));
    if (!check->about) return;
    json_object_set_new(object, "statement", record_text(check->about->id));
    json_t *hypotheses = json_array();
    size_t count = 0;
    for (const struct hypothesis *const *h = check->about->hypotheses; h && *h; h++) {
        json_t *one = json_pack("{s:o}", "words", record_text((*h)->words));
        if (v) {
            char said[200];
            enum met met = (*h)->met(&v->facts, said, sizeof said);
            if (met == HYPOTHESIS_UNKNOWN) snprintf(said, sizeof said, "not known");
            json_object_set_new(one, "met",
                                met == HYPOTHESIS_UNKNOWN ? json_null()
                                                          : json_boolean(met == HYPOTHESIS_MET));
            json_object_set_new(one, "here", record_text(said));
        }
        json_array_append_new(hypotheses, record_whole(one, v ? 3 : 1));
        count++;
    }
    json_object_set_new(object, "hypotheses", record_whole(hypotheses, count));
}

json_t *record_check(const struct experiment *experiment, const struct check *check) {
    struct sentence claim, fails_if;
    json_t *one = json_pack("{s:s, s:s, s:o, s:o, s:s, s:o}", "id", check->id, "experiment",
                            experiment->id, "claim", record_text(check_statement(check, &claim)),
                            "source", record_text(check_source(check)), "kind", kind_name(check),
                            "fails_if", record_text(check_fails_if(check, &fails_if)));
    add_statement(one, check, NULL);
    return record_whole(one, check->about ? 9 : 7);
}

static json_t *verdict(const struct experiment *experiment, const struct check *check,
                       const struct verdict *v) {
    const size_t keys = check->about ? 15 : 13;
    struct sentence claim, fails_if;
    json_t *object = json_pack(
        "{s:s, s:s, s:o, s:o, s:s, s:o, s:s, s:o, s:o, s:s, s:o, s:o}", "id", check->id,
        "experiment", experiment->id, "claim", record_text(check_statement(check, &claim)),
        "source", record_text(check_source(check)), "kind", kind_name(check), "measured",
        record_real(v->measured), "relation", v->relation, "bound", record_real(v->bound), "margin",
        record_real(v->margin), "verdict", verdict_name(v->kind), "fails_if",
        record_text(check_fails_if(check, &fails_if)), "note", record_text(v->note));
    add_statement(object, check, v);
    if (check->kind == CHECK_ERRATUM) {
        json_object_set_new(object, "holds_measured", record_real(v->holds_measured));
        json_object_set_new(object, "holds_bound", record_real(v->holds_bound));
    }
    return record_whole(object, check->kind == CHECK_ERRATUM ? keys + 2 : keys);
}

static json_t *verdicts(const struct run *run) {
    json_t *array = json_array();
    size_t count = 0;
    for (size_t i = 0; i < run->n_checks; i++) {
        if (!run_wants(run, i)) continue;
        json_t *one = verdict(run->experiment, run->experiment->checks[i], &run->verdicts[i]);
        if (run->known && run->known[i])
            json_object_set_new(one, "known", record_text(run->known[i]));
        json_array_append_new(array, one);
        count++;
    }
    return record_whole(array, count);
}

/* The hash of a file's bytes as text, which tells whether a table is the one in the record. */
static bool checksum(const char *path, char sum[17]) {
    uint64_t hash = attndyn_hash_start, bytes = 0;
    if (!attndyn_file_hash(path, &hash, &bytes)) return false;
    snprintf(sum, 17, "%016" PRIx64, hash);
    return true;
}

/* Rows and checksum of each table in the folder, which are written before the record. */
static enum attndyn_status tables(struct attndyn_context *ctx, const struct run *run,
                                  const char *folder, json_t *object) {
    for (size_t t = 0; t < run->results->n_tables; t++) {
        const struct result_table *table = &run->results->tables[t];
        char *path = attndyn_format(ctx, "%s/%s.csv", folder, table->about->name), sum[17];
        if (!path) return ATTNDYN_NO_MEMORY;
        if (!checksum(path, sum))
            return attndyn_fail(ctx, errno == ENOMEM ? ATTNDYN_NO_MEMORY : ATTNDYN_IO,
                                "cannot read %.1000s back: %s", path, strerror(errno));
        json_object_set_new(object, table->about->name,
                            json_pack("{s:I, s:s}", "rows", (json_int_t)table->rows, "fnv1a", sum));
    }
    return ATTNDYN_OK;
}

/* {"hash", "parts": ["sim/base 0123...", ...]} */
static json_t *build(const char *hash, const char *identity) {
    json_t *parts = json_array();
    size_t count = 0;
    for (const char *line = identity; *line; count++) {
        size_t n = strcspn(line, "\n");
        json_array_append_new(parts, json_stringn(line, n));
        line += n + (line[n] == '\n');
    }
    return json_pack("{s:s, s:o}", "hash", hash, "parts", record_whole(parts, count));
}

/* For a long run: how earlier builds differ from this one, and the rows that they computed. */
static enum attndyn_status earlier_builds(struct attndyn_context *ctx,
                                          const struct results *results, const char *mine,
                                          json_t *list) {
    for (size_t b = 0; b < results->n_builds; b++) {
        const struct result_build *earlier = &results->builds[b];
        char *hash = identity_hash(ctx, earlier->identity), *words;
        if (!hash) return ATTNDYN_NO_MEMORY;
        ATTNDYN_TRY(identity_difference(ctx, earlier->identity, mine, &words));
        json_t *rows = json_object();
        for (size_t t = 0; t < results->n_tables; t++)
            json_object_set_new(rows, results->tables[t].about->name,
                                json_integer((json_int_t)earlier->rows[t]));
        json_array_append_new(list, json_pack("{s:s, s:o, s:o}", "hash", hash, "differs",
                                              record_text(words), "rows",
                                              record_whole(rows, results->n_tables)));
    }
    return ATTNDYN_OK;
}

enum attndyn_status record_write_run(struct attndyn_context *ctx, const struct run *run,
                                     const char *folder) {
    char *path = attndyn_format(ctx, "%s/run.json", folder), *identity;
    if (!path) return ATTNDYN_NO_MEMORY;
    ATTNDYN_TRY(identity_text(ctx, run->experiment, &identity));
    char *hash = identity_hash(ctx, identity);
    if (!hash) return ATTNDYN_NO_MEMORY;
    json_t *written = json_object(), *scalars = json_object(), *notes = json_array(),
           *earlier = json_array();
    enum attndyn_status status = tables(ctx, run, folder, written);
    if (!status) status = earlier_builds(ctx, run->results, identity, earlier);
    if (status) {
        json_decref(written), json_decref(scalars), json_decref(notes), json_decref(earlier);
        return status;
    }
    for (size_t s = 0; s < run->results->n_scalars; s++)
        json_object_set_new(scalars, run->experiment->scalars[s].name,
                            record_real(run->results->scalars[s]));
    for (size_t n = 0; n < run->results->n_notes; n++)
        json_array_append_new(notes, record_text(run->results->notes[n]));
    scalars = record_whole(scalars, run->results->n_scalars);
    notes = record_whole(notes, run->results->n_notes);
    written = record_whole(written, run->results->n_tables);
    size_t keys = 13;
    json_t *root = json_pack(
        "{s:s, s:s, s:s, s:o, s:o, s:o, s:s?, s:o, s:o, s:o, s:o, s:o, s:o}", "experiment",
        run->experiment->id, "title", run->experiment->title, "source", run->experiment->source,
        "program", record_program(), "build", build(hash, identity), "libraries", libraries(),
        "preset", run->preset, "parameters", parameters(run), "scalars", scalars, "solvers",
        solvers(run->results), "tables", written, "notes", notes, "checks", verdicts(run));
    if (root && run->results->n_builds) {
        json_object_set_new(root, "begun_by", record_whole(earlier, run->results->n_builds));
        keys++;
    } else
        json_decref(earlier);
    if (root && run->unfinished) {
        json_object_set_new(root, "unfinished",
                            json_string("interrupted: the rows up to then, nothing judged"));
        keys++;
    }
    if (root && run->results->skipped) {
        json_object_set_new(root, "skipped", record_text(run->results->skipped));
        keys++;
    }
    if (root && run->inputs && *run->inputs) {
        json_object_set_new(root, "inputs", record_text(run->inputs));
        keys++;
    }
    /* Records that the verdicts used scaled bounds; --resume does not reuse such a run. */
    if (root && run->tolerance_scale != 1) {
        json_object_set_new(root, "tolerance_scale", record_real(run->tolerance_scale));
        keys++;
    }
    return record_write_json(ctx, record_whole(root, keys), path);
}

enum attndyn_status record_write_timing(struct attndyn_context *ctx, const struct run *run,
                                        const char *folder) {
    char *path = attndyn_format(ctx, "%s/timing.json", folder);
    if (!path) return ATTNDYN_NO_MEMORY;
    time_t started = (time_t)run->started;
    struct tm utc;
    char date[40] = "";
    if (gmtime_r(&started, &utc)) strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", &utc);
    return record_write_json(ctx,
                             json_pack("{s:s, s:o, s:i}", "started", date, "seconds",
                                       record_real(run->seconds), "threads", attndyn_threads(ctx)),
                             path);
}

enum attndyn_status record_write_verdicts(struct attndyn_context *ctx, const struct run *runs,
                                          size_t n_runs, double tolerance_scale, const char *path) {
    json_t *all = json_array();
    size_t n_checks = 0;
    for (size_t r = 0; r < n_runs; r++) {
        json_t *of_run = verdicts(&runs[r]);
        json_array_extend(all, of_run);
        json_decref(of_run);
        for (size_t c = 0; c < runs[r].n_checks; c++) n_checks += run_wants(&runs[r], c);
    }
    return record_write_json(ctx,
                             json_pack("{s:o, s:o, s:o}", "program", record_program(),
                                       "tolerance_scale", record_real(tolerance_scale), "checks",
                                       record_whole(all, n_checks)),
                             path);
}

/* A check's verdicts, run by run; a run that broke has none. */
static json_t *over_seeds(const struct seeds *s, size_t e, size_t c) {
    const struct run *runs = &s->runs[e * s->seeds];
    const struct over_seeds o = seeds_of(s, e, c);
    const struct check *check = runs->experiment->checks[c];
    json_t *one = record_check(runs->experiment, check), *all = json_array();
    for (size_t k = 0; k < s->made[e]; k++) {
        if (!runs[k].verdicts) continue;
        const struct verdict *v = &runs[k].verdicts[c];
        json_array_append_new(all, json_pack("{s:o, s:o, s:s, s:o, s:s, s:o}", "seed",
                                             json_integer(s->seed[e * s->seeds + k]), "measured",
                                             record_real(v->measured), "relation", v->relation,
                                             "bound", record_real(v->bound), "verdict",
                                             verdict_name(v->kind), "note", record_text(v->note)));
    }
    json_object_set_new(one, "flips", json_boolean(o.flips));
    json_object_set_new(one, "runs", record_whole(all, o.runs));
    return record_whole(one, check->about ? 11 : 9);
}

enum attndyn_status record_write_seeds(struct attndyn_context *ctx, const struct seeds *s,
                                       const char *path) {
    json_t *all = json_array();
    size_t count = 0;
    for (size_t e = 0; e < s->count; e++)
        for (size_t c = 0; s->runs[e * s->seeds].experiment->checks[c]; c++) {
            if (!run_wants(&s->runs[e * s->seeds], c)) continue;
            json_array_append_new(all, over_seeds(s, e, c));
            count++;
        }
    return record_write_json(ctx,
                             json_pack("{s:o, s:o, s:I, s:o}", "program", record_program(),
                                       "tolerance_scale", record_real(s->tolerance_scale), "seeds",
                                       (json_int_t)s->seeds, "checks", record_whole(all, count)),
                             path);
}

enum attndyn_status record_write_list(struct attndyn_context *ctx,
                                      const struct record_check_of *list, size_t count,
                                      const char *path) {
    json_t *all = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(all, record_check(list[i].experiment, list[i].check));
    return record_write_json(
        ctx,
        json_pack("{s:o, s:o}", "program", record_program(), "checks", record_whole(all, count)),
        path);
}

/* Reads a record of this experiment; false if the entry is missing. */
static bool take(const json_t *root, const char *folder, struct attndyn_context *ctx,
                 struct results *results, size_t *rows, bool *intact, enum attndyn_status *status) {
    const json_t *scalars = json_object_get(root, "scalars"),
                 *notes = json_object_get(root, "notes"),
                 *written = json_object_get(root, "tables"),
                 *skipped = json_object_get(root, "skipped");
    if (!json_is_object(scalars) || !json_is_array(notes) || !json_is_object(written)) return false;
    for (size_t s = 0; s < results->n_scalars && !*status; s++) {
        const char *name = results->experiment->scalars[s].name;
        const json_t *value = json_object_get(scalars, name);
        if (json_is_number(value))
            *status = results_scalar(ctx, results, name, json_number_value(value));
        else if (!json_is_null(value))
            return false;
    }
    for (size_t n = 0; n < json_array_size(notes) && !*status; n++) {
        const char *note = json_string_value(json_array_get(notes, n));
        if (!note) return false;
        *status = results_note(ctx, results, "%s", note);
    }
    if (skipped && !*status)
        *status = json_is_string(skipped) ? results_skip(ctx, results, json_string_value(skipped))
                                          : ATTNDYN_NO_INPUT;
    *intact = true;
    for (size_t t = 0; t < results->n_tables && *intact && !*status; t++) {
        const char *name = results->tables[t].about->name;
        const json_t *table = json_object_get(written, name);
        const char *sum = json_string_value(json_object_get(table, "fnv1a"));
        rows[t] = (size_t)json_integer_value(json_object_get(table, "rows"));
        char *path = attndyn_format(ctx, "%s/%s.csv", folder, name), held[17];
        if (!path) *status = ATTNDYN_NO_MEMORY;
        *intact = path && sum && checksum(path, held) && strcmp(held, sum) == 0;
    }
    return true;
}

enum attndyn_status record_read_run(struct attndyn_context *ctx, const char *folder,
                                    struct results *results, size_t *rows, bool *intact) {
    char *path = attndyn_format(ctx, "%s/run.json", folder);
    if (!path) return ATTNDYN_NO_MEMORY;
    json_error_t error;
    json_t *root = json_load_file(path, 0, &error);
    if (!root)
        return attndyn_fail(ctx, ATTNDYN_NO_INPUT, "%s:%d: %s", path, error.line, error.text);
    enum attndyn_status status = ATTNDYN_OK;
    if (!take(root, folder, ctx, results, rows, intact, &status))
        status = attndyn_fail(ctx, ATTNDYN_NO_INPUT, "%s: not as it was written", path);
    json_decref(root);
    return status;
}

/* The lines of "build", as identity.h has them; "" where there are none. */
static enum attndyn_status build_of(struct attndyn_context *ctx, const json_t *root, char **text) {
    const json_t *parts = json_object_get(json_object_get(root, "build"), "parts");
    struct attndyn_text to;
    ATTNDYN_TRY(attndyn_text_begin(ctx, &to));
    for (size_t i = 0; i < json_array_size(parts); i++) {
        const char *line = json_string_value(json_array_get(parts, i));
        if (line) fprintf(to.stream, "%s\n", line);
    }
    return attndyn_text_end(&to, text);
}

enum attndyn_status record_stands(struct attndyn_context *ctx, const char *path, const char *inputs,
                                  const char *identity, bool *stands, char **differs) {
    json_error_t error;
    json_t *root = json_load_file(path, 0, &error);
    const char *held = json_string_value(json_object_get(root, "inputs"));
    char *build;
    *differs = NULL;
    *stands = root && !json_object_get(root, "tolerance_scale") &&
              !json_object_get(root, "unfinished") && inputs_agree(held ? held : "", inputs);
    enum attndyn_status status = *stands ? build_of(ctx, root, &build) : ATTNDYN_OK;
    if (!status && *stands) status = identity_difference(ctx, build, identity, differs);
    json_decref(root);
    return status;
}
