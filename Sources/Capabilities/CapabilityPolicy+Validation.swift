package import SandboxPlanning

extension CapabilityPolicy {
  /// Everything that is wrong with it.
  ///
  /// - Parameters:
  ///   - isRoot: whether the jail's user is 0 inside.
  ///   - sharesNetwork: whether the jail has the host's network.
  ///   - executes: whether a program is executed with them; else this process goes on with them.
  ///   - dangerous: what is kept only for a reason.
  package func problems(
    at path: PolicyPath, isRoot: Bool, sharesNetwork: Bool, executes: Bool = true, dangerous: CapabilitySet = needingReason
  ) -> [Problem] {
    var problems: [Problem] = []
    func require(_ part: CapabilitySet, _ name: String, in whole: CapabilitySet, _ message: String, hint: String) {
      let left = part.subtracting(whole)
      if !left.isEmpty { problems.append(Problem(path.appending(name), "\(left) \(message)", hint: hint)) }
    }
    for set in Self.sets {
      let unknown = self[keyPath: set.property].subtracting(.all)
      if !unknown.isEmpty {
        problems.append(
          Problem(
            path.appending(set.name), "capability \(unknown) is unknown to this version", hint: "name those of capabilities(7)"))
      }
    }
    require(
      effective, "effective", in: permitted, "cannot be effective without being permitted",
      hint: "add it to capabilities.permitted")
    require(
      inheritable, "inheritable", in: bounding, "cannot be inheritable outside of the bounding set",
      hint: "add it to capabilities.bounding")
    require(
      ambient, "ambient", in: permitted.intersection(inheritable), "cannot be ambient without being permitted and inheritable",
      hint: "add it to both")
    if executes, !isRoot || secureBits.contains(.noRoot) {
      require(
        permitted, "permitted", in: ambient, "is lost as the program starts: execve(2) keeps the ambient set alone",
        hint: "add it to capabilities.ambient, or keep it by .keeping([…])")
    }
    if executes, secureBits.contains(.keepCaps) {
      problems.append(
        Problem(
          path.appending("secureBits"), "execve(2) clears keep_caps, so the program would not have it",
          hint: "name what it keeps in capabilities.ambient"))
    }
    if !secureBits.isSubset(of: SecureBits(rawValue: 0xff)) {
      problems.append(Problem(path.appending("secureBits"), "0x\(String(secureBits.rawValue, radix: 16)) has bits that are none"))
    }
    // A process that goes on holds what its sets have; the bounding set only bounds what it executes.
    let dangerous = dangerous.intersection(executes ? kept : held)
    if !dangerous.isEmpty, reason?.allSatisfy(\.isWhitespace) ?? true {
      problems.append(
        Problem(path.appending("reason"), "keeping \(dangerous) needs a reason", hint: "say why: .keeping([…], because: \"…\")"))
    }
    let network = kept.intersection([.netRaw, .netAdmin, .netBindService])
    if sharesNetwork, !network.isEmpty {
      problems.append(
        Problem(
          path, "\(network) has no effect on the host's network, which the jail's user namespace does not own",
          hint: "drop it, or give the jail a network of its own"))
    }
    return problems
  }

  /// What a report says about it.
  ///
  /// - Parameter onHost: whether its user namespace is the host's.
  package func openings(onHost: Bool) -> [String] {
    let kept = onHost ? held : kept
    guard !kept.isEmpty else { return [] }
    let why = reason.map { ": \($0)" } ?? ""
    return ["the program keeps \(kept), in \(onHost ? "the host's" : "the jail's own") user namespace\(why)"]
      + Self.dangers.filter { kept.contains($0.capability) }.map { "\($0.capability): \($0.danger)" }
  }
}
