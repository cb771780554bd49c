/// The signal that the C library keeps for itself, never blocks for long, and lets nobody else use.
package enum EntrySignal {
  #if canImport(Glibc)
    /// `SIGSETXID` of glibc.
    package static let number: CInt = 33
  #else
    /// `SIGSYNCCALL` of musl.
    package static let number: CInt = 34
  #endif
}
