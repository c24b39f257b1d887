#include "store.h"

#include "experiments/frame/contract/check.h"
#include "experiments/frame/contract/identity.h"
#include "experiments/frame/run/inputs.h"
#include "experiments/frame/run/lock.h"
#include "sim/base/hash.h"
#include "sim/base/target.h"
#include "sql.h"
#include "version.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define SCHEMA "2"

struct store {
    struct sql sql;
    char *real; /* its path, links followed */
    struct lock lock;
    bool reading;
    const struct design *design;
    sqlite3_stmt *put_run, *put_timing, *put_scalar, *put_verdict;
};

static const char schema[] =
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;"
    "CREATE TABLE axis(position INTEGER PRIMARY KEY, key TEXT, grp INTEGER, text TEXT);"
    "CREATE TABLE run(idx INTEGER PRIMARY KEY, status TEXT NOT NULL, message TEXT, steps INTEGER, "
    "rhs INTEGER, checksum INTEGER);"
    "CREATE TABLE timing(idx INTEGER PRIMARY KEY, seconds REAL, ended TEXT);"
    "CREATE TABLE parameter(idx INTEGER, key TEXT, value TEXT, PRIMARY KEY(idx, key)) WITHOUT "
    "ROWID;"
    "CREATE TABLE scalar(idx INTEGER, name TEXT, value REAL, PRIMARY KEY(idx, name)) WITHOUT "
    "ROWID;"
    "CREATE TABLE verdict(idx INTEGER, id TEXT, verdict TEXT, measured REAL, bound REAL, PRIMARY "
    "KEY(idx, id)) WITHOUT ROWID;";

static const char journal[] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;";

static enum attndyn_status put_meta(struct attndyn_context *ctx, struct store *store,
                                    const char *key, const char *value) {
    sqlite3_stmt *s;
    ATTNDYN_TRY(sql_prepare(ctx, &store->sql, "INSERT INTO meta VALUES(?, ?)", &s));
    sqlite3_bind_text(s, 1, key, -1, SQLITE_STATIC);
    sqlite3_bind_text(s, 2, value, -1, SQLITE_STATIC);
    enum attndyn_status status = sql_step(ctx, &store->sql, s);
    sqlite3_finalize(s);
    return status;
}

static enum attndyn_status put_design(struct attndyn_context *ctx, struct store *store) {
    const struct design *d = store->design;
    char runs[32];
    snprintf(runs, sizeof runs, "%zu", d->runs);
    ATTNDYN_TRY(put_meta(ctx, store, "schema", SCHEMA));
    ATTNDYN_TRY(put_meta(ctx, store, "experiment", d->experiment->id));
    char *build;
    ATTNDYN_TRY(identity_text(ctx, d->experiment, &build));
    ATTNDYN_TRY(put_meta(ctx, store, "version", ATTNDYN_VERSION " " ATTNDYN_COMMIT));
    ATTNDYN_TRY(put_meta(ctx, store, "build", build));
    ATTNDYN_TRY(put_meta(ctx, store, "runs", runs));
    ATTNDYN_TRY(put_meta(ctx, store, "design", d->identity));
    ATTNDYN_TRY(put_meta(ctx, store, "inputs", d->inputs));
    sqlite3_stmt *s;
    ATTNDYN_TRY(sql_prepare(ctx, &store->sql, "INSERT INTO axis VALUES(?, ?, ?, ?)", &s));
    enum attndyn_status status = ATTNDYN_OK;
    for (size_t a = 0; a < d->n_axes && !status; a++) {
        sqlite3_bind_int64(s, 1, (sqlite3_int64)a);
        sqlite3_bind_text(s, 2, d->axes[a].key, -1, SQLITE_STATIC);
        sqlite3_bind_int64(s, 3, (sqlite3_int64)d->axes[a].group);
        sqlite3_bind_text(s, 4, d->axes[a].text, -1, SQLITE_STATIC);
        status = sql_step(ctx, &store->sql, s);
    }
    sqlite3_finalize(s);
    ATTNDYN_TRY(status);
    ATTNDYN_TRY(sql_prepare(ctx, &store->sql, "INSERT INTO parameter VALUES(?, ?, ?)", &s));
    for (size_t i = 0; i < d->runs && !status; i++)
        for (size_t a = 0; a < d->n_axes && !status; a++) {
            sqlite3_bind_int64(s, 1, (sqlite3_int64)i);
            sqlite3_bind_text(s, 2, d->axes[a].key, -1, SQLITE_STATIC);
            sqlite3_bind_text(s, 3, design_value(d, i, a), -1, SQLITE_STATIC);
            status = sql_step(ctx, &store->sql, s);
        }
    sqlite3_finalize(s);
    return status;
}

