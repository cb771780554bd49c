/* libseccomp, and what of it a Swift program cannot read: macros that take an argument or build on others. */
#ifndef CLIBSECCOMP_SHIM_H
#define CLIBSECCOMP_SHIM_H

#include <errno.h>
#include <seccomp.h>

static inline uint32_t libseccomp_action_errno(uint16_t number) { return SCMP_ACT_ERRNO(number); }
static const uint32_t libseccomp_x86_64 = SCMP_ARCH_X86_64;
static const uint32_t libseccomp_aarch64 = SCMP_ARCH_AARCH64;

#endif
