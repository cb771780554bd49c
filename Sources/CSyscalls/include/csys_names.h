/* A system call's name, for messages; NULL for a number that this package does not make itself. */
#ifndef CSYS_NAMES_H
#define CSYS_NAMES_H

const char *csys_name(unsigned number);

#endif
