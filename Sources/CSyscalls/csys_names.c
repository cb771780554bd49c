#include "csyscalls.h"

const char *csys_name(unsigned number)
{
    switch (number) {
#if defined(__x86_64__)
#define CSYS_NAME(name, x86_64, aarch64) case x86_64: return #name;
#else
#define CSYS_NAME(name, x86_64, aarch64) case aarch64: return #name;
#endif
        CSYS_NUMBERS(CSYS_NAME)
#undef CSYS_NAME
    default: return NULL;
    }
}
