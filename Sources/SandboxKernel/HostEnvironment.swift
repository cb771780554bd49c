#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The calling process's own environment variables.
package enum HostEnvironment {
  /// A variable's value; nil where it is not set.
  package static func value(of name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