/* The first line in which two canonical texts differ. */
static void first_difference(const char *a, const char *b, char *line_a, char *line_b, size_t n) {
    while (*a && *b) {
        size_t la = strcspn(a, "\n"), lb = strcspn(b, "\n");
        if (la != lb || strncmp(a, b, la) != 0) break;
        a += la + (a[la] == '\n');
        b += lb + (b[lb] == '\n');
    }
    snprintf(line_a, n, "%.*s", (int)strcspn(a, "\n"), a);
    snprintf(line_b, n, "%.*s", (int)strcspn(b, "\n"), b);
}

static enum attndyn_status check_meta(struct attndyn_context *ctx, struct store *store,
                                      const char *key, const char *mine) {
    bool inputs = strcmp(key, "inputs") == 0;
    sqlite3_stmt *s;
    ATTNDYN_TRY(sql_prepare(ctx, &store->sql, "SELECT value FROM meta WHERE key = ?", &s));
    sqlite3_bind_text(s, 1, key, -1, SQLITE_STATIC);
    bool more = false;
    const char *held = NULL;
    enum attndyn_status status = sql_row(ctx, &store->sql, s, &more);
    if (!status && more) status = sql_text(ctx, &store->sql, s, 0, &held);
    if (!status && !(held && (inputs ? inputs_agree(held, mine) : strcmp(held, mine) == 0))) {
        char theirs[120], ours[120];
        first_difference(held ? held : "", mine, theirs, ours, sizeof ours);
        status = attndyn_fail(ctx, ATTNDYN_USAGE,
                              "store %s holds another sweep: its %s '%s', this one's '%s'; "
                              "name another --store",
                              store->sql.path, inputs ? "inputs say" : "design says", theirs, ours);
    }
    sqlite3_finalize(s);
    return status;
}

static enum attndyn_status take_lock(struct attndyn_context *ctx, struct store *store) {
    struct attndyn_target target;
    struct stat about;
    ATTNDYN_TRY(attndyn_target_find(ctx, store->sql.path, &target));
    store->real = target.path;
    char *path = attndyn_format(ctx, "%s.lock", target.path),
         *what = attndyn_format(ctx, "store %s", store->sql.path);
    if (!path || !what) return ATTNDYN_NO_MEMORY;
    if (stat(target.path, &about) == 0 && S_ISREG(about.st_mode) && about.st_nlink > 1)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "store %s has %ju names (hard links), of which only one can have a "
                            "journal: copy it, or name another --store",
                            store->sql.path, (uintmax_t)about.st_nlink);
    return lock_take(ctx, path, what, &store->lock);
}

/* Damage is found when the store is opened, not when a reader trips over it. */
static enum attndyn_status check_pages(struct attndyn_context *ctx, struct store *store) {
    sqlite3_stmt *s;
    ATTNDYN_TRY(sql_prepare(ctx, &store->sql, "PRAGMA quick_check(1)", &s));
    bool more = false;
    const char *found = NULL;
    enum attndyn_status status = sql_row(ctx, &store->sql, s, &more);
    if (!status && more) status = sql_text(ctx, &store->sql, s, 0, &found);
    if (!status && (!found || strcmp(found, "ok") != 0))
        status = attndyn_fail(ctx, ATTNDYN_IO,
                              "store %s: it is damaged (%.200s); restore it from a copy, or start "
                              "a new one",
                              store->sql.path, found ? found : "no answer");
    sqlite3_finalize(s);
    return status;
}

/* Rows of another build stand beside ours only where the user says so. What changes no number is no
 * other build (identity.h). */
