#pragma once

struct allocations {
    unsigned long count, bytes;
};

/* What this process has allocated until now. */
struct allocations allocations_now(void);
