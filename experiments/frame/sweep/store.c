#include "experiments/frame/contract/identity.h"
#include "sim/base/target.h"
#include "store_private.h"
#include "version.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char schema[] =
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;"
    "CREATE TABLE axis(position INTEGER PRIMARY KEY, key TEXT, grp INTEGER, text TEXT);"
    "CREATE TABLE run(idx INTEGER PRIMARY KEY, status TEXT NOT NULL, message TEXT, steps INTEGER, "
    "rhs INTEGER, checksum INTEGER, build INTEGER);"
    "CREATE TABLE timing(idx INTEGER PRIMARY KEY, seconds REAL, ended TEXT);"
    "CREATE TABLE parameter(idx INTEGER, key TEXT, value TEXT, PRIMARY KEY(idx, key)) WITHOUT "
    "ROWID;"
    "CREATE TABLE scalar(idx INTEGER, name TEXT, value REAL, PRIMARY KEY(idx, name)) WITHOUT "
    "ROWID;"
    "CREATE TABLE verdict(idx INTEGER, id TEXT, verdict TEXT, measured REAL, bound REAL, PRIMARY "
    "KEY(idx, id)) WITHOUT ROWID;";

static const char schema_3[] =
    "CREATE TABLE build(id INTEGER PRIMARY KEY, version TEXT, identity TEXT);"
    "CREATE TABLE kept(idx INTEGER, tbl TEXT, columns TEXT, rows INTEGER, PRIMARY KEY(idx, tbl)) "
    "WITHOUT ROWID;";

static const char journal[] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;";

#define VERSION ATTNDYN_VERSION " " ATTNDYN_COMMIT

static enum attndyn_status put_build(struct attndyn_context *ctx, struct store *store,
                                     const char *version, const char *identity) {
    sqlite3_stmt *s;
    ATTNDYN_TRY(
        sql_prepare(ctx, &store->sql, "INSERT INTO build(version, identity) VALUES(?, ?)", &s));
    sqlite3_bind_text(s, 1, version, -1, SQLITE_STATIC);
    sqlite3_bind_text(s, 2, identity, -1, SQLITE_STATIC);
    enum attndyn_status status = sql_step(ctx, &store->sql, s);
    sqlite3_finalize(s);
    return status;
}

static enum attndyn_status begin_store(struct attndyn_context *ctx, struct store *store) {
    const struct design *d = store->design;
    char *build;
    ATTNDYN_TRY(sql_do(ctx, &store->sql, schema));
    ATTNDYN_TRY(sql_do(ctx, &store->sql, schema_3));
    ATTNDYN_TRY(identity_text(ctx, d->experiment, &build));
    ATTNDYN_TRY(store_put_meta(ctx, store, "schema", STORE_SCHEMA));
    ATTNDYN_TRY(store_put_meta(ctx, store, "experiment", d->experiment->id));
    ATTNDYN_TRY(store_put_meta(ctx, store, "version", VERSION));
    ATTNDYN_TRY(store_put_meta(ctx, store, "build", build));
    return growth_put_design(ctx, store);
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

/* Find damage when the store is opened, not in the middle of reading it. */
static enum attndyn_status check_pages(struct attndyn_context *ctx, struct store *store) {
    char *found;
    ATTNDYN_TRY(sql_one_text(ctx, &store->sql, "PRAGMA quick_check(1)", NULL, &found));
    if (found && strcmp(found, "ok") == 0) return ATTNDYN_OK;
    return attndyn_fail(ctx, ATTNDYN_IO,
                        "store %s: it is damaged (%.200s); restore it from a copy, or start a new "
                        "one",
                        store->sql.path, found ? found : "no answer");
}

/* Rows of another build are mixed with ours only if the user accepts it. Changes that affect no
 * number do not make another build (identity.h). */
static enum attndyn_status check_build(struct attndyn_context *ctx, struct store *store,
                                       bool builds) {
    if (store->design->accept) return ATTNDYN_OK;
    char *mine, *held, *words;
    ATTNDYN_TRY(identity_text(ctx, store->design->experiment, &mine));
    ATTNDYN_TRY(
        sql_one_text(ctx, &store->sql, "SELECT value FROM meta WHERE key = 'build'", NULL, &held));
    const bool began = held && strcmp(held, mine) == 0;
    if (began && builds)
        ATTNDYN_TRY(sql_one_text(ctx, &store->sql,
                                 "SELECT identity FROM build WHERE identity <> ? LIMIT 1", mine,
                                 &held));
    if (began && (!builds || !held)) return ATTNDYN_OK;
    ATTNDYN_TRY(identity_difference(ctx, held ? held : "", mine, &words));
    return attndyn_fail(ctx, ATTNDYN_USAGE,
                        "store %s %s another build of the program (%.400s): "
                        "--accept-version goes on with it, or name another --store",
                        store->sql.path, began ? "holds runs of" : "was begun by",
                        held ? words : "an older version");
}

/* Checks the store's own version before anything else; *builds: whether it tells builds apart. */
static enum attndyn_status check_metas(struct attndyn_context *ctx, struct store *store,
                                       bool *builds) {
    char *held;
    ATTNDYN_TRY(
        sql_one_text(ctx, &store->sql, "SELECT value FROM meta WHERE key = 'schema'", NULL, &held));
    *builds = held && strcmp(held, STORE_SCHEMA) == 0;
    if (!*builds && !(held && strcmp(held, STORE_SCHEMA_BEFORE) == 0))
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "store %s has the form '%.20s', which this program does not know (its "
                            "own is '" STORE_SCHEMA "'); name another --store",
                            store->sql.path, held ? held : "");
    if (!*builds && store->reading)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "store %s has an older form: `attndyn sweep` with the same words and "
                            "--store %s brings it up to date",
                            store->sql.path, store->sql.path);
    const char *id = store->design->experiment->id;
    ATTNDYN_TRY(sql_one_text(ctx, &store->sql, "SELECT value FROM meta WHERE key = 'experiment'",
                             NULL, &held));
    if (!held || strcmp(held, id) != 0)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "store %s holds a sweep of %.100s, this is one of %s; name another "
                            "--store",
                            store->sql.path, held ? held : "another experiment", id);
    return check_build(ctx, store, *builds);
}

