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

/// `FIRST[:SECOND[:OPTIONS]]`, in which `\:` is a colon.
struct MountText {
  let first: String
  let second: String?
  private let hasColon: Bool
  /// `options`, by commas.
  let options: [String]

  /// - Parameter most: how many of the parts there may be.
  init(_ text: String, most: Int = 2) throws {
    var parts = [""]
    var isEscaped = false
    for character in text {
      if isEscaped {
        parts[parts.count - 1] += character == ":" ? ":" : "\\\(character)"
        isEscaped = false
      } else if character == "\\" {
        isEscaped = true
        // What follows the target is options, which have colons of their own.
      } else if character == ":", parts.count < 3 {
        parts.append("")
      } else {
        parts[parts.count - 1].append(character)
      }
    }
    if isEscaped { parts[parts.count - 1] += "\\" }
    guard parts.count <= most else {
      throw ValidationError("\"\(text)\" has more than \(most - 1) \":\"; write a colon of a path as \"\\:\"")
    }
    self.first = parts[0]
    self.hasColon = parts.count > 1
    self.second = parts.count > 1 && !parts[1].isEmpty ? parts[1] : nil
    self.options = parts.count == 3 ? Self.list(parts[2]) : []
  }

  /// This, where it does not look as if a comma were to be the colon: the options would be a part of the target.
  func separated(of option: String) throws -> MountText {
    guard !hasColon, let comma = first.firstIndex(of: ",") else { return self }
    let (target, words) = (first[..<comma], first[first.index(after: comma)...])
    throw ValidationError(
      "--\(option): \"\(first)\" has no \":\"; options are written as \(target):\(words), a target with a comma as \(first):")
  }

  static func list(_ text: String) -> [String] {
    text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
  }

  /// The error for a word that is none of an option's.
  static func unknown(_ word: String, of option: String, among words: [String]) -> ValidationError {
    let name = word.split(separator: "=").first.map(String.init) ?? word
    let nearest = nearestName(to: name, among: words).map { "; did you mean \"\($0)\"?" } ?? ""
    return ValidationError("--\(option): \"\(word)\" is none of \(words.joined(separator: ", "))\(nearest)")
  }
}
