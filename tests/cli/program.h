/* Runs the program (environment ATTNDYN_PROGRAM) and keeps what it said. */
#ifndef TESTS_CLI_PROGRAM_H
#define TESTS_CLI_PROGRAM_H

struct outcome {
    int code;        /* exit code; 128 + signal if killed */
    char text[8192]; /* stdout and stderr together, cut */
};

struct outcome program_run(const char *arguments); /* as a shell would split them */
struct outcome program_shell(const char *command);

#endif
