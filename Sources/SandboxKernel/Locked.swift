internal import CSyscalls
internal import Synchronization

/// A value that one thread at a time has: Mutex, and ThreadSanitizer told of it. The standard library is not built for that, so
/// that what happens under its lock looks to it like a race.
package struct Locked<Value: ~Copyable>: ~Copyable, Sendable {
  private let mutex: Mutex<Value>

  package init(_ value: consuming sending Value) { mutex = Mutex(value) }

  package borrowing func withLock<Result: ~Copyable, Failure: Error>(
    _ body: (inout sending Value) throws(Failure) -> sending Result
  ) throws(Failure) -> sending Result {
    // The place of the lock, not of the value, which nobody may name before the lock is taken.
    let place = withUnsafePointer(to: mutex) { UnsafeMutableRawPointer(mutating: UnsafeRawPointer($0)) }
    return try mutex.withLock { value throws(Failure) in
      csys_lock_taken(place)
      defer { csys_lock_given(place) }
      return try body(&value)
    }
  }
}
