package import SystemPackage
internal import CSyscalls

/// A system call that the kernel refused.
package struct SystemCallError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The call's name, as in its man page.
  package let call: String
  /// Its arguments, as far as they help to understand it.
  package let arguments: String
  package let errno: Errno

  package init(_ call: String, _ arguments: String = "", errno: Errno) {
    self.call = call
    self.arguments = arguments
    self.errno = errno
  }

  package var description: String { "\(call)(\(arguments)): \(errno.name) (\(errno.meaning))" }
}

/// The result of a raw call, or what it failed with.
package func check(_ result: Int, _ call: @autoclosure () -> String, _ arguments: @autoclosure () -> String = "")
  throws(SystemCallError) -> Int
{
  guard result < 0 else { return result }
  throw SystemCallError(call(), arguments(), errno: Errno(rawValue: CInt(-result)))
}

/// Repeats a call that a signal interrupted.
package func uninterrupted(_ call: () -> Int) -> Int {
  while true {
    let result = call()
    if result != -Int(Errno.interrupted.rawValue) { return result }
  }
}

/// The name of a call that this package makes, by its number.
package func systemCallName(_ number: Int) -> String? {
  guard let number = UInt32(exactly: number), let name = csys_name(number) else { return nil }
  return String(cString: name)
}
