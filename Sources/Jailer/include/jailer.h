/* What Swift sees of the jailer: the plan's form. */
#ifndef JAILER_PUBLIC_H
#define JAILER_PUBLIC_H

#include "jailer_plan.h"

#endif
