import ArgumentParser
import Sandbox

struct CapabilityOptions: ParsableArguments {
  @Option(
    name: .customLong("caps"),
    help: .init(
      "The sets as capsh writes them, as \"cap_net_raw,cap_kill=eip\"; what is permitted and inheritable is ambient. (capabilities)",
      valueName: "text"))
  var text: String?

  @Option(
    name: .customLong("cap-add"),
    help: .init("Keeps capabilities, as net_raw,CAP_KILL or ALL, in all five sets. (capabilities)", valueName: "cap,..."))
  var added: [String] = []

  @Option(
    name: .customLong("cap-drop"),
    help: .init(
      "Drops capabilities that the policy file keeps, or ALL before any is added. (capabilities)", valueName: "cap,..."))
  var dropped: [String] = []

  @Option(
    name: .customLong("inh-caps"), parsing: .unconditional,
    help: .init("Changes the inheritable set alone, as +net_raw,-all. (capabilities.inheritable)", valueName: "+cap,-cap"))
  var inheritable: String?

  @Option(
    name: .customLong("ambient-caps"), parsing: .unconditional,
    help: .init("Changes the ambient set alone. (capabilities.ambient)", valueName: "+cap,-cap"))
  var ambient: String?

  @Option(
    name: .customLong("bounding-set"), parsing: .unconditional,
    help: .init("Changes the bounding set alone. (capabilities.bounding)", valueName: "+cap,-cap"))
  var bounding: String?

  @Option(
    name: .customLong("securebits"),
    help: .init(
      "As noroot,noroot_locked; \"none\" for none. All off and locked by default. (capabilities.secureBits)", valueName: "bit,..."
    ))
  var secureBits: String?

  @Option(
    name: .customLong("cap-reason"),
    help: .init("Why a capability is kept that could undo parts of the jail. (capabilities.reason)", valueName: "reason"))
  var reason: String?

  func apply(to policy: inout CapabilityPolicy) throws {
    if let text {
      do { policy.set(try ProcessCapabilities(parsing: text)) } catch { throw ValidationError("--caps: \(error)") }
    }
    let add = try Self.list(added, "--cap-add"), drop = try Self.list(dropped, "--cap-drop")
    if drop.isAll { policy.drop(.all) }
    let both = add.named.intersection(drop.named)
    guard both.isEmpty else { throw ValidationError("--cap-add and --cap-drop contradict each other about \(both)") }
    policy.keep(add.isAll ? .all : add.named)
    policy.drop(drop.named)
    try change(&policy.inheritable, by: inheritable, "--inh-caps")
    try change(&policy.ambient, by: ambient, "--ambient-caps")
    try change(&policy.bounding, by: bounding, "--bounding-set")
    if let secureBits { policy.secureBits = try Self.bits(secureBits) }
    if let reason { policy.reason = reason }
  }

  private static func list(_ texts: [String], _ option: String) throws -> (named: CapabilitySet, isAll: Bool) {
    var named = CapabilitySet.none
    var isAll = false
    for name in texts.flatMap({ $0.split(separator: ",").map(String.init) }) {
      if name.lowercased() == "all" { isAll = true } else { named.insert(try capability(name, option)) }
    }
    return (named, isAll)
  }

  /// As setpriv(1) has it: from left to right, `all` for all.
  private func change(_ set: inout CapabilitySet, by text: String?, _ option: String) throws {
    for change in text?.split(separator: ",").map(String.init) ?? [] {
      guard let sign = change.first, sign == "+" || sign == "-" else {
        throw ValidationError("\(option): \"\(change)\" says neither + nor -: write +\(change) or -\(change)")
      }
      let name = String(change.dropFirst())
      let named = name.lowercased() == "all" ? CapabilitySet.all : [try Self.capability(name, option)]
      set = sign == "+" ? set.union(named) : set.subtracting(named)
    }
  }

  private static func capability(_ name: String, _ option: String) throws -> Capability {
    do { return try Capability(named: name) } catch { throw ValidationError("\(option): \(error)") }
  }

  private static func bits(_ text: String) throws -> SecureBits {
    if text == "none" { return [] }
    var bits: SecureBits = []
    for name in text.split(separator: ",").map(String.init) {
      guard let bit = SecureBits(named: name) else {
        let nearest = nearestName(to: name, among: SecureBits.allNames).map { "; did you mean \"\($0)\"?" } ?? ""
        throw ValidationError("--securebits: \"\(name)\" is none of \(SecureBits.allNames.joined(separator: ", "))\(nearest)")
      }
      bits.insert(bit)
    }
    return bits
  }
}
