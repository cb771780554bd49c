import Glibc

/// What a shell of the host writes, outside of every jail: what examples compare a jail with.
public func hostShell(_ script: String) -> String {
  guard let pipe = popen(script, "re") else { return "popen: \(String(cString: strerror(errno)))\n" }
  defer { pclose(pipe) }
  var text = ""
  while let line = readLine(from: pipe) { text += line }
  return text
}

private func readLine(from file: UnsafeMutablePointer<FILE>) -> String? {
  var line: UnsafeMutablePointer<CChar>?
  var capacity = 0
  defer { free(line) }
  return getline(&line, &capacity, file) < 0 ? nil : line.map { String(cString: $0) }
}