static enum attndyn_status check_build(struct attndyn_context *ctx, struct store *store) {
    if (store->design->accept) return ATTNDYN_OK;
    char *mine, *held = NULL, *words;
    ATTNDYN_TRY(identity_text(ctx, store->design->experiment, &mine));
    sqlite3_stmt *s;
    ATTNDYN_TRY(sql_prepare(ctx, &store->sql, "SELECT value FROM meta WHERE key = 'build'", &s));
    bool more = false;
    enum attndyn_status status = sql_row(ctx, &store->sql, s, &more);
    if (!status && more) status = sql_copy(ctx, &store->sql, s, 0, &held);
    sqlite3_finalize(s);
    ATTNDYN_TRY(status);
    if (held && strcmp(held, mine) == 0) return ATTNDYN_OK;
    ATTNDYN_TRY(identity_difference(ctx, held ? held : "", mine, &words));
    return attndyn_fail(ctx, ATTNDYN_USAGE,
                        "store %s was begun by another build of the program (%.400s): "
                        "--accept-version goes on with it, or name another --store",
                        store->sql.path, held ? words : "an older version");
}

static enum attndyn_status check_metas(struct attndyn_context *ctx, struct store *store) {
    ATTNDYN_TRY(check_meta(ctx, store, "schema", SCHEMA));
    ATTNDYN_TRY(check_meta(ctx, store, "experiment", store->design->experiment->id));
    ATTNDYN_TRY(check_build(ctx, store));
    ATTNDYN_TRY(check_meta(ctx, store, "design", store->design->identity));
    return check_meta(ctx, store, "inputs", store->design->inputs);
}

/* Another program's database does not become a store. */
static enum attndyn_status nothing_else(struct attndyn_context *ctx, struct store *store) {
    sqlite3_stmt *s;
    ATTNDYN_TRY(sql_prepare(ctx, &store->sql, "SELECT name FROM sqlite_master LIMIT 1", &s));
    bool more = false;
    const char *name = NULL;
    enum attndyn_status status = sql_row(ctx, &store->sql, s, &more);
    if (!status && more) status = sql_text(ctx, &store->sql, s, 0, &name);
    if (!status && more)
        status = attndyn_fail(ctx, ATTNDYN_USAGE,
                              "store %s is no store of a sweep: it holds '%.60s'; name another "
                              "--store",
                              store->sql.path, name ? name : "");
    sqlite3_finalize(s);
    return status;
}

static enum attndyn_status initialise(struct attndyn_context *ctx, struct store *store) {
    sqlite3_stmt *s;
    ATTNDYN_TRY(sql_prepare(ctx, &store->sql,
                            "SELECT count(*) FROM sqlite_master WHERE name = 'meta'", &s));
    bool more = false;
    enum attndyn_status status = sql_row(ctx, &store->sql, s, &more);
    bool fresh = !status && sqlite3_column_int(s, 0) == 0;
    sqlite3_finalize(s);
    ATTNDYN_TRY(status);
    if (fresh) {
        ATTNDYN_TRY(nothing_else(ctx, store));
        ATTNDYN_TRY(sql_do(ctx, &store->sql, journal));
        ATTNDYN_TRY(sql_do(ctx, &store->sql, "BEGIN IMMEDIATE"));
        ATTNDYN_TRY(sql_do(ctx, &store->sql, schema));
        ATTNDYN_TRY(put_design(ctx, store));
        ATTNDYN_TRY(sql_do(ctx, &store->sql, "COMMIT"));
    } else
        ATTNDYN_TRY(check_pages(ctx, store));
    ATTNDYN_TRY(check_metas(ctx, store));
    if (!fresh) ATTNDYN_TRY(sql_do(ctx, &store->sql, journal));
    ATTNDYN_TRY(sql_prepare(ctx, &store->sql, "INSERT OR REPLACE INTO run VALUES(?, ?, ?, ?, ?, ?)",
                            &store->put_run));
    ATTNDYN_TRY(sql_prepare(ctx, &store->sql, "INSERT OR REPLACE INTO timing VALUES(?, ?, ?)",
                            &store->put_timing));
    ATTNDYN_TRY(sql_prepare(ctx, &store->sql, "INSERT OR REPLACE INTO scalar VALUES(?, ?, ?)",
                            &store->put_scalar));
    return sql_prepare(ctx, &store->sql, "INSERT OR REPLACE INTO verdict VALUES(?, ?, ?, ?, ?)",
                       &store->put_verdict);
}

