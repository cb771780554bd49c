internal import SandboxKernel

/// What the kernel and the loader need of the host to start a program: itself, its interpreter, and the libraries that it is
/// linked with, by the paths under which they look for them.
package struct ProgramClosure: Hashable, Sendable {
  /// Regular files, each by a path without symbolic links.
  package var files: [String] = []
  /// The symbolic links by which they are found, by path.
  package var links: [String: String] = [:]
  /// What is missing, or cannot be.
  package var problem: String?

  package init(files: [String] = [], links: [String: String] = [:], problem: String? = nil) {
    self.files = files
    self.links = links
    self.problem = problem
  }

  /// Looks at the host's files, as they are now.
  package init(of program: String) { self.init(of: program, cache: nil) }

  /// - Parameter cache: as it is now, where that is known.
  init(of program: String, cache: LoaderCache?) {
    do {
      var search = LibrarySearch(cache: cache)
      try search.addProgram(program, depth: 0)
      files = search.found.files
      links = search.found.links
    } catch { problem = error.message }
  }
}

struct ClosureError: Error { let message: String }

/// Finds libraries as ld.so(8) does, but for LD_LIBRARY_PATH and its kin, which are the environment's.
struct LibrarySearch {
  var found = ProgramClosure()
  /// Read when it is asked: a program that is static, or a script of one, needs none.
  private var cache: LoaderCache?
  private var loaded: Set<String> = []
  private var interpreters: Set<String> = []
  /// The directories on the way to the program, which its caller has named: what is private there is meant.
  private var named: Set<String> = []
  private let uid = ProcessIdentity.effectiveUser
  /// What a program can make planning do: objects to be read, and places to be looked at.
  private var objects = 0, places = 0
  private static let mostObjects = 512, mostPlaces = 50_000

  init(cache: LoaderCache?) { self.cache = cache }

  /// An object, with whom it was loaded for.
  private final class Loaded {
    let file: ELFFile
    /// What `$ORIGIN` means.
    let origin: String
    let loader: Loaded?

    init(_ file: ELFFile, origin: String, loader: Loaded?) {
      self.file = file
      self.origin = origin
      self.loader = loader
    }
  }

  /// A script's interpreter may be a script; the kernel follows four.
  mutating func addProgram(_ path: String, depth: Int) throws(ClosureError) {
    let real = try bring(path, neededBy: nil, isNamed: depth == 0)
    if let (interpreter, argument) = Self.interpreter(ofScript: real) {
      guard depth < 4 else { throw ClosureError(message: "\"\(path)\" is a script of a script of a script, too deep to be run") }
      guard interpreter.hasPrefix("/") else {
        throw ClosureError(message: "\"\(path)\" names \"\(interpreter)\" as its interpreter, which is no absolute path")
      }
      try addProgram(interpreter, depth: depth + 1)
      if Self.name(of: interpreter) == "env" { try addProgram(Self.program(ofEnv: argument, in: path), depth: depth + 1) }
      return
    }
    guard let file = ELFFile(real), file.kind != .other else {
      throw ClosureError(message: "\"\(path)\" is neither a 64-bit program nor a script, or cannot be read")
    }
    guard file.machine == ELFFile.ownMachine else {
      throw ClosureError(message: "\"\(path)\" is a program for another kind of processor")
    }
    try refuseExcess(of: file, at: path)
    guard let interpreter = file.interpreter else { return }
    guard interpreter.hasPrefix("/") else {
      throw ClosureError(message: "\"\(path)\" names \"\(interpreter)\" as its loader, which is no absolute path")
    }
    let loader = try bring(interpreter, neededBy: path)
    // Or the program's file could name any other, and the jail would have it.
    guard let loaderFile = ELFFile(loader), loaderFile.machine == ELFFile.ownMachine, loaderFile.kind == .sharedObject else {
      throw ClosureError(message: "\"\(interpreter)\", which \"\(path)\" names as its loader, is none")
    }
    // Another program's libraries of the same names may be others.
    loaded = []
    interpreters = [Self.directory(of: loader)]
    loaded.insert(Self.name(of: interpreter))
    if let soname = loaderFile.soname { loaded.insert(soname) }
    let isMusl = Self.name(of: interpreter).hasPrefix("ld-musl-")
    try addLibraries(of: Loaded(file, origin: Self.directory(of: real), loader: nil), isMusl: isMusl)
  }

