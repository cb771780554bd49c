import StrictJSON
import Testing

@Suite("Strict JSON") struct StrictJSONTests {
  private func decode(_ text: String) throws -> [String: [Int]] {
    try StrictJSON.decode([String: [Int]].self, from: Array(text.utf8))
  }

  @Test func `values are read`() throws {
    #expect(try decode(#" { "a" : [ 1, -2, 3e2 ], "b" : [] } "#) == ["a": [1, -2, 300], "b": []])
    #expect(
      try StrictJSON.decode([String].self, from: Array(#"["ü", "\u00fc", "\n\"\\\/", "😀"]"#.utf8)) == ["ü", "ü", "\n\"\\/", "😀"])
  }

  @Test func `a key that stands twice is an error, however it is written`() throws {
    for text in [#"{"a": [1], "a": [2]}"#, #"{"a": [1], "\u0061": [2]}"#] {
      let failure = #expect(throws: StrictJSON.Failure.self) { try decode(text) }
      #expect(failure?.path == "a")
      #expect(failure?.message.contains("second time") == true)
    }
    #expect(throws: Never.self) { try decode(#"{"a": [1], "b": [1]}"#) }
  }

  @Test(arguments: [
    "", "{", "{}}", "{\"a\": [1,]}", "{\"a\": [01]}", "{\"a\": [1.]}", "{\"a\": [1e]}", "{\"a\": [+1]}", "{\"a\" [1]}",
    "{a: [1]}",
    "{\"a\": [1] \"b\": [1]}", "{\"a\": [tru]}", "{\"a\": \"\u{1}\"}", "{\"a\": \"\\x\"}", "{\"a\": \"\\u12g4\"}", "{\"a\": \"x}",
    "{'a': [1]}", "{\"a\": [NaN]}", "// c\n{}",
  ]) func `what is not JSON is refused, with its place`(_ text: String) throws {
    let failure = #expect(throws: StrictJSON.Failure.self) { try decode(text) }
    #expect(failure?.message.contains("line ") == true, "\(String(describing: failure))")
  }

  @Test func `what nests too deep is refused, and does not overflow`() throws {
    let deep = String(repeating: "[", count: 100_000)
    #expect(throws: StrictJSON.Failure.self) { try StrictJSON.decode([Int].self, from: Array(deep.utf8)) }
  }

  @Test func `the place is told by line, column and path`() throws {
    let failure = #expect(throws: StrictJSON.Failure.self) { try decode("{\n  \"a\": [1, x]\n}") }
    #expect(failure?.description == "a[1]: line 2, column 12: no value begins like this")
  }

  @Test func `bytes that are not UTF-8 are refused`() throws {
    #expect(throws: StrictJSON.Failure.self) {
      try StrictJSON.decode([String].self, from: Array("[\"".utf8) + [0xff] + Array("\"]".utf8))
    }
  }
}
