#ifndef CSYS_ORDER_H
#define CSYS_ORDER_H

/* For who holds a lock that ThreadSanitizer cannot see into: what was done by who held it before has been done. They do nothing
 * in a program that is not built for it. */
void csys_lock_taken(void *what);
void csys_lock_given(void *what);

#endif
