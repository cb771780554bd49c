import SandboxPlanning
import Testing

@Suite("A duration as text")
struct DurationTextTests {
  @Test(
    arguments: [
      ("0s", .zero), ("10s", .seconds(10)), ("1500ms", .milliseconds(1500)), ("250us", .microseconds(250)),
      ("7ns", .nanoseconds(7)), ("3600s", .seconds(3600)),
    ] as [(String, Duration)])
  func `it is written in the largest unit that leaves nothing over, and read back`(_ text: String, _ duration: Duration) {
    #expect(duration.text == text)
    #expect(Duration(text: text) == duration)
  }

  @Test(
    arguments: [
      ("2m", .seconds(120)), ("1h", .seconds(3600)), ("1.5s", .milliseconds(1500)), ("0.5ms", .microseconds(500)),
      ("1.5h", .seconds(5400)), ("1000ms", .seconds(1)),
    ] as [(String, Duration)])
  func `other forms are read, too`(_ text: String, _ duration: Duration) { #expect(Duration(text: text) == duration) }

  @Test(arguments: ["", "10", "s", "ten s", "-1s", "+1s", "1 s", "1e3s", "1.2.3s", "1d", "1S", "inf s", "nans", "9999999999999h"])
  func `what is none is nil`(_ text: String) { #expect(Duration(text: text) == nil) }
}
