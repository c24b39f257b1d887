/* Runs the program (environment ATTNDYN_PROGRAM) and keeps what it said. */
#ifndef TESTS_CLI_PROGRAM_H
#define TESTS_CLI_PROGRAM_H

struct outcome {
    int code;        /* exit code; 128 + signal if killed */
    char text[8192]; /* stdout and stderr together, cut */
};

struct outcome program_run(const char *arguments); /* as a shell would split them */
struct outcome program_shell(const char *command);

/* A folder of the test's own, /tmp/attndyn-NAME-..., and its end. */
void folder_make(char folder[64], const char *name);
void folder_remove(const char *folder);
/* Runs a shell line in which $P is the program and $F the folder, and demands exit code and words.
 */
struct outcome program_says(const char *folder, const char *line, int code, const char *said);

#endif
