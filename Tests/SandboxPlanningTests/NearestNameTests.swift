import SandboxPlanning
import Testing

@Suite("The nearest name")
struct NearestNameTests {
  let names = ["filesystem", "network", "limits", "deadline"]

  @Test(arguments: [
    ("filesytem", "filesystem"), ("FileSystem", "filesystem"), ("netwrok", "network"), ("limit", "limits"),
    ("deadlines", "deadline"),
  ])
  func `a slip finds what was meant`(_ slip: String, _ meant: String) { #expect(nearestName(to: slip, among: names) == meant) }

  @Test(arguments: ["", "x", "memory", "seccomp", "credentials"])
  func `something else finds nothing`(_ name: String) { #expect(nearestName(to: name, among: names) == nil) }

  @Test func `among none there is none`() { #expect(nearestName(to: "limits", among: []) == nil) }
}
