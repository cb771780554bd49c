import Testing

@testable import SandboxPlanning

@Suite("Text that is printed") struct PrintableTextTests {
  @Test(arguments: [
    ("\u{1b}]0;owned\u{7}", "\\u{1b}]0;owned\\u{7}"), ("a\nsandbox: b", "a\\nsandbox: b"),
    ("\t\r\u{7f}\u{9b}", "\\t\\u{d}\\u{7f}\\u{9b}"),
    ("\u{202e}txt\u{2066}", "\\u{202e}txt\\u{2066}"), ("x\u{2028}y\0", "x\\u{2028}y\\u{0}"),
  ]) func `what a terminal would obey is written out`(_ text: String, _ printed: String) {
    #expect(text.printable == printed)
    #expect(Problem("a", text).message == printed && Problem("a", "b", hint: text).hint == printed)
    #expect(PolicyPath(text).description == printed && PolicyPath("a").appending(text).description == "a.\(printed)")
    #expect(
      !Operation.changeDirectory(text).description.contains(text) && Operation.changeDirectory(text).subject == "\"\(printed)\"")
  }

  @Test func `anything else stays`() {
    for text in ["", "/srv/größe 日本 🏖️", "C:\\x", "é", "e\u{301}"] { #expect(text.printable == text) }
  }
}
