import ArgumentParser
import Sandbox
import SandboxKernel

/// What the options of mounts mean.
enum MountWords {
  /// `SOURCE[:TARGET[:OPTIONS]]`.
  static func bind(_ text: String, option: String, access: BindAccess, ifExists: Bool = false) throws -> PlacedMount {
    let parts = try MountText(text, most: 3)
    return PlacedMount(
      .bind(
        try bind(parts.first, option: option, access: access, ifExists: ifExists, words: parts.options),
        at: parts.second ?? parts.first))
  }

  private static let bindWords = ["noexec", "private", "slave", "shared", "unbindable", "uidmap", "gidmap"]

  /// - Parameter words: `noexec`, a propagation, `uidmap=33:1000:1`, `gidmap=…`.
  static func bind(_ source: String, option: String, access: BindAccess, ifExists: Bool = false, words: [String]) throws -> Bind {
    var bind = Bind(source, access: access, ifExists: ifExists)
    var users: [BindIDMap.Range] = []
    var groups: [BindIDMap.Range] = []
    var said = SaidWords(of: option)
    for word in words {
      if word == "noexec" {
        try said.once("noexec", by: word)
        bind.allowsExecution = false
      } else if let propagation = Propagation(rawValue: word) {
        try said.once("propagation", by: word)
        bind.propagation = propagation
      } else if word.hasPrefix("uidmap=") {
        users.append(try range(word, option: option))
      } else if word.hasPrefix("gidmap=") {
        groups.append(try range(word, option: option))
      } else {
        throw MountText.unknown(word, of: option, among: bindWords)
      }
    }
    if !users.isEmpty || !groups.isEmpty { bind.idMap = BindIDMap(users: users, groups: groups) }
    return bind
  }

  private static func range(_ word: String, option: String) throws -> BindIDMap.Range {
    let parts = word.dropFirst("uidmap=".count).split(separator: ":", omittingEmptySubsequences: false)
    let numbers = parts.map { $0.isDigits ? UInt32($0) : nil }
    guard (2...3).contains(numbers.count), !numbers.contains(nil) else {
      throw ValidationError("--\(option): \"\(word)\" is not \(word.prefix(6))=source:inside[:count]")
    }
    return .init(source: numbers[0]!, inside: numbers[1]!, count: numbers.count == 3 ? numbers[2]! : 1)
  }

  /// `TARGET[:OPTION,…]`: `SIZE`, `inodes=N`, `mode=0755`, `noexec`.
  static func tmpfs(_ text: String) throws -> PlacedMount {
    let parts = try MountText(text).separated(of: "tmpfs")
    var (size, inodes, mode, allowsExecution) = (ByteCount.mebibytes(64), UInt64(16_384), UInt32(0o1777), true)
    var said = SaidWords(of: "tmpfs")
    for word in parts.second.map(MountText.list) ?? [] {
      let pair = word.split(separator: "=", maxSplits: 1).map(String.init)
      try said.once(pair.count == 2 || word == "noexec" ? pair[0] : "size", by: word)
      switch (pair.first, pair.dropFirst().first) {
      case ("noexec", nil): allowsExecution = false
      case ("size", let value?), (let value?, nil):
        guard let read = ByteCount(value) else {
          throw ValidationError("--tmpfs: \"\(value)\" is no size; write it as 256MiB")
        }
        size = read
      case ("inodes", let value?):
        guard value.isDigits, let read = UInt64(value) else {
          throw ValidationError("--tmpfs: \"\(value)\" is no number of inodes")
        }
        inodes = read
      case ("mode", let value?):
        guard let read = UInt32(octal: value) else {
          throw ValidationError("--tmpfs: \"\(value)\" is no octal number, as 0755")
        }
        mode = read
      default: throw MountText.unknown(word, of: "tmpfs", among: ["size", "inodes", "mode", "noexec"])
      }
    }
    return PlacedMount(.tmpfs(at: parts.first, size: size, inodes: inodes, mode: mode, allowsExecution: allowsExecution))
  }

  /// `TARGET[:OPTION,…]`: `subset=pid`, `hidepid=invisible`, `gid=1000`.
  static func proc(_ text: String) throws -> PlacedMount {
    let parts = try MountText(text).separated(of: "proc")
    var options = ProcOptions()
    let words = ["subset=pid"] + HidePID.allCases.map { "hidepid=\($0.rawValue)" } + ["gid=N"]
    var said = SaidWords(of: "proc")
    for word in parts.second.map(MountText.list) ?? [] {
      if word == "subset=pid" {
        try said.once("subset", by: word)
        options.subset = .pid
      } else if word.hasPrefix("hidepid="), let hidepid = HidePID(rawValue: String(word.dropFirst("hidepid=".count))) {
        try said.once("hidepid", by: word)
        options.hidepid = hidepid
      } else if word.hasPrefix("gid="), word.dropFirst("gid=".count).isDigits, let group = UInt32(word.dropFirst("gid=".count)) {
        try said.once("gid", by: word)
        options.group = group
      } else {
        throw MountText.unknown(word, of: "proc", among: words)
      }
    }
    return PlacedMount(.proc(at: parts.first, subset: options.subset, hidepid: options.hidepid, group: options.group))
  }

  /// `SOURCE[:TARGET]=REASON`.
  static func device(_ text: String) throws -> PlacedMount {
    let halves = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard halves.count == 2 else { throw ValidationError("--dev-bind: say why, as --dev-bind \(text)=\"a reason\"") }
    let parts = try MountText(halves[0])
    return PlacedMount(.device(parts.first, at: parts.second, because: halves[1]))
  }

  /// `SOURCE:TARGET`.
  /// What has been read, by path: a command line that is wrong is parsed twice (`SandboxCommand.parsed`), and a pipe says what it
  /// says once.
  private static let read = Locked<[String: [UInt8]]>([:])

  private static func contents(of path: String) throws(ToolFailure) -> [UInt8] {
    try read.withLock { read throws(ToolFailure) in
      if let known = read[path] { return known }
      let contents = try HostFile.contents(of: path)
      read[path] = contents
      return contents
    }
  }

  static func file(_ text: String) throws -> PlacedMount {
    let parts = try MountText(text)
    guard let target = parts.second else { throw ValidationError("--file: \"\(text)\" names no target after a \":\"") }
    do throws(ToolFailure) {
      return PlacedMount(.file(at: target, contents: try contents(of: parts.first)))
    } catch {
      throw ValidationError("--file: \(error.message)")
    }
  }
}

/// What one option has said already: of two words about the same, neither can be meant.
private struct SaidWords {
  private let option: String
  private var words: [String: String] = [:]

  init(of option: String) { self.option = option }

  mutating func once(_ subject: String, by word: String) throws {
    if let earlier = words.updateValue(word, forKey: subject) {
      throw ValidationError("--\(option): \"\(earlier)\" and \"\(word)\" are about the same: write one of them")
    }
  }
}

extension StringProtocol {
  /// Whether it is digits and nothing else: `UInt32("+7")` is a number, too.
  fileprivate var isDigits: Bool { !isEmpty && utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } }
}
