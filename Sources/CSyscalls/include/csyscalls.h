/* Numbers, structures and raw calls of the Linux kernel. No policy, no libc, no state. */
#ifndef CSYSCALLS_H
#define CSYSCALLS_H

#include "csys_numbers.h"
#include "csys_raw.h"
#include "csys_structs.h"
#include "csys_calls.h"
#include "csys_clone.h"
#include "csys_names.h"
#include "csys_spawn.h"
#include "csys_attempt.h"
#include "csys_order.h"

#endif
