import Capabilities
import Foundation
import SandboxPlanning
import Testing

@Suite("The table of capabilities")
struct CapabilityTableTests {
  static let header = "/usr/include/linux/capability.h"

  @Test(.enabled(if: FileManager.default.isReadableFile(atPath: header), "no kernel headers; every building lane has them"))
  func `it is the kernel's`() throws {
    var numbers: [String: UInt8] = [:]
    for line in try String(contentsOfFile: Self.header, encoding: .utf8).split(separator: "\n") {
      let words = line.split { $0 == " " || $0 == "\t" }
      guard words.count == 3, words[0] == "#define", words[1].hasPrefix("CAP_"), let number = UInt8(words[2]) else { continue }
      numbers[String(words[1])] = number
    }
    #expect(numbers.count >= 41, "the header was understood")
    for (name, number) in numbers { #expect("CAP_" + Capability(rawValue: number).name.uppercased() == name) }
    // And nothing that the kernel does not have: what has no name is shown by its number.
    for number in UInt8(0)..<64 where !numbers.values.contains(number) {
      #expect(Capability(rawValue: number).name == String(number))
    }
  }

  @Test func `the names of Swift lead to the kernel's numbers`() {
    #expect(Capability.chown.rawValue == 0)
    #expect(Capability.netBindService.rawValue == 10)
    #expect(Capability.sysAdmin.rawValue == 21)
    #expect(Capability.checkpointRestore.rawValue == 40)
  }
}

@Suite("A set of capabilities")
struct CapabilitySetTests {
  @Test func `it is the kernel's mask`() {
    let set: CapabilitySet = [.netBindService, .chown, .checkpointRestore]
    #expect(set.mask == 1 << 10 | 1 | 1 << 40)
    #expect(set.sorted == [.chown, .netBindService, .checkpointRestore])
    #expect(set.contains(.chown) && !set.contains(.sysAdmin))
    #expect(!set.isEmpty)
  }

  @Test func `none is the empty one`() {
    #expect(CapabilitySet.none.isEmpty && CapabilitySet.none.mask == 0 && CapabilitySet.none.sorted.isEmpty)
  }

  @Test func `the locked secure bits are those of capabilities(7), and keep-caps is only locked`() throws {
    let noroot: UInt64 = 1 << 0, noSetuidFixup: UInt64 = 1 << 2, keepCaps: UInt64 = 1 << 4, noAmbientRaise: UInt64 = 1 << 6
    let set = noroot | noSetuidFixup | noAmbientRaise
    let locked = (noroot | noSetuidFixup | keepCaps | noAmbientRaise) << 1
    let operations = CapabilityPolicy().launcherOperations(at: "capabilities").map(\.operation)
    #expect(operations.contains(.setSecureBits(set | locked)))
  }
}
