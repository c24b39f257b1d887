/* Reading a store never writes: a finished one is a single file, which may lie in a folder of
 * somebody else; one owner at a time writes it, whatever name it is reached by. */
#include "tests/cli/program.h"
#include "tests/support.h"

TESTS_IN_A_FOLDER("reading");

#define SWEEP "$P sweep lowrank/memory shape=60M,130M r=1:60 "
/* Names, sizes, times and bytes of all that stands in the folder w. */
#define LOOK "(cd w && ls -lA --time-style=full-iso && sha256sum *)"

TEST(a_finished_store_is_one_file) {
    shell("mkdir w; " SWEEP "--store w/s.db > /dev/null; ls w", "s.db\n");
    shell("ls w | wc -l", "1\n");
    /* made of parts, and interrupted */
    shell("for i in 1 2; do " SWEEP "--store p$i.db --shard $i/2 > /dev/null; done; " SWEEP
          "--store w/m.db --merge p1.db --merge p2.db > /dev/null; ls w p?.db* | tr '\\n' ' '",
          "p1.db p2.db");
    shell_ends("ls -a w p?.db* | grep -c -e wal -e shm -e lock", 1, "0");
    /* In SQLite's header: no journal beside the file, so that others read it from read-only media.
     */
    shell("for f in w/s.db w/m.db p1.db; do od -An -j18 -N2 -tu1 $f; done | tr -s ' \\n' ' '",
          " 1 1 1 1 1 1");
}

TEST(reading_leaves_everything_as_it_stood) {
    shell("mkdir w; " SWEEP "--store w/s.db > /dev/null; " SWEEP
          "--store w/a.db --shard 1/2 > /dev/null; " LOOK
          " > before; $P plot w/s.db --out f --scalar galore_bytes > /dev/null; " SWEEP
          "--store m.db --merge w/a.db > /dev/null; " LOOK " | diff before - && echo untouched",
          "untouched");
}

/* A colleague's read-only store. (Root may write anywhere, so as root this cannot be tested.) */
TEST(a_store_in_a_folder_of_somebody_else) {
    shell(
        "mkdir w; " SWEEP
        "--store w/s.db > /dev/null; chmod a-w w w/s.db; chmod a+rx . w; mkdir mine; "
        "user=; cp $P program; if [ $(id -u) = 0 ]; then command -v setpriv > /dev/null || { echo 1 figure drawn "
        "in s.db.figures, skipped; exit 0; }; chown 65534 mine; user='setpriv --reuid=65534 --regid=65534 "
        "--clear-groups'; fi; cd mine; $user ../program plot ../w/s.db --scalar galore_bytes",
        "1 figure drawn in s.db.figures");
    shell("chmod u+w w; true", "");
    /* a journal that was copied without SQLite's index of it */
    shell_ends(
        "mkdir k; " SWEEP
        "--store k/s.db > /dev/null; printf x > k/s.db-wal; chmod a-w k; chmod a+rx k; "
        "user=; if [ $(id -u) = 0 ]; then command -v setpriv > /dev/null || { echo left s.db-wal, "
        "skipped; exit 66; }; user='setpriv --reuid=65534 --regid=65534 --clear-groups'; fi; cd k; "
        "$user ../program export s.db",
        66, "left s.db-wal");
    shell("chmod u+w k; true", "");
}

/* After a kill the finished runs are in SQLite's journal; they are read without changing it. */
TEST(a_killed_sweep_is_read_as_it_lies) {
    shell(
        "mkdir w; $P sweep lowrank/memory r=1:200000 --store w/s.db > /dev/null 2>&1 & p=$!; n=0; until [ "
        "$(stat -c %s w/s.db-wal 2>/dev/null || echo 0) -gt 10000000 ] || [ $n = 600 ]; do sleep 0.05; n=$((n+1)); "
        "done; kill -9 $p; wait $p 2>/dev/null; test -s w/s.db-wal || echo no journal; cd w; sha256sum s.db "
        "s.db-wal > ../before; $P plot s.db --out ../f --scalar galore_bytes > /dev/null 2>&1 && sha256sum s.db "
        "s.db-wal | diff ../before - && test -s ../f/galore_bytes.svg && echo as it lies",
        "as it lies");
}

TEST(one_owner_whatever_the_name) {
    shell(
        SWEEP "--store s.db > /dev/null; ln -s s.db link; mkdir d; ln -s ../s.db d/far; " HOLD_LOCK(
            "s.db.lock") "for n in s.db ./s.db link d/far $PWD/s.db; do " SWEEP
                         "--store $n 2>&1; echo $?; done | grep -c -e 'in use by another process' -e '^74'; kill $held",
        "10");
    shell_ends("ln s.db hard; " SWEEP "--store hard", 64, "has 2 names (hard links)");
    shell("rm hard; " SWEEP "--store link --csv link.csv && test -L link && ls",
          "120 had ended before");
}

TCASE(reading) {
    in_a_folder(tcase, 120);
    tcase_add_tests(tcase, a_finished_store_is_one_file, reading_leaves_everything_as_it_stood,
                    a_store_in_a_folder_of_somebody_else, a_killed_sweep_is_read_as_it_lies,
                    one_owner_whatever_the_name);
}