  private mutating func refuseExcess(of file: ELFFile, at path: String) throws(ClosureError) {
    objects += 1
    if let excess = file.excess { throw ClosureError(message: "\"\(path)\" \(excess)") }
    guard objects <= Self.mostObjects else {
      throw ClosureError(message: "\"\(found.files[0])\" needs more than \(Self.mostObjects) libraries")
    }
  }

  private mutating func lookAt(_ count: Int) throws(ClosureError) {
    places += count
    guard places <= Self.mostPlaces else {
      throw ClosureError(message: "the libraries of \"\(found.files[0])\" would have to be looked for in too many places")
    }
  }

  private mutating func addLibraries(of program: Loaded, isMusl: Bool) throws(ClosureError) {
    var next = [program]
    while !next.isEmpty {
      let object = next.removeFirst()
      for name in object.file.needed where !loaded.contains(name) {
        if isMusl, Self.isPartOfMusl(name) { continue }
        let places = try isMusl ? muslPlaces(of: name, for: object) : places(of: name, for: object)
        guard !places.isEmpty else {
          if object.file.auxiliary.contains(name) { continue }
          throw ClosureError(message: "\"\(name)\", which \"\(found.files[0])\" is linked with, is nowhere to be found")
        }
        loaded.insert(name)
        for place in places {
          let real = try bring(place, neededBy: name)
          guard let file = ELFFile(real) else { continue }
          try refuseExcess(of: file, at: real)
          if let soname = file.soname { loaded.insert(soname) }
          next.append(Loaded(file, origin: Self.directory(of: place), loader: object))
        }
      }
    }
  }

  // MARK: glibc

  /// Where the loader takes a library from; several where it depends on the processor.
  private mutating func places(of name: String, for object: Loaded) throws(ClosureError) -> [String] {
    if name.contains("/") {
      let path = Self.expanded(name, origin: object.origin)
      guard path.hasPrefix("/") else { throw ClosureError(message: "\"\(name)\" is found from the working directory only") }
      return Self.isLibrary(path) ? [path] : []
    }
    var directories: [String] = []
    if object.file.runpath == nil {
      var above: Loaded? = object
      while let one = above {
        try lookAt(1)
        if one.file.runpath == nil { directories += Self.expanded(one.file.rpath ?? [], origin: one.origin) }
        above = one.loader
      }
    }
    directories += Self.expanded(object.file.runpath ?? [], origin: object.origin)
    try lookAt(directories.count * (Self.variants.count + 1))
    if let places = Self.first(of: directories, with: name) { return places }

    let cache = self.cache ?? LoaderCache()
    self.cache = cache
    let cached = cache[name].filter(Self.isLibrary)
    let wanted = object.file.avoidsDefaults ? cached.filter { !Self.isDefault(Self.directory(of: $0)) } : cached
    if let usual = wanted.first(where: { !$0.contains("/glibc-hwcaps/") }) {
      let places = wanted.filter { $0.contains("/glibc-hwcaps/") } + [usual]
      if places.contains(where: { !interpreters.contains(Self.realDirectory(of: $0)) }) {
        try bring(LoaderCache.path, neededBy: name)
      }
      return places
    }
    if object.file.avoidsDefaults { return [] }
    return Self.first(of: Self.defaultDirectories, with: name) ?? []
  }

  private static let triplet = ELFFile.ownMachine == 62 ? "x86_64-linux-gnu" : "aarch64-linux-gnu"
  private static let platform = ELFFile.ownMachine == 62 ? "x86_64" : "aarch64"