enum attndyn_status store_open(struct attndyn_context *ctx, const char *path,
                               const struct design *design, struct store **out) {
    struct store *store;
    ATTNDYN_ALLOC(ctx, store, 1);
    store->sql = (struct sql){.path = path, .trouble = ATTNDYN_IO};
    store->design = design;
    enum attndyn_status status = take_lock(ctx, store);
    if (!status && sqlite3_open(store->real, &store->sql.db) != SQLITE_OK)
        status = sql_failed(ctx, &store->sql);
    if (!status) {
        sqlite3_busy_timeout(store->sql.db, 10000);
        status = initialise(ctx, store);
    }
    if (status) {
        store_close(store);
        return status;
    }
    *out = store;
    return ATTNDYN_OK;
}

enum attndyn_status store_open_reading(struct attndyn_context *ctx, const char *path,
                                       const struct design *design, struct store **out) {
    struct store *store;
    ATTNDYN_ALLOC(ctx, store, 1);
    store->sql = (struct sql){.path = path, .trouble = ATTNDYN_NO_INPUT};
    store->design = design;
    store->reading = true;
    enum attndyn_status status = sql_open_reading(ctx, &store->sql);
    if (!status) status = check_pages(ctx, store);
    if (!status) status = check_metas(ctx, store);
    if (status) {
        store_close(store);
        return status;
    }
    *out = store;
    return ATTNDYN_OK;
}

void store_close(struct store *store) {
    sqlite3_finalize(store->put_run);
    sqlite3_finalize(store->put_timing);
    sqlite3_finalize(store->put_scalar);
    sqlite3_finalize(store->put_verdict);
    /* Out of WAL mode, so that whoever reads it needs not write beside it. Where somebody reads it
     * just now it stays in it. */
    if (store->put_verdict && !store->reading)
        sqlite3_exec(store->sql.db, "PRAGMA journal_mode=DELETE", NULL, NULL, NULL);
    sqlite3_close(store->sql.db);
    lock_release(&store->lock);
}

enum attndyn_status store_ended(struct attndyn_context *ctx, struct store *store, bool retry,
                                bool *ended) {
    memset(ended, 0, store->design->runs * sizeof *ended);
    sqlite3_stmt *s;
    ATTNDYN_TRY(sql_prepare(ctx, &store->sql, "SELECT idx, status FROM run", &s));
    enum attndyn_status status;
    bool more;
    while (!(status = sql_row(ctx, &store->sql, s, &more)) && more) {
        sqlite3_int64 i = sqlite3_column_int64(s, 0);
        const char *how;
        if ((status = sql_text(ctx, &store->sql, s, 1, &how))) break;
        if (i >= 0 && (size_t)i < store->design->runs)
            ended[i] = !(retry && how && strcmp(how, "failed") == 0);
    }
    sqlite3_finalize(s);
    return status;
}

enum attndyn_status store_skipped(struct attndyn_context *ctx, struct store *store, size_t *count,
                                  char **why) {
    sqlite3_stmt *s;
    *count = 0;
    *why = NULL;
    ATTNDYN_TRY(sql_prepare(ctx, &store->sql,
                            "SELECT count(*), (SELECT message FROM run WHERE status = 'skipped' "
                            "ORDER BY idx LIMIT 1) FROM run WHERE status = 'skipped'",
                            &s));
    bool more;
    enum attndyn_status status = sql_row(ctx, &store->sql, s, &more);
    if (!status) *count = (size_t)sqlite3_column_int64(s, 0);
    if (!status && *count) status = sql_copy(ctx, &store->sql, s, 1, why);
    sqlite3_finalize(s);
    return status;
}

static const char *status_name(int status) {
    return status == RUN_DONE ? "done" : status == RUN_FAILED ? "failed" : "skipped";
}

