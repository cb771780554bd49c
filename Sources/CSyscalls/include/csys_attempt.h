/* Finds out by doing whether this process may make namespaces. */
#ifndef CSYS_ATTEMPT_H
#define CSYS_ATTEMPT_H

#include <stdint.h>

/* clone3(2) of a child that has the namespaces of `flags` and ends at once. It is waited for, and no SIGCHLD tells of
 * it. 0, or -errno of clone3. */
int csys_attempt_namespaces(uint64_t flags);

#endif