/* A database of another program is refused. */
static enum attndyn_status nothing_else(struct attndyn_context *ctx, struct store *store) {
    char *name;
    ATTNDYN_TRY(
        sql_one_text(ctx, &store->sql, "SELECT name FROM sqlite_master LIMIT 1", NULL, &name));
    if (!name) return ATTNDYN_OK;
    return attndyn_fail(ctx, ATTNDYN_USAGE,
                        "store %s is no store of a sweep: it holds '%.60s'; name another --store",
                        store->sql.path, name);
}

/* Brings a store of the previous schema up to date: its rows are of the build that began it. */
static enum attndyn_status bring_up(struct attndyn_context *ctx, struct store *store) {
    char *version, *build;
    long *rows;
    size_t count;
    ATTNDYN_TRY(sql_one_text(ctx, &store->sql, "SELECT value FROM meta WHERE key = 'version'", NULL,
                             &version));
    ATTNDYN_TRY(
        sql_one_text(ctx, &store->sql, "SELECT value FROM meta WHERE key = 'build'", NULL, &build));
    ATTNDYN_TRY(sql_do(ctx, &store->sql, schema_3));
    ATTNDYN_TRY(sql_do(ctx, &store->sql, "ALTER TABLE run ADD COLUMN build INTEGER"));
    ATTNDYN_TRY(put_build(ctx, store, version ? version : "", build ? build : ""));
    ATTNDYN_TRY(sql_do(ctx, &store->sql, "UPDATE run SET build = (SELECT max(id) FROM build)"));
    ATTNDYN_TRY(store_rows(ctx, store, &rows, &count));
    for (size_t i = 0; i < count; i++) {
        uint64_t sum;
        ATTNDYN_TRY(store_checksum(ctx, store, rows[i], rows[i], &sum));
        ATTNDYN_TRY(store_set_checksum(ctx, store, rows[i], sum));
    }
    return store_put_meta(ctx, store, "schema", STORE_SCHEMA);
}

/* The row of this build. */
static enum attndyn_status own_build(struct attndyn_context *ctx, struct store *store) {
    char *mine;
    static const char find[] = "SELECT id FROM build WHERE identity = ?";
    ATTNDYN_TRY(identity_text(ctx, store->design->experiment, &mine));
    ATTNDYN_TRY(sql_one_integer(ctx, &store->sql, find, mine, -1, &store->build));
    if (store->build >= 0) return ATTNDYN_OK;
    ATTNDYN_TRY(put_build(ctx, store, VERSION, mine));
    return sql_one_integer(ctx, &store->sql, find, mine, -1, &store->build);
}

static enum attndyn_status change(struct attndyn_context *ctx, struct store *store, bool fresh,
                                  bool builds, const struct growth *plan) {
    if (fresh) ATTNDYN_TRY(begin_store(ctx, store));
    if (!fresh && !builds) ATTNDYN_TRY(bring_up(ctx, store));
    ATTNDYN_TRY(own_build(ctx, store));
    if (!fresh) ATTNDYN_TRY(growth_apply(ctx, store, plan));
    return store_kept_make(ctx, store);
}

/* How many runs must be made again because they lack a table of --keep. */
static enum attndyn_status count_again(struct attndyn_context *ctx, struct store *store) {
    bool *whole, *any;
    ATTNDYN_ALLOC(ctx, whole, store->design->runs);
    ATTNDYN_ALLOC(ctx, any, store->design->runs);
    ATTNDYN_TRY(store_ended(ctx, store, false, whole));
    ATTNDYN_TRY(store_ended_somehow(ctx, store, any));
    for (size_t i = 0; i < store->design->runs; i++) store->grown.again += any[i] && !whole[i];
    attndyn_free(ctx, whole);
    attndyn_free(ctx, any);
    return ATTNDYN_OK;
}

