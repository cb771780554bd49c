internal import CSyscalls

extension HostPath {
  /// Where a path leads, name by name, with the symbolic links on the way.
  package struct Resolution: Hashable, Sendable {
    /// A symbolic link: where it stands (no link lies on the way there), what it says, and whose it is.
    package struct Link: Hashable, Sendable {
      package let path, destination: String
      package let uid: UInt32
    }

    /// A path to the same without any link.
    package let real: String
    package let links: [Link]
    package let status: Status

    /// A link on the way that somebody else made, who is not root, and not the owner of what it leads to either: they may only
    /// hope that a process with more rights follows it.
    package func misleadingLink(for user: UInt32) -> Link? {
      links.first { $0.uid != 0 && $0.uid != user && $0.uid != status.uid }
    }
  }

  /// Why a path leads nowhere.
  package enum Dead: Error, Hashable, Sendable {
    /// There is nothing, or it cannot be reached, or a part of the way is no directory.
    case missing(String)
    /// More symbolic links than the kernel follows (ELOOP).
    case loop
  }

  /// Follows a path as the kernel does, by lstat(2) and readlink(2).
  package static func resolution(of path: String) throws(Dead) -> Resolution {
    var names = path.split(separator: "/").map(String.init)
    names.reverse()
    var walked: [String] = []
    var links: [Resolution.Link] = []
    var status = Self.status("/", followed: false)
    while let name = names.popLast() {
      if name == "." { continue }
      if name == ".." {
        if !walked.isEmpty { walked.removeLast() }
        continue
      }
      let here = "/" + (walked + [name]).joined(separator: "/")
      status = Self.status(here, followed: false)
      guard let found = status else { throw .missing(here) }
      guard found.kind == .symlink else {
        walked.append(name)
        continue
      }
      guard let destination = Self.destination(ofLink: here) else { throw .missing(here) }
      guard links.count < 40 else { throw .loop }
      links.append(.init(path: here, destination: destination, uid: found.uid))
      if destination.hasPrefix("/") { walked = [] }
      names += destination.split(separator: "/").map(String.init).reversed()
    }
    let real = "/" + walked.joined(separator: "/")
    // After a "..", or a link to one, what was looked at last is not what it came to.
    status = Self.status(real, followed: false)
    guard let status else { throw .missing(real) }
    return Resolution(real: real, links: links, status: status)
  }
}