static void bind_real(sqlite3_stmt *s, int position, double x) {
    if (isnan(x))
        sqlite3_bind_null(s, position);
    else
        sqlite3_bind_double(s, position, x);
}

static uint64_t hash_real(uint64_t sum, double x) {
    return isnan(x) ? attndyn_hash_bytes(sum, "nan", 3) : attndyn_hash_bytes(sum, &x, sizeof x);
}

/* What a row says, timings apart: SQLite sees damage to its structure, not to a number. */
static uint64_t checksum(const struct sweep_record *r) {
    const long numbers[] = {r->index, r->status, r->steps, r->rhs};
    uint64_t sum = attndyn_hash_bytes(attndyn_hash_start, numbers, sizeof numbers);
    sum = attndyn_hash_bytes(sum, r->message, strlen(r->message));
    for (long i = 0; i < r->n_scalars; i++) sum = hash_real(sum, r->scalars[i]);
    for (long i = 0; i < r->n_checks; i++) {
        sum = attndyn_hash_bytes(sum, &r->checks[i].verdict, sizeof r->checks[i].verdict);
        sum = hash_real(hash_real(sum, r->checks[i].measured), r->checks[i].bound);
    }
    return sum;
}

static enum attndyn_status put_parts(struct attndyn_context *ctx, struct store *store,
                                     const struct sweep_record *r) {
    sqlite3_stmt *s = store->put_run;
    sqlite3_bind_int64(s, 1, r->index);
    sqlite3_bind_text(s, 2, status_name(r->status), -1, SQLITE_STATIC);
    sqlite3_bind_text(s, 3, r->message, -1, SQLITE_STATIC);
    sqlite3_bind_int64(s, 4, r->steps);
    sqlite3_bind_int64(s, 5, r->rhs);
    sqlite3_bind_int64(s, 6, (sqlite3_int64)checksum(r));
    ATTNDYN_TRY(sql_step(ctx, &store->sql, s));
    char date[40] = "";
    time_t now = time(NULL);
    struct tm utc;
    if (gmtime_r(&now, &utc)) strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", &utc);
    s = store->put_timing;
    sqlite3_bind_int64(s, 1, r->index);
    sqlite3_bind_double(s, 2, r->seconds);
    sqlite3_bind_text(s, 3, date, -1, SQLITE_STATIC);
    ATTNDYN_TRY(sql_step(ctx, &store->sql, s));
    for (long i = 0; i < r->n_scalars; i++) {
        s = store->put_scalar;
        sqlite3_bind_int64(s, 1, r->index);
        sqlite3_bind_text(s, 2, store->design->experiment->scalars[i].name, -1, SQLITE_STATIC);
        bind_real(s, 3, r->scalars[i]);
        ATTNDYN_TRY(sql_step(ctx, &store->sql, s));
    }
    for (long i = 0; i < r->n_checks; i++) {
        s = store->put_verdict;
        sqlite3_bind_int64(s, 1, r->index);
        sqlite3_bind_text(s, 2, store->design->experiment->checks[i]->id, -1, SQLITE_STATIC);
        sqlite3_bind_text(s, 3, verdict_name((enum verdict_kind)r->checks[i].verdict), -1,
                          SQLITE_STATIC);
        bind_real(s, 4, r->checks[i].measured);
        bind_real(s, 5, r->checks[i].bound);
        ATTNDYN_TRY(sql_step(ctx, &store->sql, s));
    }
    return ATTNDYN_OK;
}