static enum attndyn_status initialise(struct attndyn_context *ctx, struct store *store) {
    long there;
    bool builds = true;
    struct growth *plan = NULL;
    ATTNDYN_TRY(sql_one_integer(ctx, &store->sql,
                                "SELECT count(*) FROM sqlite_master WHERE name = 'meta'", NULL, 0,
                                &there));
    const bool fresh = there == 0;
    if (fresh) {
        ATTNDYN_TRY(nothing_else(ctx, store));
    } else {
        ATTNDYN_TRY(check_pages(ctx, store));
        ATTNDYN_TRY(check_metas(ctx, store, &builds));
        ATTNDYN_TRY(store_kept_read(ctx, store));
        ATTNDYN_TRY(growth_plan(ctx, store, &plan));
    }
    ATTNDYN_TRY(sql_do(ctx, &store->sql, journal));
    ATTNDYN_TRY(sql_do(ctx, &store->sql, "BEGIN IMMEDIATE"));
    enum attndyn_status status = change(ctx, store, fresh, builds, plan);
    if (!status) status = sql_do(ctx, &store->sql, "COMMIT");
    if (status) {
        sqlite3_exec(store->sql.db, "ROLLBACK", NULL, NULL, NULL);
        return status;
    }
    store->points = store->design->runs;
    if (!fresh) ATTNDYN_TRY(growth_place(ctx, store, plan));
    ATTNDYN_TRY(sql_prepare(ctx, &store->sql,
                            "INSERT OR REPLACE INTO run VALUES(?, ?, ?, ?, ?, ?, ?)",
                            &store->put_run));
    ATTNDYN_TRY(sql_prepare(ctx, &store->sql, "INSERT OR REPLACE INTO timing VALUES(?, ?, ?)",
                            &store->put_timing));
    ATTNDYN_TRY(sql_prepare(ctx, &store->sql, "INSERT OR REPLACE INTO scalar VALUES(?, ?, ?)",
                            &store->put_scalar));
    ATTNDYN_TRY(sql_prepare(ctx, &store->sql,
                            "INSERT OR REPLACE INTO verdict VALUES(?, ?, ?, ?, ?)",
                            &store->put_verdict));
    ATTNDYN_TRY(store_kept_prepare(ctx, store));
    return store->keep.count && !fresh ? count_again(ctx, store) : ATTNDYN_OK;
}

/* The parts of opening that writers and readers share. */
static enum attndyn_status make(struct attndyn_context *ctx, const char *path,
                                const struct design *design, const struct keep *keep,
                                enum attndyn_status trouble, struct store **out) {
    struct store *store;
    ATTNDYN_ALLOC(ctx, store, 1);
    store->sql = (struct sql){.path = path, .trouble = trouble};
    store->design = design;
    if (keep)
        store->keep = *keep;
    else
        ATTNDYN_TRY(keep_create(ctx, design->experiment, &store->keep));
    *out = store;
    return ATTNDYN_OK;
}

enum attndyn_status store_open(struct attndyn_context *ctx, const char *path,
                               const struct design *design, const struct keep *keep,
                               struct store **out) {
    struct store *store;
    ATTNDYN_TRY(make(ctx, path, design, keep, ATTNDYN_IO, &store));
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

static enum attndyn_status read_what_is_there(struct attndyn_context *ctx, struct store *store) {
    bool builds;
    struct growth *plan;
    ATTNDYN_TRY(sql_open_reading(ctx, &store->sql));
    ATTNDYN_TRY(check_pages(ctx, store));
    ATTNDYN_TRY(check_metas(ctx, store, &builds));
    ATTNDYN_TRY(store_kept_read(ctx, store));
    ATTNDYN_TRY(growth_plan(ctx, store, &plan));
    return growth_place(ctx, store, plan);
}

enum attndyn_status store_open_reading(struct attndyn_context *ctx, const char *path,
                                       const struct design *design, struct store **out) {
    struct store *store;
    ATTNDYN_TRY(make(ctx, path, design, NULL, ATTNDYN_NO_INPUT, &store));
    store->reading = true;
    enum attndyn_status status = read_what_is_there(ctx, store);
    if (status) {
        store_close(store);
        return status;
    }
    *out = store;
    return ATTNDYN_OK;
}

struct store_growth store_grown(const struct store *store) {
    return store->grown;
}

const struct keep *store_keep(const struct store *store) {
    return &store->keep;
}

void store_close(struct store *store) {
    sqlite3_finalize(store->put_run);
    sqlite3_finalize(store->put_timing);
    sqlite3_finalize(store->put_scalar);
    sqlite3_finalize(store->put_verdict);
    for (size_t i = 0; i < STORE_OFTEN; i++) sqlite3_finalize(store->often[i].statement);
    for (size_t t = 0; store->put_kept && t < store->keep.n_tables; t++)
        sqlite3_finalize(store->put_kept[t]);
    /* Leave WAL mode, so that readers need not write beside the store. While somebody is reading
     * it, it stays in WAL mode. */
    if (store->put_verdict && !store->reading)
        sqlite3_exec(store->sql.db, "PRAGMA journal_mode=DELETE", NULL, NULL, NULL);
    sqlite3_close(store->sql.db);
    lock_release(&store->lock);
}
