/* Starts an executable image in a process that shares nothing with its parent but the moment of birth. */
#ifndef CSYS_SPAWN_H
#define CSYS_SPAWN_H

#include <stdint.h>

struct csys_spawned {
    int32_t pid;
    int32_t pidfd; /* close-on-exec; -1 where it failed */
    int32_t call;  /* number of the call that failed, of those between clone and exec */
};

/* clone3(CLONE_VM | CLONE_VFORK | CLONE_PIDFD | CLONE_CLEAR_SIGHAND), then execveat(image, "", AT_EMPTY_PATH).
 *
 * `sources` become the child's descriptors 0, 1, 2, …; it has no other. Blocks until the child has
 * executed or ended. Gives 0, or -errno with `to->call` saying which call. When a call between clone and exec
 * failed, the child has already been waited for.
 *
 * Between the two calls the child shares this process's memory, so it runs nothing but raw system calls on a
 * stack of its own: no libc, no lock, no allocation, no signal handler (CLONE_CLEAR_SIGHAND).
 */
int csys_spawn(int image, const char *const arguments[], const char *const environment[], const int sources[],
               unsigned count, struct csys_spawned *to);

#endif
