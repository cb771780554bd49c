import SandboxPlanning
import Testing

@Suite("A policy path")
struct PolicyPathTests {
  @Test func `it names a part by the way that leads to it`() {
    let root = PolicyPath("")
    #expect(root.appending("filesystem").description == "filesystem")
    #expect(root.appending("filesystem").appending("mounts").element(2).appending("source") == "filesystem.mounts[2].source")
    #expect(PolicyPath("a").appending("b") != PolicyPath("b").appending("a"))
  }

  @Test func `a problem is one line, with the hint where there is one`() {
    #expect(Problem("limits.openFiles", "it is too large").description == "limits.openFiles: it is too large")
    #expect(
      Problem("deadline", "it is negative", hint: "leave it out").description == "deadline: it is negative; hint: leave it out")
  }
}
