import Capabilities
import Foundation
import SandboxPlanning
import Testing

@Suite("A policy of capabilities")
struct CapabilityPolicyTests {
  private func problems(_ policy: CapabilityPolicy, isRoot: Bool = false, sharesNetwork: Bool = false) -> [String] {
    policy.problems(at: "capabilities", isRoot: isRoot, sharesNetwork: sharesNetwork).map {
      "\($0.path): \($0.message)"
    }
  }

  @Test func `nothing is wrong with nothing, and with what is kept whole`() {
    #expect(problems(CapabilityPolicy()) == [])
    #expect(problems(.keeping([.netRaw, .kill])) == [])
    #expect(problems(.keeping(.all, because: "a reason")) == [])
  }

  @Test func `what the kernel would refuse is told before`() {
    var policy = CapabilityPolicy()
    policy.effective = [.kill]
    policy.inheritable = [.netRaw]
    policy.ambient = [.chown]
    policy.secureBits = [.keepCaps]
    #expect(
      problems(policy) == [
        "capabilities.effective: cap_kill cannot be effective without being permitted",
        "capabilities.inheritable: cap_net_raw cannot be inheritable outside of the bounding set",
        "capabilities.ambient: cap_chown cannot be ambient without being permitted and inheritable",
        "capabilities.secureBits: execve(2) clears keep_caps, so the program would not have it",
      ])
  }

  @Test func `what execve takes away is told, unless uid 0 keeps it`() {
    var policy = CapabilityPolicy()
    policy.permitted = [.kill]
    #expect(
      problems(policy) == [
        "capabilities.permitted: cap_kill is lost as the program starts: execve(2) keeps the ambient set alone"
      ])
    #expect(problems(policy, isRoot: true).count == 1, "uid 0 means nothing yet")
    policy.secureBits = []
    #expect(problems(policy, isRoot: true) == [])
  }

  @Test(arguments: [Capability.sysAdmin, .sysResource, .netAdmin]) func `what could undo the jail needs a reason`(
    _ capability: Capability
  ) {
    #expect(problems(.keeping([capability])) == ["capabilities.reason: keeping \(capability) needs a reason"])
    #expect(problems(.keeping([capability], because: " ")).count == 1)
    #expect(problems(.keeping([capability], because: "a reason")) == [])
    var bounding = CapabilityPolicy()
    bounding.bounding = [capability]
    #expect(problems(bounding).count == 1, "in whatever set")
  }

  @Test func `what has no effect is told`() {
    #expect(
      problems(.keeping([.netRaw]), sharesNetwork: true).first?.hasPrefix("capabilities: cap_net_raw has no effect") == true)
    #expect(problems(.keeping([.kill]), sharesNetwork: true) == [])
    #expect(
      problems(.keeping(CapabilitySet(mask: 1 << 50))).first == "capabilities.effective: capability 50 is unknown to this version"
    )
  }

  @Test func `a default policy does what it did, and a kept capability three things more`() {
    let none = CapabilityPolicy()
    #expect(
      (none.launcherOperations(at: "c") + none.operations(at: "c")).map(\.operation) == [
        .limitBoundingSet(keep: 0), .setSecureBits(0xef),
        .setCapabilities(effective: 0, permitted: 0, inheritable: 0, ambient: 0), .setNoNewPrivileges,
      ])
    let kept = CapabilityPolicy.keeping([.netRaw])
    #expect(
      (kept.launcherOperations(at: "c") + kept.operations(at: "c")).map(\.operation) == [
        .limitBoundingSet(keep: 0x2000),
        .setCapabilities(effective: 0x2100, permitted: 0x2100, inheritable: 0x2000, ambient: 0x2000), .setSecureBits(0xcf),
        .setCapabilities(effective: 0x2000, permitted: 0x2000, inheritable: 0x2000, ambient: 0x2000), .setNoNewPrivileges,
        .setCapabilities(effective: 0, permitted: 0, inheritable: 0, ambient: 0),
      ])
  }

  @Test func `its JSON is OCI's`() throws {
    let json = """
      {"bounding": ["CAP_CHOWN", "CAP_NET_RAW"], "effective": ["CAP_NET_RAW"], "permitted": ["CAP_NET_RAW"],
       "inheritable": ["CAP_NET_RAW"], "ambient": ["CAP_NET_RAW"], "secureBits": ["noroot", "noroot_locked"], "reason": "why"}
      """
    let policy = try JSONDecoder().decode(CapabilityPolicy.self, from: Data(json.utf8))
    #expect(policy.bounding == [.chown, .netRaw] && policy.ambient == [.netRaw])
    #expect(policy.secureBits == [.noRoot, .noRootLocked] && policy.reason == "why")
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    #expect(
      String(decoding: try encoder.encode(policy), as: UTF8.self)
        == #"{"ambient":["CAP_NET_RAW"],"bounding":["CAP_CHOWN","CAP_NET_RAW"],"effective":["CAP_NET_RAW"],"inheritable":["CAP_NET_RAW"],"permitted":["CAP_NET_RAW"],"reason":"why","secureBits":["noroot","noroot_locked"]}"#
    )
    #expect(try JSONDecoder().decode(CapabilityPolicy.self, from: Data("{}".utf8)) == CapabilityPolicy())
  }

  @Test(arguments: [
    #"{"bounding": ["CAP_NET_RW"]}"#, #"{"bouding": []}"#, #"{"secureBits": ["no_root"]}"#, #"{"ambient": "CAP_KILL"}"#,
  ])
  func `what is no policy is an error`(_ json: String) {
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(CapabilityPolicy.self, from: Data(json.utf8)) }
  }

  @Test func `a capability has a name in each form`() throws {
    for name in ["net_raw", "cap_net_raw", "CAP_NET_RAW", "Cap_Net_Raw", "13"] { #expect(try Capability(named: name) == .netRaw) }
    #expect(Capability.netRaw.description == "cap_net_raw" && Capability.netRaw.ociName == "CAP_NET_RAW")
    #expect(try Capability(named: "63").description == "63")
    for name in ["64", "-1", "", "cap_", "net raw"] { #expect(throws: UnknownCapability.self) { try Capability(named: name) } }
    #expect(UnknownCapability.nearest(to: "CAP_NET_RW") == "cap_net_raw")
  }
}

extension UnknownCapability {
  fileprivate static func nearest(to name: String) -> String? {
    do throws(UnknownCapability) { _ = try Capability(named: name) } catch { return error.nearest }
    return nil
  }
}
