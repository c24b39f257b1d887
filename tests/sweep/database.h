/* A sweep's store changed behind the program's back. */
#ifndef TESTS_SWEEP_DATABASE_H
#define TESTS_SWEEP_DATABASE_H

/* Runs SQL statements on the file NAME of the folder; the last must change so many rows. */
void database_change(const char *folder, const char *name, const char *statements, int rows);

#endif
