#include "tests/cli/program.h"

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