  /// Which of them a loader was built with, differs by distribution.
  private static let defaultDirectories = [
    "/lib/\(triplet)", "/usr/lib/\(triplet)", "/lib64", "/usr/lib64", "/lib", "/usr/lib",
  ]

  private static func isDefault(_ directory: String) -> Bool { defaultDirectories.contains(directory) }

  private static let variants = ["x86-64-v4", "x86-64-v3", "x86-64-v2"].map { "glibc-hwcaps/" + $0 }

  private static func first(of directories: [String], with name: String) -> [String]? {
    for directory in directories {
      let places = (variants.map { "\(directory)/\($0)/\(name)" } + ["\(directory)/\(name)"]).filter(isLibrary)
      if !places.isEmpty { return places }
    }
    return nil
  }

  private static func isLibrary(_ path: String) -> Bool {
    guard let file = ELFFile(path) else { return false }
    return file.machine == ELFFile.ownMachine && file.kind == .sharedObject
  }

  /// `$ORIGIN`, `$LIB` and `$PLATFORM`, also in braces.
  private static func expanded(_ path: String, origin: String) -> String {
    let lib = defaultDirectories[0] == "/lib/\(triplet)" && HostPath.status("/usr/lib/\(triplet)", followed: true) != nil
    var path = path
    for (token, value) in [("ORIGIN", origin), ("LIB", lib ? "lib/\(triplet)" : "lib64"), ("PLATFORM", platform)] {
      path = path.replacing("${\(token)}", with: value).replacing("$\(token)", with: value)
    }
    return path
  }

  private static func expanded(_ paths: [String], origin: String) -> [String] {
    paths.map { expanded($0, origin: origin) }.filter { $0.hasPrefix("/") }
  }

  // MARK: musl

  /// The loader is the C library, under all of its names.
  private static func isPartOfMusl(_ name: String) -> Bool {
    ["c.", "pthread.", "rt.", "m.", "dl.", "util.", "xnet."].contains { name.hasPrefix("lib" + $0) }
  }

  /// musl makes no difference between RPATH and RUNPATH.
  private mutating func muslPlaces(of name: String, for object: Loaded) throws(ClosureError) -> [String] {
    if name.contains("/") { return name.hasPrefix("/") && Self.isLibrary(name) ? [name] : [] }
    var directories: [String] = []
    var above: Loaded? = object
    while let one = above {
      try lookAt(1)
      directories += Self.expanded(one.file.runpath ?? one.file.rpath ?? [], origin: one.origin)
      above = one.loader
    }
    func found() -> [String]? { directories.lazy.map { "\($0)/\(name)" }.first(where: Self.isLibrary).map { [$0] } }
    if let places = found() { return places }
    let file = "/etc/ld-musl-\(Self.platform).path"
    if HostPath.status(file, followed: true) != nil {
      try bring(file, neededBy: name)
      directories += Self.text(of: file).split(whereSeparator: { $0 == ":" || $0 == "\n" }).map(String.init)
    } else {
      directories += ["/lib", "/usr/local/lib", "/usr/lib"]
    }
    try lookAt(directories.count)
    return found() ?? []
  }

  // MARK: Files

  /// Notes a file and the links that lead to it; gives its path without them.
  @discardableResult
  private mutating func bring(_ path: String, neededBy name: String?, isNamed: Bool = false) throws(ClosureError) -> String {
    let resolution: HostPath.Resolution
    do throws(HostPath.Dead) {
      resolution = try HostPath.resolution(of: path)
    } catch {
      let by = name.map { ", which \"\($0)\" needs," } ?? ""
      switch error {
      case .missing(let place):
        throw ClosureError(message: "\"\(path)\"\(by) does not exist on the host, or cannot be reached (\"\(place)\")")
      case .loop: throw ClosureError(message: "\"\(path)\"\(by) leads through a loop of symbolic links")
      }
    }
    guard resolution.status.kind == .file else { throw ClosureError(message: "\"\(path)\" is no regular file") }
    if let misled = resolution.misleadingLink(for: uid) {
      throw ClosureError(
        message: "\"\(path)\" leads through a symbolic link of uid \(misled.uid) to what belongs to uid \(resolution.status.uid)")
    }
    try refusePrivate(resolution.real, path, isNamed: isNamed)
    for link in resolution.links { found.links[link.path] = link.destination }
    if !found.files.contains(resolution.real) { found.files.append(resolution.real) }
    return resolution.real
  }

