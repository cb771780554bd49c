package import SandboxKernel
internal import SystemPackage

/// The names of a host's users and groups; a value, so that a plan can be tested without the host.
package struct HostAccounts: Hashable, Sendable {
  package var users, groups: [String: UInt32]

  package init(users: [String: UInt32] = [:], groups: [String: UInt32] = [:]) {
    self.users = users
    self.groups = groups
  }

  /// From /etc/passwd and /etc/group, read as files: getpwnam(3) loads libraries into the process, and does not work in a
  /// static executable. A file that is not there names nobody.
  package static func current() throws(SystemCallError) -> HostAccounts {
    HostAccounts(users: try numbers(in: "/etc/passwd"), groups: try numbers(in: "/etc/group"))
  }

  private static func numbers(in path: String) throws(SystemCallError) -> [String: UInt32] {
    do throws(SystemCallError) {
      return numbers(of: try HostPath.text(of: path))
    } catch {
      if error.errno == .noSuchFileOrDirectory { return [:] }
      throw error
    }
  }

  /// Of both files the first field is the name, the third the number; the first of two lines with one name counts.
  package static func numbers(of text: String) -> [String: UInt32] {
    var numbers: [String: UInt32] = [:]
    for line in text.split(separator: "\n") {
      let fields = line.split(separator: ":", omittingEmptySubsequences: false)
      guard fields.count > 2, let number = UInt32(fields[2]) else { continue }
      let name = String(fields[0])
      if numbers[name] == nil { numbers[name] = number }
    }
    return numbers
  }
}
