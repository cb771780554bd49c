/* What Swift sees of the jailer: the form of a plan, and what carries one out in this process. */
#ifndef JAILER_PUBLIC_H
#define JAILER_PUBLIC_H

#include "jailer_enter.h"
#include "jailer_plan.h"

#endif
