import ArgumentParser
import Sandbox

/// A mount of the command line, with its place there: mounts are made in the order in which they are written, whatever
/// their kinds, but the parser keeps an order only within a kind.
struct PlacedMount {
  let place: Int
  let mount: Mount

  /// The parser is a single thread, which reads the arguments from left to right.
  nonisolated(unsafe) private static var last = 0

  init(_ mount: Mount) {
    Self.last += 1
    self.place = Self.last
    self.mount = mount
  }
}

/// `SOURCE[:TARGET]`, in which `\:` is a colon.
struct PathPair {
  let first: String
  let second: String?

  init(_ text: String) throws {
    var parts = [""]
    var isEscaped = false
    for character in text {
      if isEscaped {
        parts[parts.count - 1] += character == ":" ? ":" : "\\\(character)"
        isEscaped = false
      } else if character == "\\" {
        isEscaped = true
      } else if character == ":" {
        parts.append("")
      } else {
        parts[parts.count - 1].append(character)
      }
    }
    if isEscaped { parts[parts.count - 1] += "\\" }
    guard parts.count <= 2 else {
      throw ValidationError("\"\(text)\" has more than one \":\"; write a colon of a path as \"\\:\"")
    }
    self.first = parts[0]
    self.second = parts.count == 2 ? parts[1] : nil
  }
}

struct MountOptions: ParsableArguments {
  @Option(
    name: .customLong("bind"),
    help: .init("A file or directory of the host, read-only. (filesystem.mounts)", valueName: "source[:target]"),
    transform: { text in
      let pair = try PathPair(text)
      return PlacedMount(.bind(pair.first, at: pair.second ?? pair.first))
    })
  var binds: [PlacedMount] = []

  @Option(
    name: .customLong("bind-rw"),
    help: .init("The same, writable: the host sees what is written. (filesystem.mounts)", valueName: "source[:target]"),
    transform: { text in
      let pair = try PathPair(text)
      return PlacedMount(.bind(pair.first, at: pair.second ?? pair.first, access: .readWrite))
    })
  var writableBinds: [PlacedMount] = []

  @Option(
    name: .customLong("bind-try"),
    help: .init("As --bind; left out where the source does not exist. (filesystem.mounts)", valueName: "source[:target]"),
    transform: { text in
      let pair = try PathPair(text)
      return PlacedMount(.bind(pair.first, at: pair.second ?? pair.first, ifExists: true))
    })
  var optionalBinds: [PlacedMount] = []

  @Option(
    name: .customLong("tmpfs"),
    help: .init("An empty directory in memory, of 64MiB unless said otherwise. (filesystem.mounts)", valueName: "target[:size]"),
    transform: { text in
      let pair = try PathPair(text)
      guard let written = pair.second else { return PlacedMount(.tmpfs(at: pair.first)) }
      guard let size = ByteCount(written) else { throw ValidationError("\"\(written)\" is no size; write it as 256MiB") }
      return PlacedMount(.tmpfs(at: pair.first, size: size))
    })
  var memoryDirectories: [PlacedMount] = []

  @Option(
    name: .customLong("dir"), help: .init("An empty directory. (filesystem.mounts)", valueName: "target"),
    transform: { PlacedMount(.directory(at: $0)) })
  var directories: [PlacedMount] = []

  @Option(
    name: .customLong("symlink"),
    help: .init("A symbolic link. (filesystem.mounts)", valueName: "target:destination"),
    transform: { text in
      let pair = try PathPair(text)
      guard let destination = pair.second else { throw ValidationError("\"\(text)\" names no destination after a \":\"") }
      return PlacedMount(.symlink(at: pair.first, to: destination))
    })
  var links: [PlacedMount] = []

  @Flag(name: .customLong("empty-root"), help: "A root with nothing in it but what the options name. (filesystem.mounts)")
  var hasEmptyRoot = false

  /// All of them, as they were written.
  var inOrder: [Mount] {
    (binds + writableBinds + optionalBinds + memoryDirectories + directories + links).sorted { $0.place < $1.place }.map(\.mount)
  }
}
