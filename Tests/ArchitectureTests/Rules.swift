/// The rules, each a function from files to what is wrong with them.
enum Rules {
  /// Imports that go up, sideways, or to what is not for that module.
  static func imports(_ files: [SourceFile]) -> [String] {
    files.flatMap { file in
      file.lines.flatMap { line -> [String] in
        guard let found = importedModule(line) else { return [] }
        var problems: [String] = []
        if let objection = Layers.objection(to: found.module, in: file.module) {
          problems.append("\(file.path): \(objection)")
        }
        if found.isExported, file.module != "Sandbox" {
          problems.append("\(file.path): re-exports \(found.module); only Sandbox does that")
        }
        return problems
      }
    }
  }

  /// The module that a line imports, or nil where it is no import.
  static func importedModule(_ line: Substring) -> (module: String, isExported: Bool)? {
    let comment = line.firstRange(of: "//")?.lowerBound ?? line.endIndex
    var words = line[..<comment].split(separator: " ")
    let isExported = words.first == "@_exported"
    let before: Set<Substring> = ["public", "package", "internal", "fileprivate", "private"]
    while let word = words.first, word.hasPrefix("@") || before.contains(word) { words.removeFirst() }
    guard words.first == "import", words.count > 1 else { return nil }
    let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "typealias", "func", "let", "var", "actor"]
    let name = kinds.contains(words[1]) && words.count > 2 ? words[2] : words[1]
    return (String(name.prefix { $0 != "." }), isExported)
  }

  /// Public names of the module Sandbox beside `Sandbox`: they would stand in the way of its user's own.
  static func publicNames(_ files: [SourceFile]) -> [String] {
    files.filter { $0.module == "Sandbox" }.flatMap { file in
      topLevelLines(of: file).compactMap { line -> String? in
        var words = line.split { $0 == " " || $0 == ":" || $0 == "(" || $0 == "<" || $0 == "{" }
        guard let access = words.firstIndex(where: { $0 == "public" || $0 == "open" }) else { return nil }
        words.removeFirst(access + 1)
        let kinds: Set<Substring> = [
          "struct", "class", "enum", "protocol", "typealias", "func", "let", "var", "actor", "macro", "operator",
        ]
        guard let kind = words.firstIndex(where: { kinds.contains($0) }), kind + 1 < words.count else { return nil }
        let name = words[kind + 1]
        return name == "Sandbox" ? nil : "\(file.path): the public name \(name) stands beside Sandbox; nest it"
      }
    }
  }

  /// The lines that are nested in nothing but `#if`: swift-format, which is checked too, indents all others.
  private static func topLevelLines(of file: SourceFile) -> [Substring] {
    var conditions = 0
    return file.lines.filter { line in
      let code = line.drop { $0 == " " }
      if code.hasPrefix("#endif") { conditions -= 1 }
      defer { if code.hasPrefix("#if") { conditions += 1 } }
      return !code.isEmpty && line.count - code.count == 2 * conditions
    }
  }

  /// Files that may be longer than the rest: each is one table.
  static let tables: Set<String> = []

  /// Files that hold more than one thing, by their length.
  static func lengths(_ files: [SourceFile]) -> [String] {
    files.filter { !tables.contains($0.path) && $0.lines.count > 401 }.map {
      "\($0.path): \($0.lines.count - 1) lines; a file that is no table has at most 400"
    }
  }

  /// What C code between clone and exec includes: itself, and what the compiler brings along.
  static func includes(_ files: [SourceFile]) -> [String] {
    let allowed: Set<Substring> = ["<stdint.h>", "<stddef.h>", "<stdarg.h>", "<stdbool.h>"]
    // It makes no code, and is there to look into the kernel's headers.
    let exempt: Set<String> = ["CSyscalls/csys_check.c"]
    return files.filter { ["CSyscalls", "Jailer"].contains($0.module) && !exempt.contains($0.path) }.flatMap { file in
      file.lines.compactMap { line -> String? in
        let words = line.split(separator: " ")
        guard words.first == "#include", words.count > 1, words[1].hasPrefix("<"), !allowed.contains(words[1]) else { return nil }
        return "\(file.path): includes \(words[1])"
      }
    }
  }
}
