#include "tests/cli/program.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

struct outcome program_shell(const char *command) {
    struct outcome outcome = {.code = -1};
    char *line = malloc(strlen(command) + 100);
    if (!line) return outcome;
    sprintf(line, "{ %s\n} 2>&1", command);
    FILE *from = popen(line, "r");
    free(line);
    if (!from) return outcome;
    size_t used = fread(outcome.text, 1, sizeof outcome.text - 1, from);
    outcome.text[used] = '\0';
    char drain[4096];
    while (fread(drain, 1, sizeof drain, from) > 0) {
    }
    int how = pclose(from);
    outcome.code = WIFEXITED(how) ? WEXITSTATUS(how) : 128 + WTERMSIG(how);
    return outcome;
}

struct outcome program_run(const char *arguments) {
    const char *program = getenv("ATTNDYN_PROGRAM");
    if (!program) program = "build/attndyn";
    char *line = malloc(strlen(arguments) + strlen(program) + 10);
    if (!line) return (struct outcome){.code = -1};
    sprintf(line, "%s %s", program, arguments);
    struct outcome outcome = program_shell(line);
    free(line);
    return outcome;
}

struct outcome program_says(const char *folder, const char *line, int code, const char *said) {
    char command[2000];
    int length =
        snprintf(command, sizeof command,
                 "P=$(realpath \"${ATTNDYN_PROGRAM:-build/attndyn}\"); F=%s; %s", folder, line);
    ck_assert_int_lt(length, sizeof command);
    struct outcome o = program_shell(command);
    ck_assert_msg(o.code == code, "%s: exit %d, expected %d: %s", line, o.code, code, o.text);
    ck_assert_msg(strstr(o.text, said) != NULL, "%s: '%s' lacks '%s'", line, o.text, said);
    return o;
}

struct outcome program_says_in(const char *folder, const char *line, int code, const char *said) {
    char here[1900];
    int length = snprintf(here, sizeof here, "cd $F; %s", line);
    ck_assert_int_lt(length, sizeof here);
    return program_says(folder, here, code, said);
}

void program_same_again(const char *folder, const char *line, const char *tables) {
    char twice[1500];
    int length =
        snprintf(twice, sizeof twice,
                 "%s --no-plot --out one && %s --no-plot --out two --threads 2 && for t in "
                 "%s; do cmp one/$t.csv two/$t.csv || exit 9; done && echo same",
                 line, line, tables);
    ck_assert_int_lt(length, sizeof twice);
    program_says_in(folder, twice, 0, "same");
}
