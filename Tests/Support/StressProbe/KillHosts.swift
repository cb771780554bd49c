import Glibc

/// Kills hosts at moments that nobody chose, and waits until all that each has started is gone.
func killHosts(_ kind: String, jails: Int, times: Int) throws -> String {
  try adoptOrphans()
  let mounts = text(of: "/proc/self/mountinfo")
  var moments: [UInt32] = []
  for _ in 0..<times {
    let (output, input) = try closingPipe()
    let host = try start(CommandLine.arguments[0], ["host", kind, "\(jails)"], output: input)
    close(input)
    guard try firstLine(of: output) == "begins\n" else { throw Failure("the host did not begin") }
    // One spawn takes some milliseconds, so that each of its moments has its turn.
    let moment = UInt32.random(in: 0..<12_000)
    moments.append(moment)
    usleep(moment)
    var status: CInt = 0
    guard kill(host, SIGKILL) == 0, waitpid(host, &status, 0) == host, status == SIGKILL else {
      throw Failure("the host has ended by itself, before \(moment) µs: wait status \(status)")
    }
    do {
      try reapAll(within: kind == "control" ? 1 : 10)
    } catch {
      throw Failure("killed \(moment) µs after its beginning: \(error)")
    }
    close(output)
  }
  guard text(of: "/proc/self/mountinfo") == mounts else { throw Failure("the mounts of the host have changed") }
  return "\(times) hosts, killed up to \(moments.max() ?? 0) µs after their beginning"
}

private func firstLine(of descriptor: CInt) throws -> String {
  var line: [UInt8] = []
  var byte: UInt8 = 0
  while line.last != UInt8(ascii: "\n") {
    var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    guard poll(&wait, 1, 60_000) > 0, read(descriptor, &byte, 1) == 1 else { break }
    line.append(byte)
  }
  return String(decoding: line, as: UTF8.self)
}