enum attndyn_status store_put(struct attndyn_context *ctx, struct store *store,
                              const struct sweep_record *record) {
    ATTNDYN_TRY(sql_do(ctx, &store->sql, "BEGIN"));
    enum attndyn_status status = put_parts(ctx, store, record);
    if (!status) status = sql_do(ctx, &store->sql, "COMMIT");
    if (status) sqlite3_exec(store->sql.db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

static enum attndyn_status get_scalars(struct attndyn_context *ctx, struct store *store,
                                       struct sweep_record *record) {
    sqlite3_stmt *s;
    for (long i = 0; i < record->n_scalars; i++) record->scalars[i] = NAN;
    ATTNDYN_TRY(sql_prepare(ctx, &store->sql, "SELECT name, value FROM scalar WHERE idx = ?", &s));
    sqlite3_bind_int64(s, 1, record->index);
    enum attndyn_status status;
    bool more;
    while (!(status = sql_row(ctx, &store->sql, s, &more)) && more) {
        const char *name;
        if ((status = sql_text(ctx, &store->sql, s, 0, &name))) break;
        for (long i = 0; i < record->n_scalars && name; i++)
            if (strcmp(store->design->experiment->scalars[i].name, name) == 0)
                record->scalars[i] = sql_real(s, 1);
    }
    sqlite3_finalize(s);
    return status;
}

static enum attndyn_status get_verdicts(struct attndyn_context *ctx, struct store *store,
                                        struct sweep_record *record) {
    for (long i = 0; i < record->n_checks; i++)
        record->checks[i] = (struct sweep_check){VERDICT_SKIPPED, NAN, NAN};
    sqlite3_stmt *s;
    ATTNDYN_TRY(sql_prepare(ctx, &store->sql,
                            "SELECT id, verdict, measured, bound FROM verdict WHERE idx = ?", &s));
    sqlite3_bind_int64(s, 1, record->index);
    enum attndyn_status status;
    bool more;
    while (!(status = sql_row(ctx, &store->sql, s, &more)) && more) {
        const char *id, *verdict;
        if ((status = sql_text(ctx, &store->sql, s, 0, &id))) break;
        if ((status = sql_text(ctx, &store->sql, s, 1, &verdict))) break;
        for (long i = 0; i < record->n_checks && id && verdict; i++) {
            if (strcmp(store->design->experiment->checks[i]->id, id) != 0) continue;
            struct sweep_check *check = &record->checks[i];
            check->measured = sql_real(s, 2);
            check->bound = sql_real(s, 3);
            for (int k = 0; k < VERDICT_KINDS; k++)
                if (strcmp(verdict, verdict_name((enum verdict_kind)k)) == 0) check->verdict = k;
        }
    }
    sqlite3_finalize(s);
    return status;
}

enum attndyn_status store_get(struct attndyn_context *ctx, struct store *store, size_t index,
                              struct sweep_record *record, bool *found) {
    sqlite3_stmt *s;
    uint64_t held = 0;
    record->index = (long)index;
    ATTNDYN_TRY(sql_prepare(
        ctx, &store->sql,
        "SELECT status, message, steps, rhs, seconds, checksum FROM run LEFT JOIN timing "
        "USING (idx) WHERE idx = ?",
        &s));
    sqlite3_bind_int64(s, 1, (sqlite3_int64)index);
    const char *how = NULL, *message = NULL;
    enum attndyn_status status = sql_row(ctx, &store->sql, s, found);
    if (!status && *found) status = sql_text(ctx, &store->sql, s, 0, &how);
    if (!status && *found) status = sql_text(ctx, &store->sql, s, 1, &message);
    if (!status && *found) {
        record->status = how && strcmp(how, "done") == 0     ? RUN_DONE
                         : how && strcmp(how, "failed") == 0 ? RUN_FAILED
                                                             : RUN_SKIPPED;
        snprintf(record->message, sizeof record->message, "%s", message ? message : "");
        record->steps = sqlite3_column_int64(s, 2);
        record->rhs = sqlite3_column_int64(s, 3);
        record->seconds = sqlite3_column_double(s, 4);
        held = (uint64_t)sqlite3_column_int64(s, 5);
    }
    sqlite3_finalize(s);
    ATTNDYN_TRY(status);
    if (!*found) return ATTNDYN_OK;
    ATTNDYN_TRY(get_scalars(ctx, store, record));
    ATTNDYN_TRY(get_verdicts(ctx, store, record));
    if (checksum(record) == held) return ATTNDYN_OK;
    return attndyn_fail(
        ctx, ATTNDYN_IO,
        "store %s: the row of run %zu is damaged; restore the store from a copy, or "
        "start a new one",
        store->sql.path, index);
}
