/* Runs the program (environment ATTNDYN_PROGRAM) and keeps what it said. */
#ifndef TESTS_CLI_PROGRAM_H
#define TESTS_CLI_PROGRAM_H

#include "tests/folder.h"

struct outcome {
    int code;        /* exit code; 128 + signal if killed */
    char text[8192]; /* stdout and stderr together, cut */
};

struct outcome program_run(const char *arguments); /* as a shell would split them */
struct outcome program_shell(const char *command);

/* Runs a shell line in which $P is the program and $F the folder, and checks its exit code and that
 * its output has these words. */
struct outcome program_says(const char *folder, const char *line, int code, const char *said);
/* The same, in the folder. */
struct outcome program_says_in(const char *folder, const char *line, int code, const char *said);

/* A line, its exit code, and words that it says. */
struct program_line {
    const char *line;
    int code;
    const char *said;
};
/* `line` runs an experiment. Runs it twice in the folder, with --out one and with --out two and two
 * threads, and demands the same bytes of the tables (names, with spaces between them). */
void program_same_again(const char *folder, const char *line, const char *tables);

/* For a file whose tests each run the program in a folder: `folder`, and in_a_folder() as in
 * tests/folder.h. */
#define TESTS_IN_A_FOLDER(name)                                                                    \
    static char folder[64];                                                                        \
    static void set_up(void) {                                                                     \
        folder_make(folder, name);                                                                 \
    }                                                                                              \
    static void tear_down(void) {                                                                  \
        folder_remove(folder, "*");                                                                \
    }                                                                                              \
    IN_A_FOLDER

/* Lines that run there, as program_says() does: one that ends well, and one that ends otherwise. */
#define shell(line, said) program_says_in(folder, line, 0, said)
#define shell_ends(line, code, said) program_says_in(folder, line, code, said)

/* Shell: prints a text of so many lines, each of nine words from 23 and of one at its end. */
#define WORDS(lines, end)                                                                          \
    "awk 'BEGIN {for (i = 0; i < " lines                                                           \
    "; i++) {for (j = 0; j < 9; j++) printf \"w%d \", (i * 7 "                                     \
    "+ j * j) % 23; print \"" end "\"}}'"
/* Shell: a text in three splits. */
#define SPLITS(folder, lines)                                                                      \
    "mkdir " folder "; for s in train valid test; do " WORDS(lines, ".") " > " folder "/$s.txt; "  \
                                                                         "done; "

/* Shell: waits until the process is the program and catches SIGINT, as the kernel lists it (bit 1
 * of SigCgt), a minute at most: a busy machine starts a program late, and until then it is a shell,
 * which catches the signal, too. */
#define UNTIL_IT_HEEDS(pid)                                                                        \
    "h=0; until grep -q attndyn /proc/" pid "/comm && grep -q 'SigCgt.*[2367abef]$' /proc/" pid    \
    "/status || [ $h = 1200 ]; do sleep 0.05; h=$((h+1)); done; "

/* Shell: a process of another owner holds the lock from here on, until `kill $held`. */
#define HOLD_LOCK(file)                                                                            \
    "(flock 9; exec sleep 60) 9>" file " & held=$!; h=0; while flock -n " file                     \
    " true && [ $h -lt 1200 ]; do sleep 0.05; h=$((h+1)); done; "

#endif
