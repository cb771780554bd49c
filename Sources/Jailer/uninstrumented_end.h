/* The end of what interpreter.h begins. */
#if defined(JAILER_UNINSTRUMENTED)
#pragma clang attribute pop
#undef JAILER_UNINSTRUMENTED
#endif