  /// A program's file says where its libraries are. Whoever wrote it must not be able to show the jail what this process may
  /// read, and others may not.
  private mutating func refusePrivate(_ real: String, _ path: String, isNamed: Bool) throws(ClosureError) {
    let names = real.split(separator: "/").dropLast()
    for count in stride(from: 1, through: names.count, by: 1) {
      let directory = "/" + names.prefix(count).joined(separator: "/")
      if isNamed {
        named.insert(directory)
      } else if !named.contains(directory), HostPath.status(directory, followed: false).map({ $0.mode & 1 == 0 }) ?? true {
        throw ClosureError(
          message: "\"\(path)\", which \"\(found.files[0])\" asks for, lies in \"\(directory)\", which not everyone may search")
      }
    }
  }

  /// Where env(1) looks where nobody says otherwise.
  private static let searchPath = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"]

  /// What `#!/usr/bin/env python3` runs. The kernel gives env(1) all that follows as one argument.
  private static func program(ofEnv argument: String, in script: String) throws(ClosureError) -> String {
    guard !argument.isEmpty, !argument.hasPrefix("-"), !argument.contains("="), !argument.contains(where: \.isWhitespace) else {
      throw ClosureError(
        message: "\"\(script)\" runs env(1) with \"\(argument)\", which is not the name of a program alone: what that needs is "
          + "not followed, so name the interpreter as a program of its own, and bind the script")
    }
    if argument.contains("/") { return argument }
    let places = searchPath.map { "\($0)/\(argument)" }
    guard let found = places.first(where: { HostPath.status($0, followed: true)?.kind == .file }) else {
      throw ClosureError(
        message: "\"\(argument)\", which \"\(script)\" runs by env(1), is in none of \(searchPath.joined(separator: ", "))")
    }
    return found
  }

  /// What a first line like `#!/bin/sh -e` names, and the one argument that it gives; nil where there is none.
  private static func interpreter(ofScript path: String) -> (path: String, argument: String)? {
    guard let file = HostFileBytes(path) else { return nil }
    let head = file.bytes(at: 0, count: 256)
    guard head.starts(with: Array("#!".utf8)) else { return nil }
    let line = head.dropFirst(2).prefix { $0 != 10 && $0 != 0 }
    let isBlank = { (byte: UInt8) in byte == 32 || byte == 9 }
    let text = line.drop(while: isBlank)
    let name = text.prefix { !isBlank($0) }
    guard !name.isEmpty else { return nil }
    var argument = text.dropFirst(name.count).drop(while: isBlank)
    while let last = argument.last, isBlank(last) { argument.removeLast() }
    return (String(decoding: name, as: UTF8.self), String(decoding: argument, as: UTF8.self))
  }

  private static func text(of path: String) -> String {
    guard let file = HostFileBytes(path) else { return "" }
    return String(decoding: file.bytes(at: 0, count: 65_536), as: UTF8.self)
  }

  private static func directory(of path: String) -> String {
    let names = path.split(separator: "/").dropLast()
    return "/" + names.joined(separator: "/")
  }

  private static func realDirectory(of path: String) -> String {
    (try? HostPath.resolution(of: directory(of: path)).real) ?? directory(of: path)
  }

  private static func name(of path: String) -> String { path.split(separator: "/").last.map(String.init) ?? "" }
}
