#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What the C library says of an errno.
func libraryMeaning(_ number: CInt) -> String { String(cString: strerror(number)) }
